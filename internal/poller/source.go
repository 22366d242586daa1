package poller

import (
	"errors"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// source is a topic with a menu, as one loop reads it.
type source struct {
	*Topic
	bare  bool // the router did not take the list of fields
	rates rates

	next     time.Time     // the tick at which it is due
	every    time.Duration // from tick to tick, when next was set
	now      bool          // it is due, whatever next says
	followed bool          // the router tells what changes
	// absentUntil is set when the router does not know the menu: a missing
	// package does not appear while one looks, so it is not asked again soon.
	absentUntil time.Time
	absent      error

	reading Reading          // of the poll under way
	buffer  *proto.Sentences // borrowed for its rows; nil where they belong to those who get them
	keep    bool             // they do
	size    int              // bytes of the rows of the last reading
}

func newSource(t *Topic) *source { return &source{Topic: t, every: farAway} }

// buffers are for rows that nobody keeps. All pollers share them: at any moment
// few of them hold rows.
var buffers = sync.Pool{New: func() any { return new(proto.Sentences) }}

// largest is up to which size a buffer is used again.
const largest = 1 << 20

func borrow(size int) *proto.Sentences {
	b := buffers.Get().(*proto.Sentences)
	if cap(*b) < size {
		*b = make(proto.Sentences, 0, size)
	}
	return b
}

// giveBack takes back a buffer, which may have grown to rows.
func giveBack(b *proto.Sentences, rows proto.Sentences) {
	if cap(rows) > cap(*b) {
		*b = rows
	}
	if *b = (*b)[:0]; cap(*b) <= largest {
		buffers.Put(b)
	}
}

// command is what the source asks. The list of fields spares the router the slow
// ones; where it refuses the list it is asked without.
func (s *source) command() routeros.Command {
	words := s.listed
	if s.bare {
		words = s.plain
	}
	size := s.size + s.size/16
	if s.keep && !s.Rates { // with rates, what is kept is a copy
		return routeros.Command{Words: words, Class: routeros.Background, Buf: make(proto.Sentences, 0, size)}
	}
	s.buffer = borrow(size)
	return routeros.Command{Words: words, Class: routeros.Background, Buf: *s.buffer}
}

// take takes in an answer, and draws the consequences of a refusal: a menu that
// the router does not know is left alone until then, a list of fields is not sent
// again.
func (s *source) take(reply *routeros.Reply, err error, until time.Time) {
	s.reading.Rows, s.reading.Len, s.reading.Err = reply.Rows, reply.Len, err
	s.reading.Answered = time.Now()
	if err == nil {
		s.size = len(reply.Rows)
		if !reply.Answered.IsZero() {
			s.reading.Answered = reply.Answered
		}
	}
	refused, ok := errors.AsType[*routeros.TrapError](err)
	switch {
	case !ok:
	case refused.Missing():
		s.absent, s.absentUntil = err, until
	default:
		s.bare = true
	}
}

// addRates puts rows with rates in the place of those that came.
func (s *source) addRates(interval time.Duration) {
	raw, buffer := s.reading.Rows, s.buffer
	size := len(raw) + s.reading.Len*rateSize
	var out proto.Sentences
	if s.buffer = nil; s.keep {
		out = make(proto.Sentences, 0, size)
	} else {
		s.buffer = borrow(size)
		out = *s.buffer
	}
	s.reading.Rows = s.rates.add(out, raw, s.reading.Answered, interval)
	giveBack(buffer, raw)
}

// release lets go of the rows of a poll that is over.
func (s *source) release() {
	if s.buffer != nil {
		giveBack(s.buffer, s.reading.Rows)
	}
	s.reading, s.buffer = Reading{}, nil
}
