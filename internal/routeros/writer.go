package routeros

import (
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// outBuffers are for commands that gather until they are written: all sessions
// share a few, since most are written at once.
var outBuffers = sync.Pool{New: func() any { return new([outBuffer]byte) }}

// outBuffer holds the commands of a poll. Larger ones get a buffer of their own.
const outBuffer = 1 << 10

// buffer is what has gathered, for more to be appended and given to send; mu is
// held.
func (s *Session) buffer() []byte {
	if s.out == nil {
		buf, _ := outBuffers.Get().(*[outBuffer]byte)
		return buf[:0]
	}
	return s.out
}

// recycle gives back a buffer that was written whole.
func recycle(out []byte) {
	if cap(out) == outBuffer {
		outBuffers.Put((*[outBuffer]byte)(out[:outBuffer]))
	}
}

// send takes over out, which is what buffer returned with a sentence behind it;
// mu is held, err is nil, and mu is to be released by unlock. What gathers here is
// bounded by the commands that may be in flight.
func (s *Session) send(out []byte) {
	s.queued += int64(len(out) - len(s.out))
	s.out = out
	switch {
	case s.writing:
	case s.raw == nil:
		s.writing = true
		s.wg.Go(s.write)
	default:
		s.writing, s.pending = true, true
	}
}

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
	default:
		recycle(out)
		if s.writing = len(s.out) > 0; s.writing {
			s.wg.Go(s.write)
		}
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
		recycle(out)
	}
}
