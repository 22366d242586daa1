package sse

import (
	"sync"

	"github.com/aprakasa/mikronec/internal/gzipblock"
	"github.com/aprakasa/mikronec/internal/hub"
)

// Encoder makes of what one client is told the bytes that go to it: as they are,
// or as one gzip member. Events and comments are the bytes that all clients
// share, so that a client costs the hub nothing; what an Encoder has of its own
// is its place in the member. All that is made has to be written, in that order.
// It has one user at a time. The zero Encoder leaves everything as it is.
type Encoder struct {
	gzip   bool
	last   hub.Mark // of the event that the output ends with; 0 after anything else
	member gzipblock.Member
}

// NewEncoder is for a client that takes gzip, or for one that does not.
func NewEncoder(gzip bool) Encoder { return Encoder{gzip: gzip} }

// Begin is what comes first: the hint is for this client alone.
func (e *Encoder) Begin(hint []byte) []byte {
	if !e.gzip {
		return hint
	}
	return append(gzipblock.Header(), e.Hint(hint)...)
}

// Event is an event, in the shortest form that the client can read after what
// it got before. Nobody may change the bytes.
func (e *Encoder) Event(event *hub.Event) []byte {
	if !e.gzip {
		return event.Frame()
	}
	b := event.GzipAfter(e.last)
	e.member.Add(b)
	e.last = event.Mark()
	return b.Data
}

var (
	heartbeat     = []byte(":\n")
	heartbeatGzip = sync.OnceValue(func() gzipblock.Block { return gzipblock.Independent(heartbeat) })
)

// Heartbeat is the comment in silence. Nobody may change the bytes.
func (e *Encoder) Heartbeat() []byte {
	if !e.gzip {
		return heartbeat
	}
	return e.add(heartbeatGzip())
}

// Hint is something short that only this client is told.
func (e *Encoder) Hint(text []byte) []byte {
	if !e.gzip {
		return text
	}
	return e.add(gzipblock.Stored(text))
}

// End is the last text, with what makes the answer complete.
func (e *Encoder) End(text []byte) []byte {
	if !e.gzip {
		return text
	}
	return append(e.Hint(text), e.member.Trailer()...)
}

// add puts a block that is no event behind the others. What follows is not in
// step: references would reach into it.
func (e *Encoder) add(b gzipblock.Block) []byte {
	e.member.Add(b)
	e.last = 0
	return b.Data
}
