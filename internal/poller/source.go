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

	parts

	listen *routeros.Call // on the menu; nil for none
	again  time.Time      // of the next listen after one that failed; zero for at once

	next  time.Time     // the tick at which it is due
	every time.Duration // the interval when next was set
	now   bool          // it is due at once, independent of next
	// repeat is set during a poll: now has to be set after it.
	repeat bool
	soon   time.Time // when changes that are known are to be delivered; zero for none
	early  bool      // it is due because of soon alone
	asked  part      // in the current poll
	sent   time.Time // when rows were last delivered
	// absentUntil is set when the router does not have the menu: a package is
	// rarely installed while one looks, so the menu is not read again for a while.
	absentUntil time.Time
	absent      error // the trap

	reading Reading          // of the current poll
	buffer  *proto.Sentences // of the pool, for the rows; nil if the sink may keep them
	keep    bool             // the sink may keep the rows
	size    int              // bytes of the rows of the last whole reading
	rows    int              // number of them
	rowsAt  time.Time        // when it was complete
	taken   int              // whole readings in this session
	kept    keeping
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

// giveBack returns a buffer to the pool. rows may be a larger buffer that replaced it. Rows
// without a buffer, b is nil then, are not of the pool: a table, or the sink, keeps them.
func giveBack(b *proto.Sentences, rows proto.Sentences) {
	if b == nil {
		return
	}
	if cap(rows) > cap(*b) {
		*b = rows
	}
	if *b = (*b)[:0]; cap(*b) <= largest {
		buffers.Put(b)
	}
}

// forget drops what was learned about the router.
func (s *source) forget() {
	s.fields, s.rates, s.taken = listTaken, rates{}, 0
	s.absent, s.absentUntil = nil, time.Time{}
	s.stopListening()
	s.parts, s.again = parts{}, time.Time{}
}

// take stores a reply to a command that read a part of the menu. A menu that the router
// does not have is not read before until.
func (s *source) take(p part, reply *routeros.Reply, err error, until time.Time) {
	r := &s.reading
	r.Err = err
	r.Answered = time.Now()
	if err == nil && !reply.Answered.IsZero() {
		r.Answered = reply.Answered
	}
	refused, ok := errors.AsType[*routeros.TrapError](err)
	switch {
	case ok && refused.Missing():
		s.absent, s.absentUntil = err, until
	case ok && p != wholeMenu && s.Counts == nil:
		// The menu was there before, so it may be the part that the router does not
		// know. The whole menu, which is read at once, shows which.
		s.readWhole()
		r.Err, s.repeat = nil, true
	case p == wholeMenu && (ok || err == nil):
		s.fields = s.fields.after(ok)
	}
	if p == wholeMenu {
		r.Rows, r.Len = reply.Rows, reply.Len
		if err == nil {
			s.taken++
			s.size = len(reply.Rows)
			s.rows, s.rowsAt = reply.Len, r.Answered
		}
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
	giveBack(s.buffer, s.reading.Rows)
	s.reading, s.buffer = Reading{}, nil
}
