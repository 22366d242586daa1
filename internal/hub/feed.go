package hub

import (
	"maps"
	"slices"
	"time"
)

// Feed is the events of one router_id.
type Feed struct {
	hub    *Hub
	id     string
	prefix []byte // the first fields of every event's data

	// Guarded by hub.mu.
	tracks map[Track]*track
	from   Watcher // nil for none
	closed bool
	swept  time.Time // when tracks were last looked through for those that nobody needs
}

// track finds or makes a track; hub.mu is held.
func (f *Feed) track(name Track) *track {
	t := f.tracks[name]
	if t == nil {
		t = &track{feed: f, name: name, at: time.Now(), partial: f.hub.shared && name != Status}
		t.begin()
		f.tracks[name] = t
	}
	return t
}

// publishing is the track that an event is about to come to; hub.mu is held. Now
// and then it lets go of the other tracks that nobody watches and that have had
// no event for as long as one is held: nobody leads on from them, and a feed that
// is watched for years would keep a history of every form that anybody ever
// looked at. The state of lines stays: the next line may be hours away.
func (f *Feed) publishing(name Track) *track {
	now := time.Now()
	t := f.track(name)
	t.at = now
	if now.Sub(f.swept) > holdChanges {
		f.swept = now
		maps.DeleteFunc(f.tracks, func(name Track, t *track) bool {
			return len(t.members) == 0 && name != Status && !(name.Kind == Lines && t.last != nil) && now.Sub(t.at) > name.Kind.hold() && (t.partial || !f.hub.shared)
		})
	}
	return t
}

// event makes an event of a sequence that is later than all before; hub.mu is held.
func (f *Feed) event(seq uint64, name string, body func() []byte) *Event {
	f.hub.seq = seq
	f.hub.counts.Published++
	return f.eventAt(seq, name, body)
}

// eventAt makes an event with the sequence of another; hub.mu is held.
func (f *Feed) eventAt(seq uint64, name string, body func() []byte) *Event {
	f.hub.mark++
	return &Event{feed: f, epoch: f.hub.epoch, seq: seq, mark: f.hub.mark, name: name, body: body}
}

// Publish sends a snapshot: the JSON object that body continues after the
// feed's prefix, closing brace included. The feed keeps body; nobody may change
// it afterwards. Several feeds may be given the same body.
func (f *Feed) Publish(name Track, body []byte) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	if !f.closed {
		f.snapshot(f.hub.seq+1, f.publishing(name), body)
	}
}

// snapshot, change, line and status publish an event with a sequence; hub.mu is held.
func (f *Feed) snapshot(seq uint64, t *track, body []byte) {
	e := f.event(seq, "", func() []byte { return body })
	if t.last != nil {
		t.last.letGoOfBefore()
		e.follow(t.last)
	}
	t.last = e
	t.offer(e)
}

// PublishChange sends a change of a state, which may also be that of lines. full makes the body of the whole
// state after the change; it is called at most once, by whoever needs it first,
// and must not depend on anything that changes. A change of nil only replaces
// the state that newcomers get.
func (f *Feed) PublishChange(name Track, change []byte, full func() []byte) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	if !f.closed {
		f.change(f.hub.seq+1, f.publishing(name), change, full)
	}
}

// change without full leaves the state that newcomers begin with: the history leads on
// from it.
func (f *Feed) change(seq uint64, t *track, change []byte, full func() []byte) {
	switch {
	case full == nil:
	case t.last == nil: // nobody here has anything that a change could lead on from
		f.state(seq, t, full)
		return
	case change == nil:
		t.last = f.eventAt(t.last.seq, "", full)
		return
	}
	e := f.event(seq, "", func() []byte { return change })
	if full != nil {
		t.last = f.eventAt(e.seq, "", full)
	}
	t.remember(e)
	t.offer(e)
}

// state publishes a whole state, which no change before leads to; hub.mu is held.
func (f *Feed) state(seq uint64, t *track, full func() []byte) {
	t.last = f.event(seq, "", full)
	t.history, t.since = nil, seq
	t.offer(t.last)
}

// PublishLine sends an event that stands for itself.
func (f *Feed) PublishLine(name Track, body []byte) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	if !f.closed {
		f.line(f.hub.seq+1, f.publishing(name), body)
	}
}

func (f *Feed) line(seq uint64, t *track, body []byte) {
	e := f.event(seq, "", func() []byte { return body })
	t.remember(e)
	t.offer(e)
}

// PublishStatus sends the named event "status". A sticky one is also the first
// event of every viewer who comes later, until the next status. Viewers who
// return get the newest status in any case, unless they had it.
func (f *Feed) PublishStatus(body []byte, sticky bool) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	if !f.closed {
		f.status(f.hub.seq+1, body, sticky)
	}
}

func (f *Feed) status(seq uint64, body []byte, sticky bool) {
	t := f.track(Status)
	t.last, t.sticky = f.event(seq, "status", func() []byte { return body }), sticky
	t.offer(t.last)
}

// Forget drops the newest snapshot of a track: nobody keeps it up to date any
// more, and a viewer who comes later must not take it for the present. A state
// with changes stays: the next change, whenever it comes, leads on from it.
func (f *Feed) Forget(name Track) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	f.forget(name)
}

// forget needs hub.mu.
func (f *Feed) forget(name Track) {
	if t := f.tracks[name]; t != nil && name.Kind == Snapshots {
		t.last = nil
	}
}

// Invalidate is for a track whose events to come do not continue those before:
// its state and its history are let go, and its viewers get a reset.
func (f *Feed) Invalidate(name Track) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	f.invalidate(name)
}

// invalidate needs hub.mu.
func (f *Feed) invalidate(name Track) {
	t := f.tracks[name]
	switch {
	case t == nil:
	case len(t.members) == 0 && !f.hub.shared:
		delete(f.tracks, name)
	default:
		t.restart(f.hub.seq + 1)
	}
}

// Restart is for a feed whose events come from another source from now on: no
// snapshot of before is the present, no change continues it. Viewers of changes
// and of lines get a reset. The status stays.
func (f *Feed) Restart(from Watcher) {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	f.from = from
	for _, name := range slices.SortedFunc(maps.Keys(f.tracks), Track.compare) { // in which the resets go out
		if name == Status {
			continue
		}
		t := f.tracks[name]
		if before := t.leave; before != nil {
			t.leave = nil
			t.watch()
			before()
		}
		t.restart(f.hub.seq + 1)
	}
}

// Viewers is how many subscriptions there are.
func (f *Feed) Viewers() int {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	if t := f.tracks[Status]; t != nil { // which all of them are at
		return len(t.members)
	}
	return 0
}

// Close ends the feed. Subscriptions that are for nothing else end with it;
// what was published before may still be taken.
func (f *Feed) Close() {
	f.hub.mu.Lock()
	defer f.hub.unlock()
	if f.hub.feeds[f.id] == f {
		delete(f.hub.feeds, f.id)
	}
	f.close()
}

// close needs hub.mu.
func (f *Feed) close() {
	f.closed = true
	for _, t := range f.tracks {
		for _, m := range t.members {
			m.caughtUp()
			m.sub.leave(m)
		}
		clear(t.members)
		t.members = nil
		t.unwatch()
	}
}
