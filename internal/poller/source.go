package poller

import (
	"errors"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// source is a topic with a menu, and its state in a loop.
type source struct {
	*Topic
	fields fieldList
	rates  rates

	next     time.Time     // the tick at which it is due
	every    time.Duration // the interval when next was set
	now      bool          // it is due at once, independent of next
	followed bool          // there is a listen on the menu
	// absentUntil is set when the router does not have the menu: a package is
	// rarely installed while one looks, so the menu is not read again for a while.
	absentUntil time.Time
	absent      error // the trap

	reading Reading          // of the current poll
	buffer  *proto.Sentences // of the pool, for the rows; nil if the sink may keep them
	keep    bool             // the sink may keep the rows
	size    int              // bytes of the rows of the last reading
}

func newSource(t *Topic) *source { return &source{Topic: t, every: maxWait} }

// buffers are for rows that the sink does not keep. All pollers share them; only few
// hold rows at the same time.
var buffers = sync.Pool{New: func() any { return new(proto.Sentences) }}

// largest is the maximum size of a buffer that is reused, in bytes.
const largest = 1 << 20

func borrow(size int) *proto.Sentences {
	b := buffers.Get().(*proto.Sentences)
	if cap(*b) < size {
		*b = make(proto.Sentences, 0, size)
	}
	return b
}

// giveBack returns a buffer to the pool. rows may be a larger buffer that replaced it.
func giveBack(b *proto.Sentences, rows proto.Sentences) {
	if cap(rows) > cap(*b) {
		*b = rows
	}
	if *b = (*b)[:0]; cap(*b) <= largest {
		buffers.Put(b)
	}
}

// forget drops what was learned about the router.
func (s *source) forget() {
	s.fields, s.rates = listTaken, rates{}
	s.absent, s.absentUntil = nil, time.Time{}
}

// command is the command that reads the menu. A list of fields spares the router the
// expensive ones; if the router refuses it, the command has none.
func (s *source) command() routeros.Command {
	words := s.plain
	if s.fields.sent() {
		words = s.listed
	}
	size := s.size + s.size/16
	if s.keep && !s.Rates { // with rates, what is kept is a copy
		return routeros.Command{Words: words, Class: routeros.Background, Buf: make(proto.Sentences, 0, size)}
	}
	s.buffer = borrow(size)
	return routeros.Command{Words: words, Class: routeros.Background, Buf: *s.buffer}
}

// take stores a reply. A menu that the router does not have is not read before until.
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
	case ok && refused.Missing():
		s.absent, s.absentUntil = err, until
	case ok || err == nil:
		s.fields = s.fields.after(ok)
	}
}

// addRates adds rates to the rows of the reading.
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

// release drops the reading and returns its buffer.
func (s *source) release() {
	if s.buffer != nil {
		giveBack(s.buffer, s.reading.Rows)
	}
	s.reading, s.buffer = Reading{}, nil
}
