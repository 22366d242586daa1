package hub

import (
	"cmp"
	"fmt"
	"slices"
)

// Take returns what is new: first resets and the states to begin with, then events in
// the order in which they were published. It never waits. After the last event of a
// closed subscription the error is ErrClosed, and at once ErrWithdrawn after Withdraw.
//
// A viewer may be cut off after any event, and returns with the last id that it got.
// So an event has an id only where the viewer has got all that it needs up to there: a
// reset has none, nor has a state that comes before another one, or before an event
// that is older. The states come first: a change that is in the state already, and comes
// again after a return, does no harm, but a line must not come twice.
func (s *Subscription) Take() (events []*Event, err error) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if s.withdrawn {
		return nil, ErrWithdrawn
	}
	if s.holds() {
		return nil, nil
	}
	var first []*Event // resets and states
	for _, m := range s.dirty {
		if m.reset {
			first = append(first, m.resetEvent())
		}
		if m.base != nil {
			first = append(first, m.base)
		}
		events = append(events, m.pending...)
		m.taken()
	}
	clear(s.dirty)
	s.dirty = s.dirty[:0]
	if len(events) > 1 {
		slices.SortStableFunc(events, func(a, b *Event) int { return cmp.Compare(a.seq, b.seq) })
	}
	if len(first) > 0 {
		events = append(begin(first, events), events...)
	}
	s.withholdIDs(events)
	s.hub.counts.Delivered += uint64(len(events))
	if s.closed {
		return events, ErrClosed
	}
	return events, nil
}

// taken is for a member of which all has been taken.
func (m *member) taken() {
	m.clear()
	m.lost, m.reset, m.unknown, m.dirty = 0, false, false, false
	if cap(m.pending) > 8 {
		m.pending = nil
	}
}

// begin sorts what comes before the events: the status, resets, states. Only the last
// state keeps its id, and only where no event after it is older. hub.mu is held.
func begin(first, events []*Event) []*Event {
	place := func(e *Event) int { return slices.Index([]string{"status", "reset", ""}, e.name) }
	slices.SortStableFunc(first, func(a, b *Event) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.seq, b.seq))
	})
	last := len(first) - 1
	for i, e := range first {
		if i < last || len(events) > 0 && events[0].seq < e.seq {
			first[i] = e.withoutID()
		}
	}
	return first
}

// resetEvent tells the viewer that what it had of a topic is of no use, and how many
// events are lost where that is known. It has no id: what it announces comes after it.
func (m *member) resetEvent() *Event {
	body := fmt.Appendf(nil, `"topic":%q`, m.track.name.Topic)
	if !m.unknown {
		body = fmt.Appendf(body, `,"lost":%d`, m.lost)
	}
	body = append(body, '}')
	f := m.track.feed
	return f.eventAt(f.hub.seq, "reset", func() []byte { return body }).withoutID()
}
