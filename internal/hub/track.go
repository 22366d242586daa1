package hub

import (
	"math"
	"slices"
	"time"
)

// track is one stream of events with its viewers. It is guarded by hub.mu.
type track struct {
	feed *Feed
	name Track
	// members are in the order in which they came, nearly: sockets that were opened
	// one after the other are close to each other in the kernel's memory, and to
	// write to them in that order takes a third less time than in random order.
	members []*member
	// last is what a newcomer gets: the newest snapshot, or the state after the
	// newest change; that of lines are the last ones, where they are known.
	last   *Event
	sticky bool // of the status: last is for newcomers, too
	// history holds changes or lines, oldest first. Who got as far as since finds
	// there all that came later.
	history []*Event
	since   uint64
	at      time.Time // of the last event or, before it, of the beginning
	leave   func()    // ends the watch on the feed's source; nil without viewers

	// Of a shared hub. A track is partial while nobody here knows what went before: those
	// who join wait for it. tail is the sequence of the last event that is known of it; 0
	// for none.
	partial bool
	tail    uint64
	seeded  time.Time // when the state came from another process; zero if it has not
}

// never is a sequence that nobody gets to.
const never = math.MaxUint64

// begin lets nothing of before lead on to what comes: who got as far as now, and
// no further, has missed something. In a shared order others may have got further; what
// they have leads on to nothing, up to the first event. hub.mu is held.
func (t *track) begin() {
	t.last, t.history, t.since = nil, nil, t.feed.hub.seq+1
	if t.feed.hub.shared {
		t.since = never
	}
}

// restart drops all that came before a sequence; hub.mu is held.
func (t *track) restart(seq uint64) {
	t.begin()
	for _, m := range t.members {
		if t.name.Kind == Snapshots { // a snapshot of before is not the present
			m.clear()
			continue
		}
		if m.waits || m.after >= seq {
			continue
		}
		m.letGo(Moved)
		m.touch()
	}
}

// watch has the source of the feed keep the track up to date; hub.mu is held.
func (t *track) watch() {
	if t.feed.from != nil && t.name != Status && t.leave == nil {
		t.leave = t.feed.from.Watch(t.name)
	}
}

// unwatch ends that; hub.mu is held.
func (t *track) unwatch() {
	if t.leave != nil {
		t.leave()
		t.leave = nil
	}
}

// remember adds to the history; what is too old is let go.
func (t *track) remember(e *Event) {
	if n := len(t.history); n > 0 {
		e.follow(t.history[n-1])
	}
	e.at = t.at
	t.history = append(t.history, e)
	n := max(0, len(t.history)-t.name.Kind.most())
	for hold := t.name.Kind.hold(); e.at.Sub(t.history[n].at) > hold; {
		n++ // ends with e at the latest
	}
	if n > 0 {
		t.since = t.history[n-1].seq
		t.history = slices.Delete(t.history, 0, n)
		t.history[0].letGoOfBefore()
	}
}

// add and remove keep the order as far as they can: the last one takes the place
// of one that leaves. hub.mu is held.
func (t *track) add(m *member) {
	m.at = len(t.members)
	t.members = append(t.members, m)
	t.watch()
}

func (t *track) remove(m *member) {
	last := len(t.members) - 1
	t.members[m.at] = t.members[last]
	t.members[m.at].at = m.at
	t.members[last] = nil
	t.members = t.members[:last]
	m.caughtUp()
	if last == 0 {
		t.unwatch()
	}
	if cap(t.members) > 64 && len(t.members) < cap(t.members)/4 {
		t.members = slices.Clone(t.members)
	}
}

func (t *track) offer(e *Event) {
	for _, m := range t.members {
		m.offer(e)
	}
}
