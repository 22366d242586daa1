package pool

import (
	"fmt"
	"time"
)

// State of a link.
type State uint8

// A link is Connecting while an attempt is under way, Up with a session, Down
// between attempts, LoginFailed between them after a refused login, and Closed
// without leases.
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

// DownError is the answer to a caller while there is no session.
type DownError struct {
	Cause       error     // of the last failure
	NextAttempt time.Time // zero while one is under way
}

func (e *DownError) Error() string {
	if e.NextAttempt.IsZero() {
		return e.Cause.Error()
	}
	return fmt.Sprintf("%v; next attempt in %v", e.Cause, max(0, time.Until(e.NextAttempt)).Round(time.Second))
}

func (e *DownError) Unwrap() error { return e.Cause }

// SafeToRetry is always true: where there is no session, nothing was sent.
func (e *DownError) SafeToRetry() bool { return true }
