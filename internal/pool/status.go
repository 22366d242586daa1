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

// A link is Connecting while an attempt is under way, and before the first one;
// Up with a session; Down between attempts, also while the next one waits for its
// turn; LoginFailed instead of Down after a refused login; Closed without leases.
const (
	Connecting State = iota
	Up
	Down
	LoginFailed
	Closed
)

// String is the state as the HTTP side shows it.
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

// Status is how a link fares.
type Status struct {
	State       State
	Since       time.Time // when it came up, or when it was first found not to be
	Err         error     // why it is not up; nil when up or never tried
	NextAttempt time.Time // of Down and LoginFailed
	Logins      int       // sessions opened so far
	Failures    int       // attempts that failed since it was up last
}

// upBy reports whether the link may be up by a time.
func (s *Status) upBy(t time.Time) bool {
	return s.State == Connecting || s.State == Down && !s.NextAttempt.After(t)
}

// DownError is the answer to a caller while there is no session.
type DownError struct {
	Cause       error     // of the last failure; nil where there was none yet
	NextAttempt time.Time // zero while one is under way
	// GaveUp is why the caller's context ended while it waited for the session; nil
	// where the caller had more time.
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

// Unwrap returns GaveUp and Cause, those of them that there are.
func (e *DownError) Unwrap() []error {
	return slices.DeleteFunc([]error{e.GaveUp, e.Cause}, func(err error) bool { return err == nil })
}

// Timeout reports whether the caller's own time ran out. That an attempt took too
// long is no timeout of a caller who had more time.
func (e *DownError) Timeout() bool {
	return errors.Is(e.GaveUp, routeros.ErrTimeout) || errors.Is(e.GaveUp, context.DeadlineExceeded)
}

// SafeToRetry is always true: where there is no session, nothing was sent.
func (e *DownError) SafeToRetry() bool { return true }
