package routeros

import (
	"context"
	"errors"
	"io"
	"time"
)

// Outcome is how a command ended, for those who count.
type Outcome uint8

// A command is Finished by the router, Refused by it, or Busy where it was not
// even sent. TimedOut and Cancelled ended on this side, TooLarge for its rows;
// Lost went with its session.
const (
	Finished Outcome = iota
	Refused
	Busy
	TimedOut
	Cancelled
	TooLarge
	Lost
)

// Outcomes are the names of all outcomes, by their values.
func Outcomes() []string {
	return []string{"ok", "refused", "busy", "timeout", "cancelled", "too_large", "lost"}
}

// Classes are the names of all classes, by their values.
func Classes() []string { return []string{"foreground", "background", "standing", "urgent"} }

// Observer counts what happens on sessions. Its methods are called with the
// session locked: they must return at once, and call nothing of it.
type Observer interface {
	// Command has ended for its caller. It waited for its turn and then took its
	// time at the router, which is zero where it was never sent.
	Command(class Class, outcome Outcome, waited, took time.Duration)
	// Received and Sent are bytes of the API, inside TLS where there is any.
	Received(bytes int)
	Sent(bytes int)
}

// nopObserver is the observer where none is asked for.
type nopObserver struct{}

func (nopObserver) Command(Class, Outcome, time.Duration, time.Duration) {}
func (nopObserver) Received(int)                                         {}
func (nopObserver) Sent(int)                                             {}

// observed is a connection whose bytes are counted as they are read.
type observed struct {
	io.Reader
	observer Observer
}

func (o observed) Read(b []byte) (int, error) {
	n, err := o.Reader.Read(b)
	o.observer.Received(n)
	return n, err
}

// observe counts a call that has got its result; mu is held.
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
	case errors.Is(c.err, ErrReplyTooLarge):
		return TooLarge
	case c.s.err != nil:
		return Lost
	case errors.Is(c.err, ErrTimeout), errors.Is(c.err, context.DeadlineExceeded):
		return TimedOut
	}
	return Cancelled
}
