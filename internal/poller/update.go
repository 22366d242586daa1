package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Sink takes what a poller hands on. Update is called by the poller's loop
// alone, one call after the other, with nothing locked; it must not block.
type Sink interface{ Update(Update) }

// UpdateKind says what an update is.
type UpdateKind uint8

const (
	// Read has the readings of one poll: one of a table, all of a group.
	Read UpdateKind = iota
	// Happened has events.
	Happened
	// Paused says that nobody watches the variant any more: what was handed on
	// last is no longer kept up to date.
	Paused
	// Invalidated says that what comes later does not continue what came before.
	Invalidated
)

// Update is one thing that a poller hands on, about one variant. It holds data
// only: it could be sent to another process.
type Update struct {
	Kind     UpdateKind
	Variant  Variant
	Readings []Reading
	Events   []Event
	At       time.Time
	// Interval is that of now where the router is polled less often than
	// configured, else 0.
	Interval time.Duration
}

// Reading is what one menu said in one poll, or why it said nothing.
type Reading struct {
	Topic *Topic
	// Rows are the sentences as they came. Those of a Delta variant are never
	// changed; those of others are valid until Update returns.
	Rows proto.Sentences
	Len  int // number of rows
	Err  error
	// Asked is when the poll began, Answered when the answer was complete.
	Asked, Answered time.Time
}

// Event is something that happened on a router: a [SessionUp], a [SessionDown]
// or a [LogLine].
type Event interface{ isEvent() }

// SessionUp is a user who has come.
type SessionUp struct{ Session }

// SessionDown is a user who has gone.
type SessionDown struct{ Session }

// Session is one session of a PPP or hotspot user, as it was seen last.
type Session struct {
	Service           string // hotspot, or that of PPP, such as pppoe
	ID                string // the .id of its row; the router may use it again later
	Name              string
	Address           string
	MAC               string // the caller-id of PPP, an address for services over IP
	Since             time.Time
	BytesIn, BytesOut *uint64 // nil where the menu has no counters
}

// LogLine is a line of the router's log.
type LogLine struct {
	ID, Time, Topics, Message string
}

func (SessionUp) isEvent()   {}
func (SessionDown) isEvent() {}
func (LogLine) isEvent()     {}
