package notify

import (
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/alert"
)

// settle notes that a receiver has a transition, or does not get it; mu is held.
func (o *Outbox) settle(e *entry, s settlement) {
	if !slices.Contains(e.settled, s) {
		e.settled = append(e.settled, s)
	}
	delete(e.queued, s)
	o.board.Touch(e.name)
}

// settled is called by a queue when items are done with.
func (o *Outbox) settled(receiver string, items []*item) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, i := range items {
		o.settle(o.entry(i.record), settlement{i.t.ID, receiver})
	}
}

// firing returns what fires and goes to a receiver, if this instance sends.
func (o *Outbox) firing(receiver *Receiver) (list []alert.Transition) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.sending {
		return nil
	}
	for _, e := range o.entries {
		if r := e.apply(e.stored); r.Firing != nil && receiver.wants(r.Firing) {
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
			o.settle(o.entry(i.record), settlement{i.t.ID, name})
		}
	}
	o.syncAll() // what is owed to a receiver that is new here
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

// Stats returns the state of all receivers, in their order. It is that of the fleet, but
// for the counts, which are of this instance.
func (o *Outbox) Stats() []Stats {
	o.mu.Lock()
	defer o.mu.Unlock()
	waiting := make(map[string]int)
	oldest := make(map[string]time.Time)
	for _, e := range o.entries {
		for _, one := range e.apply(e.stored).Owed {
			for _, name := range one.Receivers {
				waiting[name]++
				if at := oldest[name]; at.IsZero() || one.Transition.At.Before(at) {
					oldest[name] = one.Transition.At
				}
			}
		}
	}
	list := make([]Stats, 0, len(o.receivers))
	for _, r := range o.receivers {
		s := o.queues[r.Name].stats()
		s.Queued, s.Oldest = waiting[r.Name], oldest[r.Name]
		if told := o.states[stateName(r.Name)]; !o.sending && told.State != "" {
			s.State, s.LastError = told.State, told.Error
		}
		list = append(list, s)
	}
	return list
}
