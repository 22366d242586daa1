package notify

import (
	"slices"

	"github.com/aprakasa/mikronec/internal/alert"
)

// settle notes that a receiver has a transition, or does not get it; mu is held.
func (o *Outbox) settle(r *record, one *owed, receiver string) {
	one.Receivers = slices.DeleteFunc(one.Receivers, func(name string) bool { return name == receiver })
	if len(one.Receivers) == 0 {
		r.Owed = slices.DeleteFunc(r.Owed, func(other *owed) bool { return other == one })
	}
	o.change(r)
}

// settled is called by a queue when items are done with.
func (o *Outbox) settled(receiver string, items []*item) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, i := range items {
		o.settle(i.record, i.owed, receiver)
	}
}

// firing returns what fires and goes to a receiver.
func (o *Outbox) firing(receiver *Receiver) (list []alert.Transition) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.records {
		if r.Firing != nil && receiver.wants(r.Firing) {
			list = append(list, *r.Firing)
		}
	}
	return list
}

// Replace replaces the receivers. The queue of one that keeps its name goes on; those of
// others are given up.
func (o *Outbox) Replace(receivers []*Receiver) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.receivers = slices.Clone(receivers)
	kept := make(map[string]bool)
	for _, r := range receivers {
		kept[r.Name] = true
		if q := o.queues[r.Name]; q != nil {
			q.replace(r)
			continue
		}
		q := newQueue(r, o)
		o.queues[r.Name] = q
		if o.run != nil {
			o.start(q)
		}
	}
	for name, q := range o.queues {
		if kept[name] {
			continue
		}
		q.end()
		delete(o.queues, name)
		for _, i := range q.all() {
			o.settle(i.record, i.owed, name)
		}
	}
}

// start starts the worker of a queue; mu is held.
func (o *Outbox) start(q *queue) {
	ctx := o.run
	o.workers.Go(func() { q.work(ctx) })
}

// Receiver returns a receiver by its name.
func (o *Outbox) Receiver(name string) (*Receiver, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := slices.IndexFunc(o.receivers, func(r *Receiver) bool { return r.Name == name })
	if i < 0 {
		return nil, false
	}
	return o.receivers[i], true
}

// Stats returns the state of all receivers, in their order.
func (o *Outbox) Stats() []Stats {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := make([]Stats, 0, len(o.receivers))
	for _, r := range o.receivers {
		list = append(list, o.queues[r.Name].stats())
	}
	return list
}
