package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/register"
)

// Store keeps what is to be told: a value for each alert that fires or has something to be
// sent, replaced by compare-and-set. Of several instances that share a store and see the
// same alert, one writes it, and sends.
type Store interface {
	List(ctx context.Context) ([]register.Entry, error)
	Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error)
	Delete(ctx context.Context, name string, revision uint64) (uint64, error)
}

// Outbox delivers what it is told to. It implements [alert.Outbox].
type Outbox struct {
	store Store
	log   *slog.Logger

	mu        sync.Mutex
	records   map[string]*record // by name in the store; guarded by mu, as are their fields
	dirty     []*record          // to be written, in order
	receivers []*Receiver
	queues    map[string]*queue // by receiver
	wake      chan struct{}     // capacity 1: there is something to write
	workers   sync.WaitGroup
	run       context.Context // of the workers; nil before Run
	resumed   bool            // there was a process before this one, which may have sent a moment ago
}

// Open returns an outbox with what the store has, and the alerts that fired when it was
// written last.
func Open(ctx context.Context, store Store, log *slog.Logger) (*Outbox, []alert.Transition, error) {
	o := &Outbox{store: store, log: log, records: make(map[string]*record), queues: make(map[string]*queue), wake: make(chan struct{}, 1)}
	entries, err := store.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	o.resumed = len(entries) > 0
	var firing []alert.Transition
	for _, e := range entries {
		r := &record{name: e.Name, revision: e.Revision, stored: true}
		if err := json.Unmarshal(e.Value, r); err != nil {
			return nil, nil, fmt.Errorf("alert %s: %w", e.Name, err)
		}
		o.records[e.Name] = r
		if r.Firing != nil {
			firing = append(firing, *r.Firing)
		}
	}
	return o, firing, nil
}

// nameOf is the name of the record of a transition. Events have one each.
func nameOf(t *alert.Transition) string {
	if t.Status == alert.Event {
		return t.ID
	}
	return t.Alert
}

// Tell takes a transition. It does not wait for anything.
func (o *Outbox) Tell(t alert.Transition) {
	o.mu.Lock()
	defer o.mu.Unlock()
	name := nameOf(&t)
	r := o.records[name]
	if r == nil {
		r = &record{name: name}
		o.records[name] = r
	}
	switch t.Status {
	case alert.Firing:
		r.Firing = &t
	case alert.Resolved:
		r.Firing = nil
	}
	one := &owed{Transition: t}
	for _, receiver := range o.receivers {
		if receiver.wants(&t) {
			one.Receivers = append(one.Receivers, receiver.Name)
		}
	}
	if len(one.Receivers) > 0 {
		r.Owed = append(r.Owed, one)
	}
	if over := len(r.Owed) - maxOwed; over > 0 {
		for _, old := range r.Owed[:over] {
			o.withdraw(old)
		}
		r.Owed = slices.Delete(r.Owed, 0, over)
	}
	o.change(r)
}

// withdraw takes a transition out of the queues; mu is held.
func (o *Outbox) withdraw(one *owed) {
	for _, name := range one.Receivers {
		if q := o.queues[name]; q != nil {
			q.withdraw(one)
		}
	}
}

// change has a record written; mu is held.
func (o *Outbox) change(r *record) {
	if !r.dirty {
		r.dirty = true
		o.dirty = append(o.dirty, r)
	}
	select {
	case o.wake <- struct{}{}:
	default: // a signal is pending
	}
}

// Run writes and sends until ctx ends, and waits for what is under way.
func (o *Outbox) Run(ctx context.Context) {
	o.mu.Lock()
	o.run = ctx
	for _, q := range o.queues {
		if o.resumed {
			q.exhaust(time.Now())
		}
		o.start(q)
	}
	o.resume()
	o.mu.Unlock()
	defer func() {
		o.mu.Lock()
		o.run = nil
		o.mu.Unlock()
		o.workers.Wait()
		o.writeAll() // what was delivered last, and what was told last
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.wake:
			o.writeAll()
		}
	}
}

// resume puts what the store had into the queues, in order; mu is held. What was told since
// then is written first.
func (o *Outbox) resume() {
	var list []*record
	for _, r := range o.records {
		if r.stored && !r.dirty && len(r.Owed) > 0 {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b *record) int { return a.Owed[0].Transition.At.Compare(b.Owed[0].Transition.At) })
	for _, r := range list {
		o.enqueue(r)
	}
}

// writeAll writes all records that have changed.
func (o *Outbox) writeAll() {
	for {
		o.mu.Lock()
		if len(o.dirty) == 0 {
			o.mu.Unlock()
			return
		}
		r := o.dirty[0]
		o.dirty = o.dirty[1:]
		r.dirty = false
		value, revision, empty := o.encode(r)
		o.mu.Unlock()
		o.write(r, value, revision, empty)
	}
}

// encode returns the record as it is to be written; mu is held.
func (o *Outbox) encode(r *record) (value []byte, revision uint64, empty bool) {
	if r.Firing == nil && len(r.Owed) == 0 {
		return nil, r.revision, true
	}
	return encode(r), r.revision, false
}

// write writes a record, and then has it sent. Where another instance has written it, that
// one sends. Where it cannot be written it is sent nevertheless.
func (o *Outbox) write(r *record, value []byte, revision uint64, empty bool) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	var err error
	switch {
	case empty && revision > 0:
		_, err = o.store.Delete(ctx, r.name, revision)
		revision = 0
	case !empty:
		revision, err = o.store.Put(ctx, r.name, value, revision)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case errors.Is(err, register.ErrRevision) && !empty:
		r.Owed = slices.DeleteFunc(r.Owed, func(one *owed) bool { return !one.queued })
		if len(r.Owed) == 0 && !r.dirty {
			delete(o.records, r.name)
		}
		return
	case err != nil && !errors.Is(err, register.ErrRevision):
		o.log.LogAttrs(ctx, slog.LevelError, "alert not kept; it is sent, and may be sent again after a restart", slog.Any("error", err))
	default:
		r.revision = revision
	}
	if empty && !r.dirty {
		delete(o.records, r.name)
		return
	}
	o.enqueue(r)
}

// enqueue puts what a record owes into the queues; mu is held.
func (o *Outbox) enqueue(r *record) {
	for _, one := range slices.Clone(r.Owed) {
		if one.queued {
			continue
		}
		one.queued = true
		for _, name := range slices.Clone(one.Receivers) {
			q := o.queues[name]
			if q == nil { // the receiver is gone
				o.settle(r, one, name)
				continue
			}
			for _, dropped := range q.add(&item{owed: one, record: r}) {
				o.settle(dropped.record, dropped.owed, name)
			}
		}
	}
}
