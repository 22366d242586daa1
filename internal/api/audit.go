package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/errcode"
)

// auditEntry is the audit line of a request, or of one router of a batch, before it is
// written.
type auditEntry struct {
	audit.Entry

	start    time.Time
	executed bool // execute writes the lines, one for each router
}

// newEntry begins the audit line of an action of this request.
func (req *request) newEntry(action audit.Action) auditEntry {
	p := req.principal
	e := auditEntry{start: time.Now(), Entry: audit.Entry{RequestID: req.id, Action: action, Key: p.name, Remote: req.remote}}
	if role := p.role(); role != access.NoRole {
		e.Role = role.String()
	}
	return e
}

// audited writes an audit line for each request of a handler, also for one that is
// refused. The lines of commands that were authorized are written by execute. What may
// reach a router otherwise is begun when the audit log takes its line.
func (h *handler) audited(action audit.Action, handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return h.with(h.auditing(action, handle))
}

// auditing is audited for a part of a handler.
func (h *handler) auditing(action audit.Action, handle func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		req := requestOf(r.Context())
		req.audit = req.newEntry(action)
		err := errPanic // unless the handler returns
		begun := false
		defer func() {
			if !req.audit.executed {
				h.record(r.Context(), req.audit, err, begun)
			}
		}()
		if !action.OfCommands() {
			if err = h.auditable(r.Context()); err != nil {
				return err
			}
			begun, err = true, errPanic
		}
		err = handle(w, r)
		return err
	}
}

// errAuditFull refuses what could not be recorded.
var errAuditFull = errcode.New(errcode.AuditFull, "the audit log takes no lines (AUDIT_LOG, AUDIT_LOG_FULL); nothing was sent")

// auditable waits until the audit log takes lines, so that what is done next will be
// recorded: as long as the context lasts and a command usually may take, or with
// AUDIT_LOG_FULL=refuse for a moment.
func (h *handler) auditable(ctx context.Context) error {
	if h.opts.Audit.Ready() { // nearly always
		return nil
	}
	patience := h.opts.RunTimeout
	if h.opts.AuditRefuse {
		patience = audit.Patience
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if h.opts.Audit.Wait(limited) == nil {
		return nil
	}
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return err
	}
	return errAuditFull
}

var errPanic = errors.New("panic")

// record writes an audit line. The context is that of the request; err is how the action
// ended. The line of what was begun is written before record returns, however long that
// takes; another one is lost if the log takes no lines.
func (h *handler) record(ctx context.Context, e auditEntry, err error, begun bool) {
	if h.opts.Audit == nil {
		return
	}
	e.Time = time.Now()
	e.TookMS = float64(e.Time.Sub(e.start).Microseconds()) / 1000
	e.Outcome = audit.OK
	if err != nil {
		err = reason(ctx, err)
		code := codeOf(err)
		e.Outcome, e.Code = audit.Failed, string(code)
		switch code {
		case errcode.Denied, errcode.Forbidden, errcode.Unauthorized, errcode.TicketExpired, errcode.Address, errcode.AuditFull:
			if !keyEnded(err) { // a command in flight may have been executed
				e.Outcome = audit.Denied
			}
		}
	}
	if begun {
		h.opts.Audit.Write(e.Entry)
		return
	}
	h.opts.Audit.Offer(e.Entry)
}

// recordRefusal writes an audit line for a wrong key or ticket. Requests without one
// are in the request log only, and so are guesses over the limit, which would fill the
// audit log.
func (h *handler) recordRefusal(r *http.Request, err error) {
	switch codeOf(err) {
	case errcode.Unauthorized, errcode.TicketExpired:
		if hasKey(r.URL.Query()) || hasCredential(r) {
			h.record(r.Context(), requestOf(r.Context()).newEntry(audit.LoginRefused), err, false)
		}
	}
}

// hasCredential reports whether a request has a key or a ticket.
func hasCredential(r *http.Request) bool {
	return r.Header.Get(keyHeader) != "" || r.URL.Query().Has("ticket")
}
