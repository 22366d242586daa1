package routeros

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Causes that a session gives by itself.
var (
	// ErrClosed is the cause of a session that was closed on this side.
	ErrClosed = errors.New("session closed")
	// ErrReplyTooLarge ends a call whose unread rows outgrew its limit: a whole
	// reply that is too large, or a stream whose reader is too slow. The
	// session goes on; the router is told to stop.
	ErrReplyTooLarge = errors.New("reply exceeds its limit")
	// ErrBusy refuses a call because too many wait for their turn already, or
	// because all places for standing streams are taken. Nothing was sent.
	ErrBusy = errors.New("too many commands are waiting for this router, or too many streams stand open at it")
	// ErrTimeout is the cause of whatever takes longer than it may: a step of
	// dialing, a write, a call whose context says so.
	ErrTimeout = errors.New("no answer in time")
)

// NotSentError is the error of a command of which the router has seen nothing:
// its session ended, or its caller gave up, before the first byte was given to
// the connection.
type NotSentError struct {
	Err error // why it was not sent
}

func (e *NotSentError) Error() string { return "not sent: " + e.Err.Error() }

func (e *NotSentError) Unwrap() error { return e.Err }

// SafeToRetry is always true; see the function of this name.
func (e *NotSentError) SafeToRetry() bool { return true }

// SafeToRetry reports whether err says that the router has seen nothing of the
// command, so that running it again cannot do anything twice. It is false where
// that is not certain.
func SafeToRetry(err error) bool {
	safe, ok := errors.AsType[interface {
		error
		SafeToRetry() bool
	}](err)
	return ok && safe.SafeToRetry() || errors.Is(err, ErrBusy)
}

// Trap is one !trap of the router.
type Trap struct {
	Category int // 0 to 7, -1 where the router gave none
	Message  string
}

// Categories of a trap (MikroTik documentation, "API", section "Error codes").
const (
	CategoryNone        = -1
	CategoryMissing     = 0 // no such item or command
	CategoryArgument    = 1 // argument value
	CategoryInterrupted = 2 // execution of the command was interrupted
	CategoryScripting   = 3
	CategoryGeneral     = 4
	CategoryAPI         = 5
	CategoryTTY         = 6
	CategoryReturn      = 7 // value generated with :return
)

// TrapError is the refusal of one command. The session is not affected.
type TrapError struct {
	Traps []Trap // at least one, in the order of arrival
}

// Error is the first message: routers put the most specific one first.
func (e *TrapError) Error() string { return e.Traps[0].Message }

// Missing reports whether the router does not know the menu or the command,
// as where a package is not installed or a board has no such hardware.
func (e *TrapError) Missing() bool {
	for _, t := range e.Traps {
		if strings.HasPrefix(t.Message, "no such command") {
			return true
		}
	}
	return false
}

// FatalError is a !fatal: the router's reason for closing the connection.
type FatalError struct {
	Reason string
}

func (e *FatalError) Error() string { return "the router closed the session: " + e.Reason }

// LoginError means that the router answered and refused the login.
type LoginError struct {
	User   string
	Reason string // the router's words, or why its answer was not acceptable
}

func (e *LoginError) Error() string {
	return fmt.Sprintf("login of user %q refused: %s", e.User, e.Reason)
}

// Temporary tells a refusal that says nothing about the password, such as an
// unreachable RADIUS server, from one that does.
func (e *LoginError) Temporary() bool {
	return strings.Contains(e.Reason, "radius timeout")
}

// LinkError is a failure of the connection itself in the step Step: "dial",
// "login", "read" or "write".
type LinkError struct {
	Step string
	Err  error
}

func (e *LinkError) Error() string { return e.Step + ": " + e.Err.Error() }

func (e *LinkError) Unwrap() error { return e.Err }

// Timeout reports whether the step took too long.
func (e *LinkError) Timeout() bool {
	var t interface{ Timeout() bool }
	return errors.Is(e.Err, ErrTimeout) || errors.As(e.Err, &t) && t.Timeout()
}

func trapOf(s proto.Sentence, page charset.Page) Trap {
	t := Trap{Category: CategoryNone, Message: "the router gave no reason"}
	for name, value := range s.Attributes() {
		switch string(name) {
		case "message":
			t.Message = page.String(value)
		case "category":
			if len(value) == 1 && value[0] >= '0' && value[0] <= '7' {
				t.Category = int(value[0] - '0')
			}
		}
	}
	return t
}

// fatalOf finds the reason of a !fatal, a bare word without any prefix.
func fatalOf(s proto.Sentence, page charset.Page) *FatalError {
	_, rest := s.Cut()
	for w := range rest.Words() {
		if name, value, ok := proto.Attribute(w); ok {
			if string(name) == "message" {
				return &FatalError{Reason: page.String(value)}
			}
			continue
		}
		if len(w) > 0 && w[0] != '.' {
			return &FatalError{Reason: page.String(w)}
		}
	}
	return &FatalError{Reason: "no reason given"}
}
