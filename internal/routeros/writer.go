package routeros

import (
	"fmt"
	"net"
	"syscall"
	"time"
)

// spareLimit bounds the buffer that an idle session keeps.
const spareLimit = 1 << 10

// rawConn gives access to the socket of a plain TCP connection. TLS and pipes
// have no such thing, and leave all writing to the goroutine.
func rawConn(conn net.Conn) syscall.RawConn {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// unlock releases mu. Whoever gave send the first bytes writes them here, as far
// as the socket takes them at once, which it nearly always does: a poll then
// costs no goroutine for its writing. The rest is for the goroutine, which may
// have to wait for the router.
func (s *Session) unlock() {
	if !s.pending {
		s.mu.Unlock()
		return
	}
	s.pending = false
	if s.err != nil {
		s.mu.Unlock()
		return
	}
	out := s.take()
	s.mu.Unlock()
	n, err := writeNow(s.raw, out)
	s.observer.Sent(n)
	if err != nil {
		s.fail(&LinkError{Step: "write", Err: err})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.err != nil:
	case n < len(out):
		s.out = append(out[n:], s.out...)
		s.handed -= int64(len(out) - n)
		s.wg.Go(s.write)
	case len(s.out) > 0:
		s.wg.Go(s.write)
	default:
		s.writing = false
		s.keep(out)
	}
}

// take gives all that has gathered to whoever writes it, and from here on counts
// it as sent; mu is held. What turns out not to have been written is taken back
// where that is certain.
func (s *Session) take() []byte {
	out := s.out
	s.out = nil
	s.handed = s.queued
	return out
}

// write is the writer goroutine: it exists while there is something to write
// and takes everything that has gathered in one write to the socket.
func (s *Session) write() {
	for {
		s.mu.Lock()
		if len(s.out) == 0 || s.err != nil {
			s.writing = false
			s.mu.Unlock()
			return
		}
		out := s.take()
		s.mu.Unlock()

		err := s.conn.SetWriteDeadline(time.Now().Add(s.writeTimeout))
		if err == nil {
			var n int
			n, err = s.conn.Write(out)
			s.observer.Sent(n)
			// TLS may have to write while it reads; an old deadline must not meet that.
			_ = s.conn.SetWriteDeadline(time.Time{})
		}
		if err != nil {
			link := &LinkError{Step: "write", Err: err}
			if link.Timeout() {
				link.Err = fmt.Errorf("%w: the router stopped reading for %v", ErrTimeout, s.writeTimeout)
			}
			s.fail(link)
			continue // to the exit above
		}

		s.mu.Lock()
		s.keep(out)
		s.mu.Unlock()
	}
}

// keep makes a buffer that was written the next one; mu is held.
func (s *Session) keep(out []byte) {
	if s.spare == nil && s.err == nil && cap(out) <= spareLimit {
		s.spare = out[:0]
	}
}
