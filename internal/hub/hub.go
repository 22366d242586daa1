// Package hub fans the events of routers out to viewers.
//
// Every router_id has a [Feed]; a feed has tracks, one for each topic and form
// in which it is watched; a [Subscription] is one viewer's place at the tracks
// of one feed, of several, or of all there are and will be.
//
// # What a viewer gets
//
// An event is framed once, as the bytes of text/event-stream, when the first
// viewer takes it, and every viewer writes the same bytes. It is compressed once
// for all who take gzip, see [Event.GzipAfter], by the first who does and never
// with the hub locked; what was made is let go with the event. The publisher never
// waits, and what a slow viewer can make the hub hold is bounded by the kind of
// the track:
//
//   - of snapshots only the newest is held: a slow viewer skips those between
//     and always ends up with the present;
//   - of changes up to maxChanges are held; a viewer further behind gets the
//     event "reset" and the whole state instead;
//   - of lines up to maxLines are held; a viewer further behind gets "reset"
//     with the number of lines lost. Lines may be changes of a state, the last
//     ones: a newcomer begins with that.
//
// Ids are sealed positions: the sequence counts the events of the whole hub, the
// epoch tells one process from the next, and only a [Sealer] with the key sees
// either. A viewer takes events in the order of their sequences, whatever track
// they come from, so one id says how far it got everywhere, and a viewer that
// returns with it gets what it missed as long as the tracks still hold it; see
// [Subscription.Take] for those without an id.
// Joining and taking the history are one step: there is no gap and no duplicate
// between history and live.
package hub

