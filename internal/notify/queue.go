package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/alert"
)

// queue has what one receiver is to get. Its worker sends one message at a time. What
// belongs to one router is sent in order: while a transition waits for another attempt,
// later ones of its router wait too, and those of others do not.
type queue struct {
	outbox *Outbox
	wake   chan struct{} // capacity 1
	ended  chan struct{} // closed when the receiver is gone

	mu       sync.Mutex // taken after Outbox.mu
	receiver *Receiver  // guarded by mu, as are the following
	items    []*item    // in order
	sent     []time.Time
	paused   time.Time // nothing is sent before
	failures int       // in a row
	gone     bool      // the receiver wants no more
	lost     int       // items that found the queue full, and that nobody was told of
	resent   time.Time // when what fires was last sent again
	asleep   time.Time // until then the worker has nothing to send of what it knows
	counts   Stats
}

// item is a transition in a queue.
type item struct {
	t        alert.Transition
	record   string    // its name
	ready    time.Time // when it may be sent
	attempts int
	sending  bool
}

// Stats is the state of a receiver.
type Stats struct {
	Name      string    `json:"name"`
	Kind      string    `json:"kind"`
	State     string    `json:"state"` // ok, failing, or gone
	Queued    int       `json:"queued"`
	Oldest    time.Time `json:"-"` // of what is queued; zero for nothing
	Delivered uint64    `json:"delivered"`
	Failed    uint64    `json:"failed"`  // attempts
	GivenUp   uint64    `json:"gave_up"` // messages, after all attempts
	Dropped   uint64    `json:"dropped"` // messages, because the queue was full
	LastError string    `json:"last_error,omitempty"`
}

const (
	maxQueued  = 10_000
	maxBatch   = 500
	firstPause = time.Second
	maxPause   = time.Minute
)

func newQueue(r *Receiver, o *Outbox) *queue {
	return &queue{outbox: o, receiver: r, wake: make(chan struct{}, 1), ended: make(chan struct{})}
}

// add adds an item. It returns those that have to go because the queue is full: of the
// oldest, first what has ended and events, then what is not critical.
func (q *queue) add(i *item) (dropped []*item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	i.ready = time.Now()
	if q.receiver.grouped {
		i.ready = i.ready.Add(i.t.Group)
	}
	q.items = append(q.items, i)
	if len(q.items) > maxQueued {
		place := q.leastImportant()
		dropped = append(dropped, q.items[place])
		q.items = slices.Delete(q.items, place, place+1)
		q.lost++
		q.counts.Dropped++
	}
	if i.ready.Before(q.asleep) { // or the worker would look at all items again for each one
		q.signal()
	}
	return dropped
}

func (q *queue) leastImportant() int {
	for _, unimportant := range []func(*alert.Transition) bool{
		func(t *alert.Transition) bool { return t.Status == alert.Event || t.Severity == alert.Info },
		func(t *alert.Transition) bool { return t.Status == alert.Resolved },
		func(t *alert.Transition) bool { return t.Severity != alert.Critical },
	} {
		if place := slices.IndexFunc(q.items, func(i *item) bool { return !i.sending && unimportant(&i.t) }); place >= 0 {
			return place
		}
	}
	return max(0, slices.IndexFunc(q.items, func(i *item) bool { return !i.sending }))
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default: // a signal is pending
	}
}

func (q *queue) withdraw(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = slices.DeleteFunc(q.items, func(i *item) bool { return i.t.ID == id })
}

// replace gives the queue another receiver; one that wanted no more is tried again.
func (q *queue) replace(r *Receiver) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.receiver, q.gone, q.paused, q.failures = r, false, time.Time{}, 0
	q.signal()
}

// end ends the worker.
func (q *queue) end() { close(q.ended) }

func (q *queue) all() []*item {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.items)
}

// work sends until ctx ends or the receiver is gone.
func (q *queue) work(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		batch, m, receiver, wait := q.next(time.Now())
		if len(m.Items) == 0 {
			timer.Reset(wait)
			select {
			case <-ctx.Done():
				return
			case <-q.ended:
				return
			case <-q.wake:
			case <-timer.C:
			}
			continue
		}
		attempt, cancel := context.WithTimeout(ctx, sendTimeout)
		err := receiver.sender.send(attempt, m)
		cancel()
		if ctx.Err() != nil && err != nil {
			return // it is sent again after the restart
		}
		q.finish(batch, m, err)
	}
}

