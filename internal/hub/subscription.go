package hub

import "time"

// Subscription is one viewer. Its fields behind ready are guarded by hub.mu.
type Subscription struct {
	hub    *Hub
	tracks []Track
	all    bool
	named  map[string]bool // the ids of several feeds, to join those that come back; nil else
	allow  func(id string) bool
	notify func() // nil until Notify

	members   []*member   // in no order
	dirty     []*member   // those with something to take
	lagging   int         // members whose tracks are partial
	overdue   *time.Timer // ends the time for which they hold the others back; nil without them
	tolerant  bool        // it has ended
	returned  bool        // the viewer may know feeds to come: it was here before, or one was closed
	closed    bool
	withdrawn bool
}

// member is a viewer's place at one track. It is guarded by hub.mu.
type member struct {
	sub     *Subscription
	track   *track
	at      int      // in track.members
	place   int      // in sub.members
	base    *Event   // the state that pending leads on from, where the viewer has none; nil else
	pending []*Event // in order; at most one of snapshots
	dirty   bool     // it is in sub.dirty
	reset   bool     // what the viewer has is of no use any more
	lost    uint64   // events let go since the last Take, for which the reset is
	unknown bool     // more were missed than those, nobody knows how many

	// Of a shared hub.
	lags  bool     // the track is partial
	waits bool     // nothing is offered before it is complete
	from  position // from which it is to catch up then
	after uint64   // up to this sequence the viewer has everything
}

// join adds the viewer to the tracks of a feed; hub.mu is held.
func (s *Subscription) join(f *Feed, at position) {
	if f.closed || s.allow != nil && !s.allow(f.id) {
		return
	}
	for _, name := range append([]Track{Status}, s.tracks...) {
		m := &member{sub: s, track: f.track(name), place: len(s.members)}
		s.members = append(s.members, m)
		m.track.add(m)
		if m.track.partial || m.outdated(at) {
			m.wait(at)
			continue
		}
		m.catchUp(at)
	}
}

// catchUp queues what the viewer has to know before live events.
func (m *member) catchUp(at position) {
	t := m.track
	if at.known {
		m.after = at.seq
	}
	if at.returns && !at.known && t.name != Status {
		m.discard()
	}
	if t.name.Kind == Snapshots {
		switch {
		case t.last == nil || at.known && t.last.seq <= at.seq:
		case t.name != Status || at.known:
			m.offer(t.last)
		case t.sticky || at.returns:
			m.begin(t.last)
		}
		return
	}
	if at.known && at.seq >= t.since {
		m.offerAll(t.history) // those after at.seq
		return
	}
	if at.known {
		m.discard() // what it missed is not held any more
	}
	m.restate()
}

// restate gives the viewer the newest state to begin with: the last one that is known,
// and the changes since then. Where it is not known, the viewer waits for it. hub.mu is
// held.
func (m *member) restate() {
	t := m.track
	switch {
	case t.last == nil:
	case t.last.seq < t.since:
		m.wait(position{})
		t.reseed()
	default:
		m.begin(t.last)
		for _, e := range t.history {
			if e.seq > t.last.seq {
				m.offer(e)
			}
		}
	}
}

func (m *member) offerAll(events []*Event) {
	for _, e := range events {
		m.offer(e)
	}
}

// discard tells the viewer that what it has is of no use.
func (m *member) discard() {
	m.reset, m.unknown = true, true
	m.touch()
}

// begin gives the viewer a state to begin with.
func (m *member) begin(state *Event) {
	m.base = state
	m.touch()
}

// offer queues an event for the viewer by the rule of the track's kind.
func (m *member) offer(e *Event) {
	if m.waits || e.seq <= m.after {
		return
	}
	switch kind := m.track.name.Kind; {
	case kind == Snapshots && m.base != nil:
		m.base = e
		m.sub.hub.counts.Conflated++
	case kind == Snapshots && len(m.pending) > 0:
		m.pending[0] = e
		m.sub.hub.counts.Conflated++
	case kind == Changes && len(m.pending) >= maxChanges, kind == Lines && len(m.pending) >= maxLines:
		if kind == Changes {
			m.letGo(SlowChanges)
			m.restart()
			break
		}
		m.letGo(SlowLines)
		m.pending = append(m.pending, e)
	default:
		m.pending = append(m.pending, e)
	}
	m.touch()
}

// letGo drops what waits for the viewer, who gets a reset instead.
func (m *member) letGo(reason DropReason) {
	n := uint64(len(m.pending))
	if m.base != nil {
		n++
	}
	m.sub.hub.counts.Dropped[reason] += n
	m.lost += n
	m.reset = true
	m.unknown = m.unknown || reason == Moved
	m.clear()
}

// clear drops what waits for the viewer.
func (m *member) clear() {
	m.base = nil
	clear(m.pending)
	m.pending = m.pending[:0]
}

// restart gives a viewer of changes the state after the newest one; hub.mu is held.
func (m *member) restart() {
	t := m.track
	if len(t.history) > 0 && t.last.seq < t.history[len(t.history)-1].seq {
		m.wait(position{}) // it is known elsewhere
		t.reseed()
		return
	}
	m.base = t.last
}

func (m *member) touch() {
	if !m.dirty {
		m.dirty = true
		m.sub.dirty = append(m.sub.dirty, m)
	}
	m.sub.signal()
}

// Notify has ready called whenever Take has something new; at once, if it has now.
// It is called by any goroutine, and must not block.
func (s *Subscription) Notify(ready func()) {
	s.hub.mu.Lock()
	defer s.hub.unlock()
	s.notify = ready
	if len(s.dirty) > 0 || s.closed || s.withdrawn {
		s.signal()
	}
}

// Withdraw ends the subscription of a viewer who may not see it any more: what
// waits for the viewer is not given out, and Take returns ErrWithdrawn. The
// subscription has to be closed nevertheless.
func (s *Subscription) Withdraw() {
	s.hub.mu.Lock()
	defer s.hub.unlock()
	s.withdrawn = true
	s.leaveAll()
	s.signal()
}

// Close leaves all tracks.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.unlock()
	s.leaveAll()
}

// leaveAll needs hub.mu.
func (s *Subscription) leaveAll() {
	delete(s.hub.open, s)
	for _, m := range s.members {
		m.track.remove(m)
	}
	s.members = nil
	s.dirty = nil
}

// leave takes the viewer off a track that is closed; hub.mu is held.
func (s *Subscription) leave(m *member) {
	s.returned = true
	last := len(s.members) - 1
	s.members[m.place] = s.members[last]
	s.members[m.place].place = m.place
	s.members[last] = nil
	s.members = s.members[:last]
	s.endIfAlone()
}

// endIfAlone ends a subscription that nothing can come to any more.
func (s *Subscription) endIfAlone() {
	if len(s.members) == 0 && !s.all {
		s.end()
	}
}

func (s *Subscription) end() {
	s.closed = true
	delete(s.hub.open, s)
	s.signal()
}

func (s *Subscription) signal() {
	if s.notify != nil {
		s.hub.ready = append(s.hub.ready, s.notify)
	}
}
