package api

import (
	"context"
	"time"

	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// sentences runs the sentences of a request that leads to several commands on one router.
// Each is checked, limited and recorded as a command of /run.
type sentences struct {
	h      *handler
	req    *request
	id     string       // router_id
	action audit.Action // of the audit lines

	replies []*routeros.Reply // to be released
	sent    bool              // a sentence was executed, and has its audit line
	denied  *auditEntry       // of the first sentence that the rules denied; nil for none
}

// settleAudit leaves what audited has to record: nothing where the sentences have their
// lines, or the denial that is the answer. One that was of no importance is not recorded.
func (x *sentences) settleAudit(err error) {
	if x.denied != nil && codeOf(err) == errcode.Denied {
		x.req.audit = *x.denied
		return
	}
	x.req.audit.executed = x.sent
}

// release releases the replies, when the client has read the answer.
func (x *sentences) release() {
	for _, reply := range x.replies {
		reply.Release()
	}
}

// command begins the audit entry of a sentence and checks the sentence.
func (x *sentences) command(words []string, usual time.Duration) (command, error) {
	x.req.audit = x.req.newEntry(x.action)
	x.req.audit.Router, x.req.audit.Command = x.id, words
	cmd, err := x.h.command(x.req, words, 0, usual)
	if err != nil && x.denied == nil && codeOf(err) == errcode.Denied {
		entry := x.req.audit
		x.denied = &entry
	}
	return cmd, err
}

// allow checks sentences before the first of them is sent. The values of arguments do not
// count.
func (x *sentences) allow(list ...[]string) error {
	for _, words := range list {
		if _, err := x.command(words, 0); err != nil {
			return err
		}
	}
	return nil
}

// Run runs a sentence and returns its reply, which release releases.
func (x *sentences) Run(ctx context.Context, words []string) (*routeros.Reply, error) {
	cmd, err := x.command(words, x.h.opts.RunTimeout)
	if err != nil {
		return nil, err
	}
	x.sent = true
	var reply wholeReply
	err = x.h.execute(ctx, x.req, x.id, cmd, reply.run)
	x.replies = append(x.replies, reply.Reply)
	return reply.Reply, err
}
