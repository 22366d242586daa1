package notify

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"
)

// finish takes the result of an attempt.
func (q *queue) finish(batch []*item, m Message, err error) {
	var done []*item
	q.mu.Lock()
	now := time.Now()
	if n := len(q.sent); n > 0 {
		q.sent[n-1] = now // it was on its way until now, so that the receiver never counts more than the limits
	}
	for _, i := range batch {
		i.sending = false
	}
	if err == nil {
		done = batch
		q.counts.Delivered++
		q.counts.LastError = ""
		q.lost -= m.Lost
		if q.failures > 0 { // the receiver is back: others need not wait
			q.failures = 0
			for _, i := range q.items {
				i.ready = earlier(i.ready, now)
			}
		}
	} else {
		done = q.failed(batch, err, now)
	}
	over := make(map[*item]bool, len(done))
	for _, i := range done {
		over[i] = true
	}
	q.items = slices.DeleteFunc(q.items, func(i *item) bool { return over[i] })
	name := q.receiver.Name
	q.mu.Unlock()
	q.outbox.settled(name, done)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// failed plans the next attempt. It returns the items that are given up; mu is held.
func (q *queue) failed(batch []*item, err error, now time.Time) (givenUp []*item) {
	f, _ := errors.AsType[*Failure](err)
	if f == nil {
		f = &Failure{Text: "internal error"} // senders return nothing else
	}
	q.counts.Failed++
	q.counts.LastError = f.Text
	if !f.Refused {
		q.failures++
		pause := min(firstPause<<min(q.failures-1, 10), maxPause)
		q.paused = now.Add(max(jitter(pause), f.After))
	} else if f.After > 0 {
		q.paused = now.Add(f.After)
	}
	if f.Gone {
		q.gone = true
	}
	for _, i := range batch {
		i.attempts++
		if i.attempts > len(q.receiver.retries) {
			givenUp = append(givenUp, i)
			q.counts.GivenUp++
			continue
		}
		i.ready = now.Add(max(jitter(q.receiver.retries[i.attempts-1]), f.After))
	}
	level := slog.LevelWarn
	if len(givenUp) > 0 || f.Gone {
		level = slog.LevelError
	}
	q.outbox.log.LogAttrs(context.Background(), level, "alert not delivered",
		slog.String("receiver", q.receiver.Name), slog.String("error", f.Text), slog.Int("messages", len(batch)),
		slog.Int("given_up", len(givenUp)), slog.Bool("gone", f.Gone))
	return givenUp
}

// jitter varies a wait by a tenth.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration((rand.Float64()-0.5)/5*float64(d))
}
