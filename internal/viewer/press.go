package viewer

import (
	"github.com/aprakasa/mikronec/internal/hub"
)

// Large events are compressed beside the workers, by a goroutine of their own,
// so that viewers of other events do not wait. Whoever takes gzip and has come
// to such an event is put down until it is ready; see Encoder.Waits.

// press has an event compressed and the viewer looked at again afterwards. The
// worker that has the viewer calls it, and puts it down.
func (s *Server) press(v *viewer, e *hub.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v.awaits == e { // it was looked at for some other reason
		return
	}
	v.awaits = e
	if s.waiting[e] == nil {
		s.presses = append(s.presses, e)
		s.pressing.Signal()
	}
	s.waiting[e] = append(s.waiting[e], v)
}

// presser compresses one event after the other until the server is closed.
func (s *Server) presser() {
	for e := s.nextPress(); e != nil; e = s.nextPress() {
		e.Gzip()
		s.pressedOne(e)
	}
}

// nextPress is nil when the server is closed.
func (s *Server) nextPress() *hub.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.presses) == 0 && !s.closed {
		s.pressing.Wait()
	}
	if s.closed {
		return nil
	}
	e := s.presses[0]
	s.presses[0] = nil
	s.presses = s.presses[1:]
	return e
}

// pressedOne wakes those who waited for the event.
func (s *Server) pressedOne(e *hub.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.waiting[e] {
		v.awaits = nil
		s.enqueueLocked(v)
	}
	delete(s.waiting, e)
}
