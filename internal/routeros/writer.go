package routeros

import (
	"fmt"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// outBuffers are buffers for commands that are to be written. All sessions share
// a few, since most commands are written at once.
var outBuffers = sync.Pool{New: func() any { return new([outBuffer]byte) }}

// outBuffer is their size in bytes: the commands of a poll fit. More is allocated.
const outBuffer = 1 << 10

// buffer returns out for the caller to append a sentence and pass it to send; mu
// is held.
func (s *Session) buffer() []byte {
	if s.out == nil {
		buf, _ := outBuffers.Get().(*[outBuffer]byte)
		return buf[:0]
	}
	return s.out
}

// recycle returns a buffer to outBuffers after it was written completely.
func recycle(out []byte) {
	if cap(out) == outBuffer {
		outBuffers.Put((*[outBuffer]byte)(out[:outBuffer]))
	}
}

// send takes what buffer returned, with a sentence appended; mu is held, err is
// nil, and mu must be released by unlock. The size of out is bounded by the number
// of commands that may be in flight.
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

// sendWaiting sends all calls that may be sent now; mu is held and err is nil.
func (s *Session) sendWaiting() {
	for c := s.scheduler.next(); c != nil; c = s.scheduler.next() {
		c.begins = s.queued
		out := s.buffer()
		for _, w := range c.words {
			out = proto.AppendWord(out, w)
		}
		s.send(append(appendTag(out, ".tag=", c.tag), 0))
		c.words = nil
		c.sent, c.sentAt = true, time.Now()
	}
}

func appendTag(dst []byte, prefix string, tag uint64) []byte {
	var word [32]byte
	w := append(word[:0], prefix...)
	return proto.AppendWord(dst, strconv.AppendUint(w, tag, 10))
}

// rawConn gives access to the socket of a plain TCP connection, nil for others
// (TLS, pipes), which are written to by the writer goroutine only.
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

// unlock releases mu. If the caller was the first to call send, it writes here what
// the socket accepts without blocking, which is nearly always everything: a poll
// then needs no goroutine for writing. The rest is written by the writer
// goroutine, which may block.
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
		s.failWrite(len(out)-n, &LinkError{Step: "write", Err: err})
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

// take returns out to be written, and counts it as sent; mu is held. The caller
// corrects that for bytes that were certainly not written.
func (s *Session) take() []byte {
	out := s.out
	s.out = nil
	s.handed = s.queued
	return out
}

// failWrite ends the session because the connection did not take the last bytes of what
// was handed to it.
func (s *Session) failWrite(missing int, cause error) {
	s.mu.Lock()
	s.handed -= int64(missing)
	s.mu.Unlock()
	s.fail(cause)
}

// write is the writer goroutine: it exists while out is not empty, and writes all
// of it at once.
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

		n, err := 0, s.conn.SetWriteDeadline(time.Now().Add(s.writeTimeout))
		if err == nil {
			n, err = s.conn.Write(out)
			s.observer.Sent(n)
			// TLS may write during a read, which must not run into an old deadline.
			_ = s.conn.SetWriteDeadline(time.Time{})
		}
		if err != nil {
			link := &LinkError{Step: "write", Err: err}
			if link.Timeout() {
				link.Err = fmt.Errorf("%w: the router stopped reading for %v", ErrTimeout, s.writeTimeout)
			}
			s.failWrite(len(out)-n, link)
			continue // to the exit above
		}
		recycle(out)
	}
}
