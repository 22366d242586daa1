package hub

import (
	"strconv"
	"sync"
)

// Event is immutable once published; its bytes are made when they are first
// asked for.
type Event struct {
	feed *Feed
	seq  uint64
	name string // of the event field; empty for unnamed ones
	body func() []byte

	once  sync.Once
	frame []byte // set by once
}

// Seq is the place of the event in the order of all events.
func (e *Event) Seq() uint64 { return e.seq }

// Frame is the event as text/event-stream, the same bytes for every viewer;
// nobody may change them. The data is one line: the encoders of this project
// escape every line break of a value.
func (e *Event) Frame() []byte {
	e.once.Do(func() {
		body := e.body()
		b := make([]byte, 0, len(e.feed.prefix)+len(body)+len(e.feed.hub.epoch)+64)
		b = append(b, "id: "...)
		b = append(b, e.feed.hub.epoch...)
		b = append(b, '-')
		b = strconv.AppendUint(b, e.seq, 10)
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