// idle is how long a worker without anything to do sleeps.
const idle = time.Hour

// next returns the next message, or how long to wait for it.
func (q *queue) next(now time.Time) (batch []*item, m Message, receiver *Receiver, wait time.Duration) {
	if list, receiver := q.due(now); len(list) > 0 {
		return nil, Message{ID: "repeated", Items: list}, receiver, 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	defer func() { q.asleep = now.Add(wait) }()
	receiver = q.receiver
	wait = idle
	if receiver.resend > 0 {
		wait = min(wait, max(q.resent.Add(receiver.resend).Sub(now), time.Second))
	}
	if q.gone || len(q.items) == 0 {
		return nil, m, receiver, wait
	}
	if until := q.allowed(now); until.After(now) {
		return nil, m, receiver, min(wait, until.Sub(now))
	}
	batch, at := q.batch(now)
	if len(batch) == 0 {
		return nil, m, receiver, min(wait, max(at.Sub(now), time.Millisecond))
	}
	for _, i := range batch {
		i.sending = true
		m.Items = append(m.Items, i.t)
	}
	m.ID, m.Lost = messageID(m.Items), q.lost
	q.sent = append(q.sent, now)
	return batch, m, receiver, 0
}

// due returns what fires, if it is time to send that again.
func (q *queue) due(now time.Time) (list []alert.Transition, receiver *Receiver) {
	q.mu.Lock()
	receiver = q.receiver
	due := receiver.resend > 0 && now.Sub(q.resent) >= receiver.resend && !now.Before(q.paused) && !q.gone
	if due {
		q.resent = now
	}
	q.mu.Unlock()
	if !due {
		return nil, nil
	}
	return q.outbox.firing(receiver), receiver // locks its own mu, which comes first
}

// messageID is the id of a message: that of its transition, or a hash of several.
func messageID(items []alert.Transition) string {
	if len(items) == 1 {
		return items[0].ID
	}
	sum := sha256.New()
	for _, t := range items {
		sum.Write([]byte(t.ID + "\n"))
	}
	return "group-" + hex.EncodeToString(sum.Sum(nil)[:12])
}

// allowed returns when the next message may be sent: after a pause, and within the limits.
// mu is held.
func (q *queue) allowed(now time.Time) time.Time {
	at := q.paused
	longest := time.Duration(0)
	for _, limit := range q.receiver.limits {
		longest = max(longest, limit.in)
		if len(q.sent) >= limit.n {
			if free := q.sent[len(q.sent)-limit.n].Add(limit.in); free.After(at) {
				at = free
			}
		}
	}
	old := 0
	for old < len(q.sent) && now.Sub(q.sent[old]) > longest {
		old++
	}
	q.sent = slices.Delete(q.sent, 0, old)
	return at
}

// exhaust begins with the limits reached, after a process that may have reached them.
func (q *queue) exhaust(now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, limit := range q.receiver.limits {
		for len(q.sent) < limit.n {
			q.sent = append(q.sent, now)
		}
	}
}

// batch returns the items of the next message or, without any, when there may be one. mu
// is held.
func (q *queue) batch(now time.Time) (batch []*item, at time.Time) {
	at = now.Add(idle)
	blocked := make(map[string]bool) // routers of which an earlier item waits
	for _, i := range q.items {
		t := &i.t
		switch {
		case blocked[t.RouterID]:
		case len(batch) == 0 && !i.ready.After(now):
			batch = append(batch, i)
			if !q.receiver.grouped {
				return batch, at
			}
		case len(batch) == maxBatch:
			return batch, at
		case len(batch) > 0 && t.Key() == batch[0].t.Key() && (i.attempts == 0 || !i.ready.After(now)):
			batch = append(batch, i) // also one that would wait for others
		default:
			if len(batch) == 0 && i.ready.Before(at) {
				at = i.ready
			}
			blocked[t.RouterID] = true
		}
	}
	return batch, at
}

func (q *queue) stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.counts
	s.Name, s.Kind, s.Queued, s.State = q.receiver.Name, q.receiver.Kind, len(q.items), "ok"
	if len(q.items) > 0 {
		s.Oldest = q.items[0].t.At
	}
	switch {
	case q.gone:
		s.State = "gone"
	case q.counts.LastError != "":
		s.State = "failing"
	}
	return s
}
