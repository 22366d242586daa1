package pool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// State of a link.
type State uint8

// A link is Connecting during an attempt and before the first one, Up with a
// session, and Down between attempts, including the time that the next one waits
// because of Options.MaxDials. It is LoginFailed instead of Down after a refused
// login, and Closed without leases.
const (
	Connecting State = iota
	Up
	Down
	LoginFailed
	Closed
)

// String returns the name of the state in the HTTP API and in metrics.
func (s State) String() string {
	switch s {
	case Connecting:
		return "connecting"
	case Up:
		return "up"
	case Down:
		return "down"
	case LoginFailed:
		return "login_failed"
	default:
		return "closed"
	}
}

// Status is the state of a link and its history.
type Status struct {
	State       State
	Since       time.Time // when the link came up, or when it was lost
	Err         error     // cause of the last failure; nil while Up and before the first failure
	NextAttempt time.Time // set while Down or LoginFailed; in the past while the attempt waits because of Options.MaxDials
	Logins      int       // number of sessions, since New
	Failures    int       // failed attempts since the link was up last
}

// upBy reports whether the link can be up at time t.
func (s *Status) upBy(t time.Time) bool {
	return s.State == Connecting || s.State == Down && !s.NextAttempt.After(t)
}

// DownError means that a command was not sent because there is no session.
type DownError struct {
	Cause       error     // of the last failure; nil if there was none yet
	NextAttempt time.Time // zero during an attempt
	// GaveUp is the cause of the caller's context, if that ended while the caller
	// waited for a session; else nil.
	GaveUp error
}

func (e *DownError) Error() string {
	switch {
	case e.GaveUp != nil && e.Cause != nil:
		return fmt.Sprintf("%v while waiting for the router (%v)", e.GaveUp, e.Cause)
	case e.GaveUp != nil:
		return fmt.Sprintf("%v while waiting for the router", e.GaveUp)
	case e.NextAttempt.IsZero():
		return e.Cause.Error()
	}
	return fmt.Sprintf("%v; next attempt in %v", e.Cause, max(0, time.Until(e.NextAttempt)).Round(time.Second))
}

// Unwrap returns GaveUp and Cause, if not nil.
func (e *DownError) Unwrap() []error {
	return slices.DeleteFunc([]error{e.GaveUp, e.Cause}, func(err error) bool { return err == nil })
}

// Timeout reports whether the caller's own deadline passed. An attempt to connect
// that took too long is no timeout of the caller.
func (e *DownError) Timeout() bool {
	return errors.Is(e.GaveUp, routeros.ErrTimeout) || errors.Is(e.GaveUp, context.DeadlineExceeded)
}

// SafeToRetry is always true: without a session nothing was sent.
func (e *DownError) SafeToRetry() bool { return true }
