package hub

import "time"

// NewShared returns a hub that takes its events from an order that several processes
// share, as in [Feed.Deliver], and whose ids mean the same at all of them. The sealer must
// be the same everywhere; epoch names the order. A track of it is partial until what went
// before is known: see [Feed.Seed].
//
// While a track is partial, its viewers get nothing, of no track: with the id of a later
// event of another track they would miss what they wait for if they returned. After holdTime
// they get the others, without ids.
func NewShared(s Sealer, epoch uint64) *Hub {
	h := NewSealed(s)
	h.shared, h.epoch = true, epoch
	return h
}

// Seeder is a [Watcher] that knows where partial tracks are known.
type Seeder interface {
	Watcher
	// Reseed asks for a call of [Feed.Seed] for a track that is watched. It is called with
	// the hub locked: it must return at once and must not call the hub.
	Reseed(name Track)
}

// reseed asks for the state of a track; hub.mu is held.
func (t *track) reseed() {
	t.suspend()
	if from, ok := t.feed.from.(Seeder); ok {
		from.Reseed(t.name)
	}
}

// suspend makes the track partial; hub.mu is held.
func (t *track) suspend() {
	t.partial = true
	for _, m := range t.members {
		m.lag()
	}
}

// freshState is how old the state of another process may be for a newcomer: values that
// change all the time are in the state, and in no change.
const freshState = 2 * time.Second

// outdated reports whether a viewer that joins has to get a newer state than the one that
// is known here, and asks for it; hub.mu is held.
func (m *member) outdated(at position) bool {
	t := m.track
	if t.seeded.IsZero() || t.name.Kind != Changes || at.known && at.seq >= t.since || time.Since(t.seeded) < freshState {
		return false
	}
	t.reseed()
	return true
}

// wait has the viewer wait for the state of the track; hub.mu is held.
func (m *member) wait(at position) {
	m.from, m.waits = at, true
	m.lag()
}

// lag counts a member whose track is partial; hub.mu is held.
func (m *member) lag() {
	if m.lags {
		return
	}
	m.lags = true
	s := m.sub
	if s.lagging++; s.lagging == 1 && s.overdue == nil {
		s.overdue = time.AfterFunc(holdTime, s.stopHolding)
	}
}

// holdTime is how long a viewer gets nothing because of a track that is partial.
const holdTime = 2 * time.Second

// stopHolding gives out what waits, without ids.
func (s *Subscription) stopHolding() {
	s.hub.mu.Lock()
	defer s.hub.unlock()
	s.tolerant = s.lagging > 0
	if len(s.dirty) > 0 {
		s.signal()
	}
}

// caughtUp is for a member whose track is complete, or which leaves; hub.mu is held.
func (m *member) caughtUp() {
	m.waits = false
	if !m.lags {
		return
	}
	m.lags = false
	s := m.sub
	if s.lagging--; s.lagging == 0 {
		s.overdue.Stop()
		s.overdue, s.tolerant = nil, false
		if len(s.dirty) > 0 {
			s.signal()
		}
	}
}

// holds reports whether nothing is given out; hub.mu is held.
func (s *Subscription) holds() bool { return s.lagging > 0 && !s.tolerant && !s.closed }

// withholdIDs takes the ids from events after which the viewer still misses others; hub.mu
// is held.
func (s *Subscription) withholdIDs(events []*Event) {
	if s.lagging == 0 {
		return
	}
	for i, e := range events {
		events[i] = e.withoutID()
	}
}

// Form is what a delivery has.
type Form uint8

// The forms of deliveries.
const (
	Snapshot    Form = iota // the present, of a track of snapshots
	State                   // the whole state, of a track of changes
	Change                  // a change of it
	Line                    // a line
	StatusEvent             // the state of the router; of the track Status
	Begin                   // no event: lines follow
	Forget                  // no event: the last snapshot is outdated, see [Feed.Forget]
	Invalidate              // no event: see [Feed.Invalidate]
	Forms                   // how many there are
)

// Delivery is an event in the shared order.
type Delivery struct {
	Seq   uint64 // its place in the order
	Track Track
	Form  Form
	Body  []byte // as of [Feed.Publish]; nobody may change it afterwards
	// Full makes the state, or that after a change, as of [Feed.PublishChange]; nil where it
	// is not known, or is in Body.
	Full   func() []byte
	Sticky bool // of a status, as of [Feed.PublishStatus]
	// Restarts means that earlier events of the track do not lead on to this one.
	Restarts bool
}

// Deliver takes an event of the order, in which those that this process gets must come. It
// reports false, and does nothing else, for one that comes too late.
func (f *Feed) Deliver(d Delivery) bool {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	if d.Seq <= f.hub.seq {
		return false
	}
	f.hub.seq = d.Seq
	if f.closed {
		return true
	}
	if d.Form == StatusEvent {
		f.status(d.Seq, d.Body, d.Sticky)
		return true
	}
	t := f.publishing(d.Track)
	if d.Restarts {
		t.supersede(d.Seq)
	}
	f.deliver(t, d)
	t.tail = d.Seq
	if d.Restarts {
		t.complete()
	}
	return true
}

// deliver needs hub.mu.
func (f *Feed) deliver(t *track, d Delivery) {
	switch d.Form {
	case Snapshot:
		f.snapshot(d.Seq, t, d.Body)
	case State:
		full := d.Full
		if full == nil {
			full = func() []byte { return d.Body }
		}
		f.state(d.Seq, t, full)
	case Change:
		f.change(d.Seq, t, d.Body, d.Full)
	case Line:
		f.line(d.Seq, t, d.Body)
	case Forget:
		f.forget(d.Track)
	case Invalidate:
		f.invalidate(d.Track)
	}
}

// supersede begins the track again at a sequence. Viewers who have got further than this
// process had that from another one, and what they have leads on from there; hub.mu is held.
func (t *track) supersede(seq uint64) {
	if t.tail > 0 {
		t.restart(seq)
	}
	t.begin()
	t.since, t.seeded = seq, time.Time{}
}

// complete lets those who wait catch up; hub.mu is held.
func (t *track) complete() {
	t.partial = false
	for _, m := range t.members {
		waited := m.waits
		m.caughtUp()
		if waited {
			m.catchUp(m.from)
		}
	}
}
