package routeros

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Errors of this side of the session.
var (
	// ErrClosed is the cause of a session that was closed on this side.
	ErrClosed = errors.New("session closed")
	// ErrReplyTooLarge ends a call whose unread rows exceed its limit: a whole
	// reply that is too large, or a stream whose consumer is too slow. The command
	// is cancelled on the router; the session goes on.
	ErrReplyTooLarge = errors.New("reply exceeds its limit")
	// ErrNoMemory ends a call whose reply would hold more than Options.Budget permits.
	// The command is cancelled on the router; the session goes on.
	ErrNoMemory = errors.New("too many replies are in memory until their clients have read them: this one was dropped, the command may have been executed")
	// ErrBusy refuses commands because the queue, or the owner's share of it, is full,
	// or the maximum of streams is open. Nothing was sent.
	ErrBusy = errors.New("too many commands are queued for this router, or too many streams are open on it; one key may have half of each at most")
	// ErrTimeout is the cause where a step of dialing, a write, or a command took
	// longer than it may.
	ErrTimeout = errors.New("no answer")
)

// NotSentError is the error of a command that was not sent, not even in part: its
// session ended, or its context, before its first byte was given to the
// connection.
type NotSentError struct {
	Err error // why it was not sent
}

func (e *NotSentError) Error() string { return "not sent: " + e.Err.Error() }

func (e *NotSentError) Unwrap() error { return e.Err }

// SafeToRetry is always true; see the function of this name.
func (e *NotSentError) SafeToRetry() bool { return true }

// SafeToRetry reports whether err says that nothing of the command was sent, so
// that running it again cannot do anything twice. It is false if that is not
// certain.
func SafeToRetry(err error) bool {
	safe, ok := errors.AsType[interface {
		error
		SafeToRetry() bool
	}](err)
	return ok && safe.SafeToRetry() || errors.Is(err, ErrBusy)
}

// Trap is one !trap of the router.
type Trap struct {
	Category int // 0 to 7, or CategoryNone
	Message  string
}

// Categories of a trap (MikroTik documentation, "API", section "Error
// categories"). CategoryNone stands for a trap without a category.
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

// TrapError means that the router refused or interrupted one command. The session
// goes on.
type TrapError struct {
	Traps []Trap // at least one, in the order of arrival
}

// Error returns the first message as [ForeignText], which is the most specific one: an
// unknown path brings "no such command or directory (x)" first, "no such command
// prefix" second.
func (e *TrapError) Error() string { return ForeignText(e.Traps[0].Message) }

// Missing reports whether the router does not have the menu or the command: a
// package is not installed, or the board has no such hardware.
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
	Reason string // as ForeignText
}

func (e *FatalError) Error() string { return "the router closed the session: " + e.Reason }

// LoginError means that the router answered and refused the login.
type LoginError struct {
	User   string
	Reason string // the router's message as ForeignText, or why its answer was not acceptable
	// Retried says that the same user and password worked before, so that the router
	// may be wrong: one that boots refuses everybody until it has read its users.
	// Package pool sets it for the first refusals after a session.
	Retried bool
}

func (e *LoginError) Error() string {
	text := fmt.Sprintf("login of user %q refused: %s", e.User, e.Reason)
	if e.Retried {
		text += " (it worked before and is tried again)"
	}
	return text
}

// Temporary reports whether the login may be accepted later without anybody having
// changed it: it is Retried, or the router gave a reason that is neither about the
// user nor about the password.
func (e *LoginError) Temporary() bool {
	reason := strings.ToLower(e.Reason)
	return e.Retried || slices.ContainsFunc(passing, func(words string) bool { return strings.Contains(reason, words) })
}

// passing are words of refusals that pass by themselves. Known on the wire is
// "could not authenticate - radius timeout"; "timeout (13)" is a failure of
// RouterOS in other answers. The others, about sessions (max-sessions of /ip
// service) and load, are assumed. What is not in the list counts as a refusal of
// the user or the password: to repeat that fills the log of the router.
var passing = []string{
	"timeout", "timed out", "no response", "not responding", "unreachable",
	"too many", "max-sessions", "max sessions", "maximum number", "session limit", "sessions limit", "limit reached", "limit exceeded", "no free session",
	"try again", "try later", "temporar", "busy", "not ready", "starting", "booting", "unavailable", "out of memory", "overload",
}

// LinkError is a failure of the connection.
type LinkError struct {
	Step string // "dial", "tls", "login", "read", "write" or "probe"
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
	if message, ok := s.Get("message"); ok {
		t.Message = page.String(message)
	}
	if category, _ := s.Get("category"); len(category) == 1 && category[0] >= '0' && category[0] <= '7' {
		t.Category = int(category[0] - '0')
	}
	return t
}

// fatalOf returns the reason of a !fatal, which is a word without a prefix.
func fatalOf(s proto.Sentence, page charset.Page) *FatalError {
	_, rest := s.Cut()
	for w := range rest.Words() {
		if name, value, ok := proto.Attribute(w); ok {
			if string(name) == "message" {
				return &FatalError{Reason: ForeignText(page.String(value))}
			}
			continue
		}
		if len(w) > 0 && w[0] != '.' {
			return &FatalError{Reason: ForeignText(page.String(w))}
		}
	}
	return &FatalError{Reason: "no reason given"}
}
