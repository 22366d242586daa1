package api

import (
	"context"
	"fmt"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// command is a command that the principal of a request may run. Only
// [handler.command] makes one; [handler.execute] runs it.
type command struct {
	owner   string // the key, for which routers share their places
	args    []string
	timeout time.Duration // for each router
}

// sink runs a command on a router and takes its answer: as a whole, or row by row. It
// returns when the command is over, with the error that ended it.
type sink func(ctx context.Context, router manager.Device, cmd command) error

// wholeReply takes the answer as a whole. Its method run is a sink.
type wholeReply struct{ *routeros.Reply }

func (r *wholeReply) run(ctx context.Context, router manager.Device, cmd command) (err error) {
	r.Reply, err = router.Run(ctx, cmd.owner, cmd.args)
	return err
}

// command checks a command before anything is sent: that it is one single command, that
// the rules of the server and of the key permit it, and its time limit. asked is zero
// where the client set none; usual is the limit then. All commands of clients pass here;
// it is the last check of a request before execute, which writes the audit lines.
func (h *handler) command(req *request, args []string, asked seconds, usual time.Duration) (command, error) {
	if err := checkArgs(args); err != nil {
		return command{}, err
	}
	for _, set := range h.opts.Rules {
		if err := set.Check(args); err != nil {
			return command{}, err
		}
	}
	key := req.principal.key
	if key == nil {
		return command{}, errcode.New(errcode.Forbidden, "this needs a key")
	}
	if err := key.Commands.Check(args); err != nil {
		return command{}, err
	}
	timeout, err := h.runTimeout(asked, usual)
	if err != nil {
		return command{}, err
	}
	req.audit.executed = true
	if h.opts.Audit != nil {
		req.audit.Redact() // once for all routers
	}
	return command{req.principal.name, args, timeout}, nil
}

// seconds is a duration that clients write as a number of seconds.
type seconds float64

func (h *handler) runTimeout(asked seconds, usual time.Duration) (time.Duration, error) {
	limit := h.opts.MaxRunTimeout
	if !(asked >= 0 && float64(asked) <= limit.Seconds()) {
		return 0, errcode.New(errcode.Invalid, fmt.Sprintf("timeout must be from 0 to %v seconds (MAX_RUN_TIMEOUT)", limit.Seconds()))
	}
	if d := time.Duration(float64(asked) * float64(time.Second)); d > 0 {
		return d, nil
	}
	return usual, nil
}

// execute runs a command on one router of the request's principal and writes its audit
// line, before the client is told how the command ended. Nothing is sent before the audit
// log takes lines. The error is that of the sink, or why nothing was sent. It may be
// called concurrently for several routers.
func (h *handler) execute(ctx context.Context, req *request, id string, cmd command, out sink) error {
	entry := req.audit
	entry.Router, entry.Routers, entry.start = id, 0, time.Now()
	err := errPanic // unless the sink returns
	begun := false
	defer func() { h.record(ctx, entry, err, begun) }()
	limited, cancel := within(ctx, cmd.timeout)
	defer cancel()
	var router manager.Router
	if router, err = h.scoped(req).Get(id); err != nil {
		return err
	}
	if err = h.auditable(limited); err != nil {
		return err
	}
	begun, err = true, errPanic
	err = out(limited, router.Device, cmd)
	return err
}

// within limits the time of a command; the cause of the context tells a time-out from
// a client that left.
func within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, timeoutError(d))
}

// timeoutError is a [routeros.ErrTimeout] with the limit that was exceeded.
type timeoutError time.Duration

func (e timeoutError) Error() string {
	return fmt.Sprintf("%v: the router did not finish within %v", routeros.ErrTimeout, time.Duration(e))
}

func (timeoutError) Unwrap() error { return routeros.ErrTimeout }
