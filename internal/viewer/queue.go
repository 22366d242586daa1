package viewer

import (
	"time"
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

// worker serves viewers one after the other.
func (s *Server) worker() {
	for {
		v := s.next()
		if v == nil {
			return
		}
		s.mu.Lock()
		reason := v.gone
		s.mu.Unlock()
		if reason == "" {
			reason = v.serve()
		}
		s.done(v, reason)
	}
}

// next takes a viewer off the queue, nil when the server is closed and the
// queue is empty.
func (s *Server) next() *viewer {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.head == len(s.queue) {
		if s.closed {
			return nil
		}
		s.queue, s.head = s.queue[:0], 0
		s.work.Wait()
	}
	v := s.queue[s.head]
	s.queue[s.head] = nil
	s.head++
	if s.head > 4096 && s.head > len(s.queue)/2 { // a queue that is never empty must not grow for ever
		s.queue, s.head = append(s.queue[:0], s.queue[s.head:]...), 0
	}
	v.state = running
	return v
}

// done puts a viewer down: to rest, back into the queue, or away for good.
func (s *Server) done(v *viewer, reason Reason) {
	s.mu.Lock()
	if reason == "" {
		if v.state == again {
			v.state = queued
			s.push(v)
		} else {
			v.state = idle
		}
		s.mu.Unlock()
		return
	}
	v.state = over
	s.slots[v.slot] = nil
	s.free = append(s.free, v.slot)
	s.count--
	s.ended[reason]++
	if s.count == 0 && s.empty != nil {
		close(s.empty)
	}
	s.mu.Unlock()
	_ = v.conn.Close() // which takes it out of the poll
	v.source.Close()
	v.ended(Ended{Reason: reason, Bytes: v.bytes, Events: v.events})
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