import (
	"cmp"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of what is held for one viewer on one track, and of the history. A
// client that comes back does so within seconds; what is older when something
// new comes is let go, or the histories of thousands of routers would fill up
// over the hours, for nobody. Changes are many and the whole state stands in for
// them; for lines nothing does.
const (
	maxChanges  = 64
	maxLines    = 1000
	holdChanges = 30 * time.Second
	holdLines   = 2 * time.Minute
)

// ErrClosed is what a subscription returns when everything it is for is closed
// and all that was published before has been taken.
var ErrClosed = errors.New("the stream was closed")

// ErrWithdrawn is what a subscription returns once Withdraw was called.
var ErrWithdrawn = errors.New("the stream is not allowed any more")

// Kind is how a track may be thinned out.
type Kind uint8

// A track has snapshots, of which the newest counts; changes, which need all
// before them; or lines, each of which stands for itself.
const (
	Snapshots Kind = iota
	Changes
	Lines
)

// Track names one stream of events of a feed.
type Track struct {
	Topic    string // empty for the events of viewers who ask for no topic
	Kind     Kind
	Volatile bool // of changes: values that change all the time count, too
}

// compare orders tracks by topic, kind and volatility.
func (t Track) compare(other Track) int {
	volatile := func(t Track) int {
		if t.Volatile {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(t.Topic, other.Topic), cmp.Compare(t.Kind, other.Kind), volatile(t)-volatile(other))
}

// hold is how long an event of this kind is held for those who come back.
func (k Kind) hold() time.Duration {
	if k == Lines {
		return holdLines
	}
	return holdChanges
}

// most is how many events of this kind are held.
func (k Kind) most() int {
	if k == Lines {
		return maxLines
	}
	return maxChanges
}

// Status is the track of the states of a router. Every viewer is at it.
var Status = Track{Topic: "status"}

// Hub is all feeds of a process. One lock guards all of it: what happens under
// it is a few pointer moves for each viewer of an event.
type Hub struct {
	sealer Sealer // static
	shared bool   // static; see [NewShared]
	made   struct{ frames, independent, referring atomic.Uint64 }

	mu     sync.Mutex
	epoch  uint64                     // of the order of events; guarded by mu
	seq    uint64                     // of the last event; guarded by mu
	mark   Mark                       // given last; guarded by mu
	feeds  map[string]*Feed           // open ones by router_id; guarded by mu
	ready  []func()                   // of subscriptions, to be called once mu is unlocked; guarded by mu
	spare  []func()                   // empty, for ready; nil while it is in use; guarded by mu
	open   map[*Subscription]struct{} // subscriptions that join feeds to come; guarded by mu
	counts Counts                     // guarded by mu
}

// Counts is what became of events, since the hub exists.
type Counts struct {
	Published uint64 // each once, however many watch
	Delivered uint64 // handed to viewers, each to each
	Conflated uint64 // snapshots that a newer one replaced before their viewer took them
	// Dropped are changes and lines let go for a viewer who got a reset instead.
	Dropped [Reasons]uint64
}

// DropReason is why a viewer gets a reset.
type DropReason uint8

// SlowChanges and SlowLines are viewers too far behind; Moved are feeds whose
// events come from another source.
const (
	SlowChanges DropReason = iota
	SlowLines
	Moved
	Reasons // how many there are
)

// Counts is what became of the events so far.
func (h *Hub) Counts() Counts {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.counts
}

// New returns a hub without feeds, whose ids nobody else can open.
func New() *Hub { return NewSealed(NewSealer(nil)) }

// NewSealed returns a hub without feeds, whose ids are made by s.
func NewSealed(s Sealer) *Hub {
	return &Hub{
		sealer: s, epoch: newEpoch(),
		feeds: make(map[string]*Feed),
		open:  make(map[*Subscription]struct{}),
	}
}

// unlock unlocks mu and then notifies the subscriptions that have something to take:
// a notified goroutine comes for it at once, and would wait for mu.
func (h *Hub) unlock() {
	ready := h.ready
	if len(ready) == 0 {
		h.mu.Unlock()
		return
	}
	h.ready, h.spare = h.spare, nil
	h.mu.Unlock()
	for _, notify := range ready {
		notify()
	}
	clear(ready)
	h.mu.Lock()
	h.spare = ready[:0]
	h.mu.Unlock()
}

// Watcher is where the events of a feed come from.
type Watcher interface {
	// Watch is called when a track gets its first viewer, and leave when the last
	// one has gone. Both are called with the hub locked: they must return at once
	// and must not call the hub.
	Watch(name Track) (leave func())
}

// Open adds a feed; another one with this id must have been closed. Its events begin with
// the JSON fields in prefix, such as `"router_id":"a",`. Viewers of all feeds join it at
// once, and so do those who are left of viewers of several feeds, one of which had this
// id: they stayed when it was closed. Those who may know a feed of this id get a reset.
//
// The watcher, which may be nil, learns which tracks are watched.
func (h *Hub) Open(id, prefix string, from Watcher) *Feed {
	f := &Feed{hub: h, id: id, prefix: []byte(prefix), tracks: make(map[Track]*track), from: from}
	h.mu.Lock()
	defer h.unlock()
	h.feeds[id] = f
	for s := range h.open {
		if s.all || s.named[id] {
			s.join(f, position{returns: s.returned})
		}
	}
	return f
}

// Query says what a viewer wants.
type Query struct {
	Feeds  []*Feed
	All    bool                 // every feed there is and will be, instead of Feeds
	Allow  func(id string) bool // of all feeds those whose id it admits; nil for every one
	Tracks []Track
	// LastEventID is the id of the last event that the viewer got, if it was
	// here before; any other text means that it was not.
	LastEventID string
}

// position is how far a viewer that returns had got. One that was never here
// has no sequence to go by, nor has one whose id is of another process or forged.
type position struct {
	returns bool   // it was here before
	known   bool   // in this process, so that seq means something
	seq     uint64 // of the last event that it got
}

func (h *Hub) parse(lastEventID string) position {
	if lastEventID == "" {
		return position{}
	}
	p, ok := h.sealer.Open(lastEventID)
	known := ok && p.Epoch == h.epoch && (h.shared || p.Sequence <= h.seq) // others may have more of a shared order
	return position{returns: true, known: known, seq: p.Sequence}
}

// Subscribe adds a viewer.
func (h *Hub) Subscribe(q Query) *Subscription {
	s := &Subscription{hub: h, tracks: q.Tracks, all: q.All, allow: q.Allow}
	h.mu.Lock()
	defer h.unlock()
	at := h.parse(q.LastEventID)
	s.returned = at.returns
	feeds := q.Feeds
	switch {
	case q.All:
		h.open[s] = struct{}{}
		feeds = nil
		for _, f := range h.feeds {
			feeds = append(feeds, f)
		}
	case len(feeds) > 1: // of one alone the stream ends with it
		h.open[s] = struct{}{}
		s.named = make(map[string]bool)
		for _, f := range feeds {
			s.named[f.id] = true
		}
	}
	for _, f := range feeds {
		s.join(f, at)
	}
	s.endIfAlone()
	return s
}

// Close ends all feeds and all subscriptions; they may still take what was
// published.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.unlock()
	for _, f := range h.feeds {
		f.close()
	}
	clear(h.feeds)
	for s := range h.open {
		s.end()
	}
}
