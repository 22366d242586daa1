package viewer

import (
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
)

// state of a viewer between the queue and the workers.
type state uint8

const (
	idle state = iota
	queued
	running
	again // running, and something has come up meanwhile
	over
)

// push queues a viewer whose state is queued; mu is held.
func (s *Server) push(v *viewer) {
	s.queue = append(s.queue, v)
	s.work.Signal()
}

// enqueue sees to it that a worker looks at the viewer.
func (s *Server) enqueue(v *viewer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enqueueLocked(v)
}

func (s *Server) enqueueLocked(v *viewer) {
	switch v.state {
	case idle:
		v.state = queued
		s.push(v)
	case running:
		v.state = again
	}
}

// leave has a viewer ended for a reason; the first one counts.
func (s *Server) leave(v *viewer, reason Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v.gone == "" {
		v.gone = reason
	}
	s.enqueueLocked(v)
}

// happened is what the kernel says of a socket.
func (s *Server) happened(slot, nonce uint32, gone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if int(slot) >= len(s.slots) || s.slots[slot] == nil || s.slots[slot].nonce != nonce {
		return // of a viewer that is over
	}
	v := s.slots[slot]
	if gone && v.gone == "" {
		v.gone = Left
	}
	s.enqueueLocked(v)
}

// turn is a viewer in the hands of a worker, and why it ends; empty for not yet.
type turn struct {
	v      *viewer
	reason Reason
}

// mostTurns is how many viewers a worker takes at once, so that the lock is not
// what they all meet on.
const mostTurns = 64

// worker serves viewers one after the other.
func (s *Server) worker() {
	turns := make([]turn, 0, mostTurns)
	events := make([]*hub.Event, 0, 16)
	for {
		if turns = s.next(turns[:0]); len(turns) == 0 {
			return
		}
		for i := range turns {
			if t := &turns[i]; t.reason == "" {
				t.reason = t.v.serve(events[:0])
			}
		}
		clear(events[:cap(events)])
		s.done(turns)
	}
}

// next takes viewers off the queue: some of those that are there, so that the
// other workers get theirs. None are left when the server is closed and the queue
// is empty.
func (s *Server) next(turns []turn) []turn {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.head == len(s.queue) {
		if s.closed {
			return nil
		}
		s.queue, s.head = s.queue[:0], 0
		s.work.Wait()
	}
	for range min(mostTurns, (len(s.queue)-s.head+s.workers-1)/s.workers) {
		v := s.queue[s.head]
		s.queue[s.head] = nil
		s.head++
		v.state = running
		turns = append(turns, turn{v, v.gone})
	}
	if s.head > 4096 && s.head > len(s.queue)/2 { // a queue that is never empty must not grow for ever
		s.queue, s.head = append(s.queue[:0], s.queue[s.head:]...), 0
	}
	return turns
}

// done puts viewers down: to rest, back into the queue, or away for good.
func (s *Server) done(turns []turn) {
	s.mu.Lock()
	for _, t := range turns {
		v := t.v
		switch {
		case t.reason != "":
			v.state = over
			s.slots[v.slot] = nil
			s.free = append(s.free, v.slot)
			s.count--
			s.ended[t.reason]++
		case v.state == again:
			v.state = queued
			s.push(v)
		default:
			v.state = idle
		}
	}
	if s.count == 0 && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
	s.mu.Unlock()
	for i, t := range turns {
		if v := t.v; t.reason != "" {
			_ = v.conn.Close() // which takes it out of the poll
			v.source.Close()
			v.ended(Ended{Reason: t.reason, Bytes: v.bytes, Events: v.events})
		}
		turns[i] = turn{}
	}
}

// clock looks at all viewers again and again.
func (s *Server) clock() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			s.now.Store(now.UnixNano())
			s.inspect(now.UnixNano())
		case <-s.stop:
			return
		}
	}
}

func (s *Server) inspect(now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.slots {
		if v == nil {
			continue
		}
		stalled, leaves := v.stalled.Load(), v.leaves.Load()
		switch {
		case stalled != 0 && now-stalled > int64(s.opts.Timeout):
			if v.gone == "" {
				v.gone = Slow
			}
			s.enqueueLocked(v)
		case stalled != 0:
		case leaves != 0 && now >= leaves, now > v.expires, now-v.written.Load() >= int64(s.opts.Heartbeat):
			s.enqueueLocked(v)
		}
	}
}
