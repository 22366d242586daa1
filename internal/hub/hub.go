// Package hub fans the events of one router_id out to its viewers.
//
// An event is framed once, as the bytes of text/event-stream, and every viewer
// writes the same bytes. A viewer owns no queue: it has room for the newest
// snapshot and the newest status, so one that is slow skips what is out of date
// and always ends up with the present; it costs the same memory however slow it
// is, and the publisher never waits. A new viewer gets the newest snapshot at
// once.
package hub

import (
	"crypto/rand"
	"errors"
	"strconv"
	"sync"
)

// Kind of an event.
type Kind uint8

const (
	// Snapshot is the unnamed event with the whole state.
	Snapshot Kind = iota
	// Status is the event named "status": the router went away or returned.
	Status
	kinds // their number
)

// ErrClosed is what a subscription returns when its feed is closed and all
// that was published before has been taken.
var ErrClosed = errors.New("the stream was closed")

// Event is immutable once published.
type Event struct {
	Seq   uint64
	Kind  Kind
	Frame []byte // ready to be written
}

// Feed is the stream of events of one router_id.
type Feed struct {
	prefix []byte // the first fields of every event's data; static
	epoch  string // tells the ids of this feed from those of an earlier process; static

	mu     sync.Mutex
	seq    uint64                     // of the last event; guarded by mu
	subs   map[*Subscription]struct{} // guarded by mu
	last   []byte                     // body of the newest snapshot, nil without; guarded by mu
	framed *Event                     // the event made of last, nil until somebody needs it; guarded by mu
	sticky *Event                     // status that every new viewer must know; guarded by mu
	closed bool                       // guarded by mu
}

// NewFeed returns a feed whose events all begin with the JSON fields in prefix,
// such as `"router_id":"a",`.
func NewFeed(prefix string) *Feed {
	return &Feed{
		prefix: []byte(prefix),
		epoch:  rand.Text()[:8],
		subs:   make(map[*Subscription]struct{}),
	}
}

// Publish sends a snapshot: the JSON object that body continues after the
// feed's prefix, closing brace included. The feed keeps body; nobody may change
// it afterwards. Several feeds may be given the same body.
func (f *Feed) Publish(body []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	f.last, f.framed = body, nil
	if len(f.subs) == 0 {
		return // framed when somebody comes
	}
	f.framed = f.frame(Snapshot, body)
	for s := range f.subs {
		s.offer(f.framed)
	}
}

// PublishStatus sends a named status event. A sticky one is also the first event
// of every viewer who comes later, until the next status.
func (f *Feed) PublishStatus(body []byte, sticky bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	e := f.frame(Status, body)
	f.sticky = nil
	if sticky {
		f.sticky = e
	}
	for s := range f.subs {
		s.offer(e)
	}
}

// frame makes the event; mu is held. body is one line: the JSON encoders
// escape every line break.
func (f *Feed) frame(kind Kind, body []byte) *Event {
	f.seq++
	b := make([]byte, 0, len(f.prefix)+len(body)+64)
	b = append(b, "id: "...)
	b = append(b, f.epoch...)
	b = append(b, '-')
	b = strconv.AppendUint(b, f.seq, 10)
	if kind == Status {
		b = append(b, "\nevent: status"...)
	}
	b = append(b, "\ndata: {"...)
	b = append(b, f.prefix...)
	b = append(b, body...)
	b = append(b, "\n\n"...)
	return &Event{Seq: f.seq, Kind: kind, Frame: b}
}

// Forget drops the newest snapshot: nobody keeps it up to date any more, and a
// viewer who comes later must not take it for the present.
func (f *Feed) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last, f.framed = nil, nil
}

// Close ends all subscriptions; they may still take what was published.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for s := range f.subs {
		s.end()
	}
	clear(f.subs)
}

// Viewers is the number of subscriptions.
func (f *Feed) Viewers() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.subs)
}

// Subscribe adds a viewer. Joining and taking the newest snapshot are one step,
// so nothing is missed or doubled in between.
func (f *Feed) Subscribe() *Subscription {
	s := &Subscription{feed: f, ready: make(chan struct{}, 1)}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		s.end()
		return s
	}
	f.subs[s] = struct{}{}
	if f.sticky != nil {
		s.offer(f.sticky)
	}
	if f.last != nil {
		if f.framed == nil {
			f.framed = f.frame(Snapshot, f.last)
		}
		s.offer(f.framed)
	}
	return s
}

// Subscription is one viewer's place at a feed.
type Subscription struct {
	feed  *Feed
	ready chan struct{} // room for one signal: there is something to take; never closed

	mu      sync.Mutex    // taken after feed.mu
	pending [kinds]*Event // newest of each kind not yet taken; guarded by mu
	skipped uint64        // events replaced before they were taken; guarded by mu
	closed  bool          // guarded by mu
}

// Ready has a value when Take has something to say.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Take returns what is new, in the order in which it was published: at most one
// event of each kind. It never waits. After the last event of a closed feed the
// error is ErrClosed.
func (s *Subscription) Take() ([]*Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var events []*Event
	for kind, e := range s.pending {
		if e == nil {
			continue
		}
		s.pending[kind] = nil
		events = append(events, e)
	}
	if len(events) == 2 && events[0].Seq > events[1].Seq {
		events[0], events[1] = events[1], events[0]
	}
	if s.closed {
		return events, ErrClosed
	}
	return events, nil
}

// Skipped counts the events that a newer one replaced before they were taken.
func (s *Subscription) Skipped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.skipped
}

// Close leaves the feed.
func (s *Subscription) Close() {
	s.feed.mu.Lock()
	delete(s.feed.subs, s)
	s.feed.mu.Unlock()
}

func (s *Subscription) offer(e *Event) {
	s.mu.Lock()
	if s.pending[e.Kind] != nil {
		s.skipped++
	}
	s.pending[e.Kind] = e
	s.mu.Unlock()
	s.signal()
}

func (s *Subscription) end() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.signal()
}

func (s *Subscription) signal() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}
