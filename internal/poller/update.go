package poller

import (
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Sink receives the updates of a poller. Only the goroutine of the poller's loop calls
// Update, without holding a lock. Update must not block.
type Sink interface{ Update(Update) }

// UpdateKind is the kind of an update.
type UpdateKind uint8

const (
	// Read has the readings of one poll: one for a table, one for each part of a
	// group.
	Read UpdateKind = iota
	// Happened has events.
	Happened
	// Recalled has the last events before those that happen from now on.
	Recalled
	// Paused means that the variant is no longer watched: its last update will become
	// outdated.
	Paused
	// Invalidated means that later updates do not continue earlier ones.
	Invalidated
)

// Update is what a poller delivers for one variant. It holds data only, so it can be
// sent to another process.
type Update struct {
	Kind     UpdateKind
	Variant  Variant
	Readings []Reading
	Events   []Event
	At       time.Time
	// Interval is the present interval if it is longer than configured, else 0.
	Interval time.Duration
}

// Reading is the reply of one menu in one poll, or its error.
type Reading struct {
	Topic *Topic
	// Rows are the sentences as received. The sink may keep those of a Delta variant;
	// others are valid until Update returns.
	Rows proto.Sentences
	Len  int // number of rows
	Err  error
	// Asked is when the poll began, Answered when the reply was complete or, of rows that
	// are kept from earlier replies, when they were as they are here.
	Asked, Answered time.Time

	same    bool // nothing has changed but what is computed; there may be no rows
	early   bool // it came before the tick
	unknown bool // there is nothing to deliver
}

// Event is something that happened on a router: a [SessionUp], a [SessionDown]
// or a [LogLine].
type Event interface{ isEvent() }

// SessionUp is a user who has connected.
type SessionUp struct{ Session }

// SessionDown is a user who has disconnected.
type SessionDown struct{ Session }

// Session is a session of a PPP or hotspot user, as last read.
type Session struct {
	Service           string // hotspot, or a PPP service such as pppoe
	ID                string // the .id of the row; the router may reuse it
	Name              string
	Address           string
	MAC               string // for PPP the caller-id, which is an IP address for services over IP
	Since             time.Time
	BytesIn, BytesOut *uint64 // nil where the menu has no counters
}

// LogLine is an entry of the log of the router.
type LogLine struct {
	ID, Time, Topics, Message string
	// Buffer and ExtraInfo are new in RouterOS 7; empty where the router does not send them.
	Buffer, ExtraInfo string
}

func (SessionUp) isEvent()   {}
func (SessionDown) isEvent() {}
func (LogLine) isEvent()     {}
