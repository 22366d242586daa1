package sse

import (
	"runtime"
	"sync"
	"time"
)

// eager is a connection to which one can write without waiting.
type eager interface {
	// tryWrite writes as many bytes as the connection takes at once, none after an
	// error: Write returns that.
	tryWrite(b []byte) (n int)
}

// pushers write events to the clients that are ready for them. To wake the goroutine of
// each stream for each event took a quarter of the time of the write itself, and as many
// of them as there are processors competed in the kernel. So a few goroutines write for
// all streams that wait, in the order in which these were notified, without ever waiting
// for a client: what a connection does not take at once is left to the goroutine of its
// stream. A pusher ends when no stream is left.
type pushers struct {
	mu      sync.Mutex
	queue   []*stream // notified streams; guarded by mu
	running int       // pushers; guarded by mu
}

// pushState is the state of one stream among the pushers.
type pushState uint8

const (
	waiting pushState = iota
	queued            // it is in the queue
	ended             // it must not be queued any more
)

// pushBatch is how many streams a pusher takes from the queue at a time.
const pushBatch = 64

// most is the number of pushers: each writes as fast as the kernel can.
func (p *pushers) most() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// push has a pusher write to a stream. It is called by the goroutine that publishes, and
// does not block.
func (s *Server) push(st *stream) {
	p := &s.pushers
	p.mu.Lock()
	defer p.mu.Unlock()
	if st.push != waiting {
		return
	}
	st.push = queued
	p.queue = append(p.queue, st)
	if p.running < p.most() {
		p.running++
		s.wg.Go(s.runPusher) // the stream has not ended, so wg is not 0
	}
}

// forget makes sure that no pusher is started for a stream that ends.
func (s *Server) forget(st *stream) {
	s.pushers.mu.Lock()
	defer s.pushers.mu.Unlock()
	st.push = ended
}

func (s *Server) runPusher() {
	p := &s.pushers
	batch := make([]*stream, 0, pushBatch)
	for more := true; more; {
		batch, more = p.next(batch[:0])
		for _, st := range batch {
			st.pushNow()
		}
		clear(batch)
	}
}

// next takes streams from the queue. If that is empty, it counts the pusher as ended and
// returns false.
func (p *pushers) next(batch []*stream) (_ []*stream, more bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(len(p.queue), pushBatch)
	for _, st := range p.queue[:n] {
		if st.push == queued {
			st.push = waiting
			batch = append(batch, st)
		}
	}
	clear(p.queue[:n])
	p.queue = p.queue[n:]
	if len(p.queue) == 0 {
		p.queue = nil
	}
	if n == 0 {
		p.running--
	}
	return batch, n > 0
}

// pushNow writes what is new, or wakes the goroutine of the stream for it.
func (s *stream) pushNow() {
	if !s.turn.TryLock() {
		s.conn.notify() // it does not wait, or a pusher writes: it looks again before it waits
		return
	}
	done := s.tryEvents()
	s.turn.Unlock()
	if !done {
		s.conn.notify()
	}
}

// tryEvents takes and writes events as far as this does not block. It reports whether
// that was all that the stream has to do now. turn is held.
func (s *stream) tryEvents() (done bool) {
	if len(s.rest) > 0 || len(s.taken) > 0 || s.revoked.Load() {
		return false
	}
	events, closed := s.source.Take()
	for i, e := range events {
		if s.encoder.slow(e) {
			s.taken = events[i:]
			return false
		}
		s.events++
		if !s.try(s.encoder.Event(e)) {
			s.taken = events[i+1:]
			return false
		}
	}
	return closed == nil
}

// try writes what the connection takes at once, and keeps the rest. It reports whether
// there is none. turn is held.
func (s *stream) try(b []byte) (all bool) {
	s.extendDeadline()
	n := s.conn.(eager).tryWrite(b)
	s.bytes += int64(n)
	s.server.opts.Wrote(n)
	if s.rest = b[n:]; len(s.rest) > 0 {
		return false
	}
	s.rest, s.written = nil, time.Now()
	return true
}
