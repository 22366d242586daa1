package hub

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aprakasa/mikronec/internal/gzipblock"
)

// Mark tells one event from all others of the hub; 0 is that of none. Unlike a
// pointer it does not hold on to the event, and unlike the sequence it is never
// that of two: a state has the sequence of the change that led to it.
type Mark uint64

// Event is immutable once published; its bytes are made when they are first
// asked for, in each form once.
type Event struct {
	feed  *Feed
	epoch uint64 // of seq
	seq   uint64
	mark  Mark
	name  string // of the event field; empty for unnamed ones
	body  func() []byte
	of    *Event    // the event of which this one is the form without an id; nil for others
	bare  *Event    // the form without an id; nil until somebody needs it; guarded by hub.mu
	at    time.Time // when it was published, of those that history holds

	// before is the event that went out on the track just before this one, to be
	// referred to, and after is its mark. The pointer is let go when the referring
	// form has been made or the track no longer holds that event, whatever comes
	// first: events must not hold on to one another for ever.
	before atomic.Pointer[Event]
	after  Mark

	framing sync.Once
	frame   []byte // set by framing

	pressing    sync.Once
	pressed     atomic.Bool // independent is there
	independent gzipblock.Block

	relating  sync.Once
	related   bool // there is a referring form
	referring gzipblock.Block
}

// Seq is the place of the event in the order of all events.
func (e *Event) Seq() uint64 { return e.seq }

// Mark is what GzipAfter asks for.
func (e *Event) Mark() Mark { return e.mark }

// Frame is the event as text/event-stream, the same bytes for every viewer;
// nobody may change them. The data is one line: the encoders of this project
// escape every line break of a value.
func (e *Event) Frame() []byte {
	e.framing.Do(func() {
		if e.of != nil {
			_, e.frame, _ = bytes.Cut(e.of.Frame(), []byte("\n"))
			return
		}
		e.feed.hub.made.frames.Add(1)
		body := e.body()
		b := make([]byte, 0, len(e.feed.prefix)+len(body)+64)
		b = append(b, "id: "...)
		b = e.feed.hub.sealer.appendID(b, Position{e.epoch, e.seq})
		if e.name != "" {
			b = append(append(b, "\nevent: "...), e.name...)
		}
		b = append(b, "\ndata: {"...)
		b = append(b, e.feed.prefix...)
		b = append(b, body...)
		e.frame = append(b, "\n\n"...)
		e.body = nil
	})
	return e.frame
}

// content is the body of the event, without the feed's prefix.
func (e *Event) content() []byte {
	_, data, _ := bytes.Cut(e.Frame(), []byte("\ndata: {"))
	return data[len(e.feed.prefix) : len(data)-len("\n\n")]
}

// withoutID is the event without its id, for a viewer who would miss something if it
// returned with that; hub.mu is held.
func (e *Event) withoutID() *Event {
	if e.of != nil {
		return e
	}
	if e.bare == nil {
		e.bare = e.feed.eventAt(e.seq, e.name, nil)
		e.bare.of = e
	}
	return e.bare
}

// Gzip is the frame compressed for viewers who may have got anything before it.
// The first call takes some ten milliseconds for a megabyte; those that come
// meanwhile wait for it.
func (e *Event) Gzip() gzipblock.Block {
	e.pressing.Do(func() {
		e.feed.hub.made.independent.Add(1)
		e.independent = gzipblock.Independent(e.Frame())
		e.pressed.Store(true)
	})
	return e.independent
}

// Pressed reports whether Gzip has been made, and so returns at once.
func (e *Event) Pressed() bool { return e.pressed.Load() }

// GzipAfter is the frame compressed for a viewer whose output ends with the
// event of that mark: with references to it where it is the one before on the
// same track and both are short enough, otherwise as Gzip. Nothing is compared
// but the mark and, once for all viewers, two lengths.
func (e *Event) GzipAfter(last Mark) gzipblock.Block {
	if last != 0 && last == e.after && e.relate() {
		return e.referring
	}
	return e.Gzip()
}

// relate makes the referring form, and reports whether there is one.
func (e *Event) relate() bool {
	e.relating.Do(func() {
		before := e.before.Swap(nil)
		if before == nil || !gzipblock.InReach(before.Frame(), e.Frame()) {
			return
		}
		e.feed.hub.made.referring.Add(1)
		e.referring, e.related = gzipblock.Referring(before.Frame(), e.Frame()), true
	})
	return e.related
}

// follow makes e the event that goes out on its track after before, which may
// be nil; hub.mu is held.
func (e *Event) follow(before *Event) {
	if before != nil {
		e.before.Store(before)
		e.after = before.mark
	}
}

// letGoOfBefore is for an event whose predecessor the track no longer holds. A
// viewer who has yet to write it, and is that far behind, gets the independent
// form.
func (e *Event) letGoOfBefore() { e.before.Store(nil) }

// Made counts the bytes made for events, whoever they went to.
type Made struct {
	Frames      uint64 // plain; the form without an id is a part of it
	Independent uint64 // compressed, to stand anywhere
	Referring   uint64 // compressed, to stand after the event before
}

// Made says how often the work of framing and compressing was done.
func (h *Hub) Made() Made {
	return Made{h.made.frames.Load(), h.made.independent.Load(), h.made.referring.Load()}
}
