package notify

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/alert"
)

// record is an alert in the store: that it fires, and what receivers do not have yet.
type record struct {
	Firing *alert.Transition `json:"firing,omitempty"` // that was told last; nil if it does not fire
	Owed   []owed            `json:"owed,omitempty"`   // in order
}

// owed is a transition that some receivers do not have yet.
type owed struct {
	Transition alert.Transition `json:"transition"`
	Receivers  []string         `json:"receivers"`
}

// Limits of one record.
const (
	maxOwed = 50              // what one alert owes; the oldest is given up
	maxAge  = 30 * time.Hour  // of what is owed to a receiver that this instance does not know
	overlap = 5 * time.Minute // within which two instances may tell the same
)

// decode reads a record; one that cannot be read is empty.
func decode(value []byte) (r record) {
	_ = json.Unmarshal(value, &r)
	return r
}

// encode returns nil for a record that has nothing.
func (r *record) encode() []byte {
	if r.Firing == nil && len(r.Owed) == 0 {
		return nil
	}
	return encode(r)
}

func (r *record) has(id string) bool {
	return slices.ContainsFunc(r.Owed, func(o owed) bool { return o.Transition.ID == id })
}

// tell adds a transition, unless another instance has told the same: one that had the
// router before, or believes that it still has it. ended says that the alert has ended a
// moment ago.
func (r *record) tell(one owed, ended bool) {
	t := one.Transition
	switch before := r.Firing; {
	case r.has(t.ID):
		return
	case t.Status == alert.Firing && before != nil && !t.Again && t.Started.Sub(before.Started).Abs() < overlap:
		return
	case t.Status == alert.Resolved && before == nil && ended:
		return
	case t.Status == alert.Firing:
		r.Firing = &t
	case t.Status == alert.Resolved:
		r.Firing = nil
	}
	if len(one.Receivers) > 0 {
		r.Owed = append(r.Owed, owed{t, slices.Clone(one.Receivers)})
	}
	if over := len(r.Owed) - maxOwed; over > 0 {
		r.Owed = slices.Delete(r.Owed, 0, over)
	}
}

// settle notes that a receiver has a transition, or does not get it.
func (r *record) settle(id, receiver string) {
	for i := range r.Owed {
		if r.Owed[i].Transition.ID == id {
			r.Owed[i].Receivers = slices.DeleteFunc(slices.Clone(r.Owed[i].Receivers), func(name string) bool { return name == receiver })
		}
	}
	r.Owed = slices.DeleteFunc(slices.Clone(r.Owed), func(o owed) bool { return len(o.Receivers) == 0 })
}

// entry is what the outbox knows of a record. Outbox.mu guards it.
type entry struct {
	name    string
	order   uint64 // in which entries came
	stored  record // what the store has
	told    []owed // what it does not have yet
	settled []settlement
	merged  merged
	ended   time.Time           // when the store had last that it does not fire any more
	alone   bool                // what was told could not be written: this instance sends it
	queued  map[settlement]bool // what is in the queues
}

// merged is what Merge has returned last.
type merged struct {
	told, settled int // how many of those of the entry are in it
	record        record
	learned       bool // the store has it by now, or a later one
}

// settlement is a transition that a receiver has.
type settlement struct{ id, receiver string }

// apply returns a record with what it does not have yet.
func (e *entry) apply(r record) record {
	for _, one := range e.told {
		r.tell(one, !e.ended.IsZero() && time.Since(e.ended) < overlap)
	}
	for _, s := range e.settled {
		r.settle(s.id, s.receiver)
	}
	return r
}

// wrote takes over what Merge has returned.
func (e *entry) wrote() {
	if !e.merged.learned {
		e.stored = e.merged.record
	}
	e.told, e.settled = slices.Clone(e.told[e.merged.told:]), slices.Clone(e.settled[e.merged.settled:])
	e.merged = merged{}
	e.alone = e.alone && len(e.told) > 0
}

// isDone reports whether there is nothing to keep of what the store does not have.
func (e *entry) isDone() bool {
	r := e.apply(e.stored)
	return e.stored.encode() == nil && r.encode() == nil
}

func (e *entry) isEmpty() bool {
	return e.stored.Firing == nil && len(e.stored.Owed) == 0 && len(e.told) == 0 && len(e.settled) == 0
}
