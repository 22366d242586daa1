// Package notify delivers what package alert has to tell: to webhooks, to an Alertmanager,
// to Telegram, Discord, Slack, ntfy and by e-mail.
//
// An [Outbox] has a queue for each receiver. What is told is written to its [Store] before
// it is sent, and removed after: it is delivered at least once, also if the program is
// killed in between. What belongs to one router arrives in order.
//
// No token and no URL of a receiver is in an error, in the log or in an answer.
package notify

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/alert"
)

// Receiver is where messages go. It does not change.
type Receiver struct {
	Name     string
	Kind     string // webhook, telegram, …
	Language Language
	sender   sender
	// grouped receivers get what is told at the same time of one rule as one message.
	grouped bool
	limits  []rate
	retries []time.Duration // waits between attempts; after the last one it is given up
	resend  time.Duration   // what fires is sent again at this interval; 0 for never
}

// Message is what is sent at a time: transitions of one rule, with the same status.
type Message struct {
	ID    string // the same at every attempt
	Items []alert.Transition
	// Lost is how many messages could not be kept for this receiver before this one.
	Lost int
}

// sender sends a message once. The error is a [*Failure].
type sender interface {
	send(ctx context.Context, m Message) error
}

// rate is a limit: so many messages in a time.
type rate struct {
	n  int
	in time.Duration
}

// Failure is why a message was not delivered. Its text has no secret.
type Failure struct {
	Text  string
	After time.Duration // that the receiver asks to wait; 0 for nothing said
	// Gone means that the receiver wants no more messages.
	Gone bool
	// Refused means that the receiver works, and does not take this message.
	Refused bool
}

func (f *Failure) Error() string { return f.Text }

func failed(format string, args ...any) *Failure { return &Failure{Text: fmt.Sprintf(format, args...)} }

// sendTimeout limits one attempt.
const sendTimeout = 15 * time.Second

// webhookRetries are those of the specification of Standard Webhooks.
var webhookRetries = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// chatRetries last for a day.
var chatRetries = func() []time.Duration {
	list := []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 2 * time.Minute}
	for range 24 * 12 {
		list = append(list, 5*time.Minute)
	}
	return list
}()

// Test sends a message that says that it is a test. The error is a [*Failure].
func (r *Receiver) Test(ctx context.Context, t alert.Transition) error {
	t.Test = true
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return r.sender.send(ctx, Message{ID: t.ID, Items: []alert.Transition{t}})
}

// wants reports whether a transition goes to the receiver.
func (r *Receiver) wants(t *alert.Transition) bool {
	if len(t.To) == 0 {
		return true
	}
	return slices.Contains(t.To, r.Name)
}

// Sample is what a test message tells.
func Sample(at time.Time) alert.Transition {
	return alert.Transition{
		ID: "test-" + strconv.FormatInt(at.UnixMilli(), 36), Alert: "test", Status: alert.Event, Rule: "test", Source: "router.up", When: "router.up",
		Severity: alert.Info, RouterID: "test", Since: at, Started: at, At: at,
	}
}

// sample is a message to try addresses with.
var sample = Message{ID: "sample", Items: []alert.Transition{{Source: "router.down", Rule: "sample", Status: alert.Firing}}}
