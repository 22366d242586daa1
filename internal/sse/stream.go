package sse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
)

// Stream is what one client gets.
type Stream struct {
	Source Source          // closed at the end
	Gzip   bool            // the client takes gzip
	Key    context.Context // when it ends, the client may get nothing more but the reason
	Ended  func(Ended)     // called once, at the end, by the goroutine of the stream
}

// Serve answers a request with a stream. It returns at once where it can take
// the connection over, otherwise at the end of the stream.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, what Stream) {
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-cache, no-transform")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if what.Gzip {
		header.Set("Content-Encoding", "gzip")
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	switch {
	case err == nil:
		s.ServeConn(conn, answerHead(header), what)
	case errors.Is(err, http.ErrNotSupported):
		w.WriteHeader(http.StatusOK)
		c := newResponse(w, r)
		newStream(s, c, what).serve(nil, what.Ended)
		_ = c.SetWriteDeadline(time.Time{})
	default: // the connection is broken
		what.Source.Close()
		what.Ended(Ended{Reason: Left})
	}
}

// answerHead is the head of an answer that ends with its connection.
func answerHead(header http.Header) []byte {
	header.Set("Connection", "close")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&b) // memory does not fail
	b.WriteString("\r\n")
	return b.Bytes()
}

// stream is one client. Its goroutine owns all fields but those that are said to
// be of others, too.
type stream struct {
	server  *Server // static
	client  client  // static
	source  Source  // static
	key     context.Context
	encoder Encoder
	bytes   int64
	events  uint64
	written time.Time // when the last write ended
	// The deadline of writes is a timer of the runtime, which takes as long to set
	// as a tenth of a small write: it is set ahead.
	deadline time.Time
	revoked  atomic.Bool // set by any goroutine, once, after Withdraw
}

func newStream(server *Server, c client, what Stream) *stream {
	return &stream{server: server, client: c, source: what.Source, key: what.Key, encoder: NewEncoder(what.Gzip)}
}

// serve writes head and runs the stream to its end, and says what became of it.
func (s *stream) serve(head []byte, ended func(Ended)) {
	settle := s.endWithKey()
	s.source.Notify(s.client.kick)
	// Clients that lost the stream together do not return together.
	reason := s.run(append(head, s.encoder.Begin(retry(2*time.Second, 2*time.Second))...))
	settle()
	s.source.Close()
	ended(Ended{Reason: reason, Bytes: s.bytes, Events: s.events})
}

// lastWords is how long a client whose key has ended may take to accept the
// write under way and the reason.
const lastWords = time.Second

// endWithKey has the stream end when its key does. What it returns undoes that,
// and waits for it where it is under way.
func (s *stream) endWithKey() (settle func()) {
	if s.key.Done() == nil {
		return func() {}
	}
	done := make(chan struct{})
	stop := context.AfterFunc(s.key, func() {
		defer close(done)
		s.revoke()
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}

func (s *stream) revoke() {
	s.source.Withdraw()
	s.revoked.Store(true)
	s.hurry()
	s.client.kick()
}

// hurry leaves the write under way, and those to come, the time for last words.
func (s *stream) hurry() {
	_ = s.client.SetWriteDeadline(time.Now().Add(min(lastWords, s.server.opts.WriteTimeout)))
}

// run writes events until the client leaves or does not accept them in time, the
// stream is too old, or nothing more can come.
func (s *stream) run(begin []byte) Reason {
	opts := &s.server.opts
	expires := time.Now().Add(opts.MaxAge - rand.N(opts.MaxAge/20+1))
	if err := s.write(begin); err != nil {
		return s.lost(err)
	}
	for {
		events, closed := s.source.Take()
		for _, e := range events {
			if s.revoked.Load() {
				break
			}
			s.events++
			if err := s.write(s.encoder.Event(e)); err != nil {
				return s.lost(err)
			}
		}
		switch {
		case s.revoked.Load(), errors.Is(closed, hub.ErrWithdrawn):
			return s.end(Revoked, nil)
		case closed != nil:
			return s.finish()
		}
		until := s.written.Add(opts.Heartbeat)
		if expires.Before(until) {
			until = expires
		}
		if err := s.client.wait(until); err != nil && s.key.Err() != nil {
			return s.end(Revoked, nil)
		} else if err != nil {
			return s.lost(err)
		}
		switch now := time.Now(); {
		case now.Before(until):
		case !now.Before(expires):
			return s.end(MaxAge, retry(100*time.Millisecond, time.Second))
		default:
			if err := s.write(s.encoder.Heartbeat()); err != nil {
				return s.lost(err)
			}
		}
	}
}

// finish ends a stream to which nothing more can come. When the server stops,
// thousands of them end at once: each waits its own while, so that neither the
// ends nor the returns of the clients fall into one instant.
func (s *stream) finish() Reason {
	if !s.server.opts.Stopping() {
		return s.end(Disconnected, nil)
	}
	until := time.Now().Add(rand.N(s.server.opts.Drain + 1))
	for time.Now().Before(until) {
		if err := s.client.wait(until); err != nil {
			return s.lost(err)
		}
	}
	return s.end(Shutdown, retry(time.Second, 10*time.Second))
}

// lost is why a client that cannot be written to, or has left, is lost.
func (s *stream) lost(err error) Reason {
	switch {
	case s.key.Err() != nil:
		return Revoked
	case s.server.opts.Stopping():
		return Shutdown
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Slow
	}
	return Left
}

// end tells the client why; what goes before that is a hint when to come back.
func (s *stream) end(reason Reason, hint []byte) Reason {
	_ = s.write(s.encoder.End(fmt.Appendf(hint, "event: end\ndata: {\"reason\":%q}\n\n", reason)))
	return reason
}

// retry tells the client how long to wait before it comes back.
func retry(least, jitter time.Duration) []byte {
	return fmt.Appendf(nil, "retry: %d\n", (least + rand.N(jitter)).Milliseconds())
}

// piece is how much is written within one deadline. A client on a slow line may
// take minutes for a large table, as long as it goes on taking.
const piece = 64 << 10

func (s *stream) write(b []byte) error {
	for len(b) > 0 {
		s.extend()
		n, err := s.client.Write(b[:min(len(b), piece)])
		s.bytes += int64(n)
		s.server.opts.Wrote(n)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	s.written = time.Now()
	return nil
}

// extend gives the next write its time.
func (s *stream) extend() {
	now, timeout := time.Now(), s.server.opts.WriteTimeout
	if s.revoked.Load() || s.deadline.Sub(now) >= timeout {
		return
	}
	s.deadline = now.Add(timeout + timeout/8)
	_ = s.client.SetWriteDeadline(s.deadline) // where it fails the write does
	if s.revoked.Load() {
		s.hurry() // whoever set the deadline last, it is near
	}
}
