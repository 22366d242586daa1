package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
)

// act is what the audit log will say of a request. The goroutine that serves the
// request owns it.
type act struct {
	audit.Entry
	began time.Time
	err   error // how it ended, where the handler cannot return that any more
	split bool  // a batch, whose routers have lines of their own
}

type actKey struct{}

// actOf is the act of a request; one of nobody where there is none.
func actOf(ctx context.Context) *act {
	if a, ok := ctx.Value(actKey{}).(*act); ok {
		return a
	}
	return &act{}
}

func newAct(ctx context.Context, action audit.Action) *act {
	c := callerOf(ctx)
	a := &act{began: time.Now(), Entry: audit.Entry{RequestID: c.requestID, Action: action, Key: c.name, Remote: c.remote}}
	if c.role != access.NoRole {
		a.Role = c.role.String()
	}
	return a
}

// audited has the audit log tell of what a handler does, refusals included.
func (h *handler) audited(action audit.Action, handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return h.with(func(w http.ResponseWriter, r *http.Request) error {
		a := newAct(r.Context(), action)
		ctx := context.WithValue(r.Context(), actKey{}, a)
		err := errPanic // unless the handler returns
		defer func() {
			if err != nil {
				a.err = err
			}
			if !a.split {
				h.record(ctx, *a)
			}
		}()
		err = handle(w, r.WithContext(ctx))
		return err
	})
}

var errPanic = errors.New("panic")

// codeLeft is in the audit log alone: there is nobody to answer.
const codeLeft errcode.Code = "client_left"

// record writes the line of an act that is over.
func (h *handler) record(ctx context.Context, a act) {
	a.Time = time.Now()
	a.TookMS = float64(a.Time.Sub(a.began).Microseconds()) / 1000
	a.Outcome = audit.OK
	if a.err != nil {
		code := codeOf(a.err)
		if cause := context.Cause(ctx); cause != nil && (errors.Is(a.err, context.Canceled) || errors.Is(a.err, errClientGone)) {
			code = codeLeft
			if errors.Is(cause, manager.ErrClosed) {
				code = errcode.Closing
			} else if keyEnded(cause) {
				a.err, code = cause, errcode.Unauthorized
			}
		}
		a.Outcome, a.Code = audit.Failed, string(code)
		switch code {
		case errcode.Denied, errcode.Forbidden, errcode.Unauthorized, errcode.TicketExpired, errcode.Address:
			if !keyEnded(a.err) { // what was under way may have been carried out
				a.Outcome = audit.Denied
			}
		}
	}
	h.opts.Audit.Write(a.Entry)
}

// recordRefusal tells of a wrong key or ticket. Those who bring none at all are
// in the access lines; those whose guesses are not even looked at, too, so that a
// flood does not fill the log.
func (h *handler) recordRefusal(r *http.Request, err error) {
	switch codeOf(err) {
	case errcode.Unauthorized, errcode.TicketExpired:
		if hasKey(r.URL.Query()) || tried(r) {
			a := newAct(r.Context(), audit.LoginRefused)
			a.err = err
			h.record(r.Context(), *a)
		}
	}
}

// tried reports whether a request brings a key or a ticket.
func tried(r *http.Request) bool {
	return r.Header.Get("X-API-Key") != "" || r.URL.Query().Has("ticket")
}
