package sse

import (
	"sync"

	"github.com/aprakasa/mikronec/internal/gzipblock"
	"github.com/aprakasa/mikronec/internal/hub"
)

// Encoder encodes the events and comments for one client: as plain text, or as one
// gzip member. The bytes are shared by all clients; an Encoder has only its position in
// the member. All bytes must be written, in the order in which they were returned. It
// must not be used by several goroutines at the same time. The zero Encoder encodes as
// plain text.
type Encoder struct {
	gzip   bool
	last   hub.Mark // of the event that the output ends with; 0 after anything else
	member gzipblock.Member
}

// NewEncoder returns an Encoder for a client that accepts gzip, or for one that does not.
func NewEncoder(gzip bool) Encoder { return Encoder{gzip: gzip} }

// Begin encodes the hint that begins a stream.
func (e *Encoder) Begin(hint []byte) []byte {
	if !e.gzip {
		return hint
	}
	return append(gzipblock.Header(), e.Hint(hint)...)
}

// Event encodes an event in the shortest form that the client can read after its last
// event. The bytes must not be changed.
func (e *Encoder) Event(event *hub.Event) []byte {
	if !e.gzip {
		return event.Frame()
	}
	b := event.GzipAfter(e.last)
	e.member.Add(b)
	e.last = event.Mark()
	return b.Data
}

// slow reports whether Event would compress a large event first, which takes some ten
// milliseconds for a megabyte.
func (e *Encoder) slow(event *hub.Event) bool {
	const large = 64 << 10
	return e.gzip && !event.Pressed() && len(event.Frame()) > large
}

var (
	heartbeat     = []byte(":\n")
	heartbeatGzip = sync.OnceValue(func() gzipblock.Block { return gzipblock.Independent(heartbeat) })
)

// Heartbeat encodes the comment of a stream without events. The bytes must not be
// changed.
func (e *Encoder) Heartbeat() []byte {
	if !e.gzip {
		return heartbeat
	}
	return e.add(heartbeatGzip())
}

// Hint encodes a short text for this client only.
func (e *Encoder) Hint(text []byte) []byte {
	if !e.gzip {
		return text
	}
	return e.add(gzipblock.Stored(text))
}

// End encodes the last text and the end of the gzip member.
func (e *Encoder) End(text []byte) []byte {
	if !e.gzip {
		return text
	}
	return append(e.Hint(text), e.member.Trailer()...)
}

// add appends a block that is not an event. The next event must not refer to earlier
// ones: the distances would be wrong.
func (e *Encoder) add(b gzipblock.Block) []byte {
	e.member.Add(b)
	e.last = 0
	return b.Data
}
