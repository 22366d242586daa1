package routeros

import (
	"context"
	"errors"
	"io"
	"time"
)

// Outcome is how a command ended, for metrics.
type Outcome uint8

// The router ended Finished commands with !done alone and Refused ones with a
// trap. Busy ones were not accepted. TimedOut, Cancelled and TooLarge ones ended
// on this side; the session of Lost ones ended first.
const (
	Finished Outcome = iota
	Refused
	Busy
	TimedOut
	Cancelled
	TooLarge
	Lost
)

// Outcomes returns the names of all outcomes, indexed by their values.
func Outcomes() []string {
	return []string{"ok", "refused", "busy", "timeout", "cancelled", "too_large", "lost"}
}

// Classes returns the names of all classes, indexed by their values. They are
// label values of metrics, which users have in their queries: "standing" is
// [Streaming], "urgent" is [Probe].
func Classes() []string { return []string{"foreground", "background", "standing", "urgent"} }

// Observer counts what happens on sessions. Its methods may be called with the
// session locked: they must not block and must not call the session.
type Observer interface {
	// Command is called when a command has ended for its caller. It waited in the
	// queue, then took so long on the router; took is 0 if it was not sent.
	Command(class Class, outcome Outcome, waited, took time.Duration)
	// Received and Sent count bytes of the API protocol, inside TLS if there is TLS.
	Received(bytes int)
	Sent(bytes int)
}

// nopObserver is the default.
type nopObserver struct{}

func (nopObserver) Command(Class, Outcome, time.Duration, time.Duration) {}
func (nopObserver) Received(int)                                         {}
func (nopObserver) Sent(int)                                             {}

// observed counts the bytes that are read from a connection.
type observed struct {
	io.Reader
	observer Observer
}

func (o observed) Read(b []byte) (int, error) {
	n, err := o.Reader.Read(b)
	o.observer.Received(n)
	return n, err
}

// observe reports a finished call to the observer; mu is held.
func (c *Call) observe() {
	now := time.Now()
	waited, took := now.Sub(c.begun), time.Duration(0)
	if c.sent {
		waited, took = c.sentAt.Sub(c.begun), now.Sub(c.sentAt)
	}
	c.s.observer.Command(c.class, c.outcome(), waited, took)
}

// outcome classifies the result of a call; mu is held.
func (c *Call) outcome() Outcome {
	_, refused := errors.AsType[*TrapError](c.err)
	switch {
	case c.err == nil:
		return Finished
	case refused:
		return Refused
	case errors.Is(c.err, ErrReplyTooLarge), errors.Is(c.err, ErrNoMemory):
		return TooLarge
	case c.s.err != nil:
		return Lost
	case errors.Is(c.err, ErrTimeout), errors.Is(c.err, context.DeadlineExceeded):
		return TimedOut
	}
	return Cancelled
}
