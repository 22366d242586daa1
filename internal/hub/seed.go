package hub

import (
	"slices"
	"time"
)

// Body is an event of a [Seed].
type Body struct {
	Seq  uint64
	Data []byte // as of [Feed.Publish]
}

// Seed is what a hub knows of a track, for another one.
type Seed struct {
	Tail    uint64 // sequence of the last event; 0 for none
	Since   uint64 // who got as far as this finds all later events in History
	State   *Body  // the newest snapshot, or the state that History leads on from; nil for none
	History []Body // changes or lines, oldest first
	// Restarts means that the seed leads on from nothing that viewers have.
	Restarts bool
}

// Export returns a function for what is known of a track now; its first call may take
// milliseconds.
func (f *Feed) Export(name Track) func() Seed {
	f.hub.mu.Lock()
	defer f.hub.mu.Unlock()
	t := f.track(name)
	s := Seed{Tail: t.tail, Since: t.since}
	last, history := t.last, slices.Clone(t.history)
	return func() Seed {
		if last != nil {
			s.State = &Body{last.seq, last.content()}
		}
		for _, e := range history {
			s.History = append(s.History, Body{e.seq, e.content()})
		}
		return s
	}
}

// Seed completes a track with what another hub knows of it, which must be nothing that is
// later in the order than what this one has come to, see [Hub.Advance]. Viewers who have events of the
// track go on where the seed leads on from them; others get a reset.
func (f *Feed) Seed(name Track, s Seed) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	if f.closed {
		return
	}
	t := f.publishing(name)
	leadsOn := t.tail > 0 && !s.Restarts && (name.Kind == Snapshots || s.Since <= t.tail)
	if !leadsOn {
		if t.tail > 0 {
			t.restart(s.Since)
		}
		t.begin()
		t.since, t.tail = s.Since, 0
	}
	for _, b := range s.History {
		if b.Seq > t.tail {
			e := f.bodyEvent(b)
			t.remember(e)
			t.offerIf(leadsOn, e)
		}
	}
	t.seeded = time.Now()
	if s.State != nil && (t.last == nil || s.State.Seq >= t.last.seq) {
		before := t.last
		t.last = f.bodyEvent(*s.State)
		t.offerIf(name.Kind == Snapshots && (before == nil || t.last.seq > before.seq), t.last)
	}
	if !leadsOn && (name.Kind == Changes || name.Kind == Lines && t.last != nil) {
		for _, m := range t.members {
			switch {
			case m.waits:
			case m.after >= s.Since:
				m.offerAll(t.history)
			default:
				m.restate()
			}
		}
	}
	t.tail = max(t.tail, s.Tail)
	t.complete()
}

// offerIf offers an event to those who do not wait; hub.mu is held.
func (t *track) offerIf(yes bool, e *Event) {
	if yes {
		t.offer(e)
	}
}

// bodyEvent is an event of a seed; hub.mu is held.
func (f *Feed) bodyEvent(b Body) *Event {
	return f.eventAt(b.Seq, "", func() []byte { return b.Data })
}

// Restate replaces the state that newcomers begin with by a newer one, to which the same
// changes led: it differs in values that change all the time.
func (f *Feed) Restate(name Track, full func() []byte) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	if t := f.tracks[name]; t != nil && t.last != nil {
		t.last = f.eventAt(t.last.seq, "", full)
	}
}

// Unseed makes a track partial: events of it are no longer delivered.
func (f *Feed) Unseed(name Track) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	t := f.tracks[name]
	switch {
	case t == nil:
	case len(t.members) == 0:
		t.unwatch()
		delete(f.tracks, name)
	default:
		t.suspend()
	}
}

// Suspend makes a track partial until it is seeded: an event of it was missed.
func (f *Feed) Suspend(name Track) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	if t := f.tracks[name]; t != nil {
		t.suspend()
	}
}

// Advance tells that all events of the order up to a sequence that are for this process
// have been delivered.
func (h *Hub) Advance(seq uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq = max(h.seq, seq)
}

// SeedStatus sets the last status where this hub has an older one, or one of its own, see
// [Feed.Notice].
func (f *Feed) SeedStatus(b Body, sticky bool) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	t := f.track(Status)
	if f.closed || t.last != nil && !t.partial && t.last.seq >= b.Seq {
		return
	}
	tell := t.partial || sticky
	t.partial = false
	t.last, t.sticky = f.eventAt(b.Seq, "status", func() []byte { return b.Data }), sticky
	t.offerIf(tell, t.last)
}

// Notice publishes a status that this process alone gives: the router's own is not known
// here. It has no place in the order and no id, and the next one takes its place.
func (f *Feed) Notice(body []byte) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	if f.closed {
		return
	}
	t := f.track(Status)
	t.last, t.sticky, t.partial = f.eventAt(f.hub.seq, "status", func() []byte { return body }).withoutID(), true, true
	t.offer(t.last)
}

// Reorder begins another order of events, after the event with the sequence. All tracks are
// partial then, and their viewers get a reset.
func (h *Hub) Reorder(epoch, seq uint64) {
	h.mu.Lock()
	defer h.unlock()
	h.epoch, h.seq = epoch, seq
	for _, f := range h.feeds {
		for name, t := range f.tracks {
			if name == Status {
				continue
			}
			for _, m := range t.members {
				m.after = 0
			}
			t.restart(seq)
			t.tail = 0
			for _, m := range t.members {
				m.wait(position{})
			}
			t.suspend()
		}
	}
}
