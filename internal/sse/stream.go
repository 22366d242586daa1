package sse

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
)

// Stream describes the stream of one client.
type Stream struct {
	Source Source          // closed at the end
	Gzip   bool            // whether the client accepts gzip
	Beats  bool            // heart-beats are events, for clients that do not see comments
	Key    context.Context // when it ends, the client gets no more events, but the reason
	Ended  func(Ended)     // called once, at the end, by the goroutine of the stream
}

// Serve answers a request with a stream. It returns at once where it can take the
// connection over from net/http, otherwise at the end of the stream.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, what Stream) {
	header := w.Header()
	SetHeader(header, what.Gzip)
	conn, _, err := http.NewResponseController(w).Hijack()
	switch {
	case err == nil:
		s.ServeConn(conn, responseHeader(header), what)
	case errors.Is(err, http.ErrNotSupported):
		w.WriteHeader(http.StatusOK)
		s.serveResponse(newResponse(w, r), what)
	default: // the connection is broken
		what.Source.Close()
		what.Ended(Ended{Reason: Left})
	}
}

// serveResponse serves the stream of HTTP/2.
func (s *Server) serveResponse(c *response, what Stream) {
	st := newStream(s, c, what)
	st.idleDeadline = true
	st.start(nil)
	st.close(st.run())
}

// stream is one client. Its goroutine runs it, and holds turn except while it waits. A
// pusher that finds turn free writes in its place what the connection takes at once.
type stream struct {
	server       *Server // static
	conn         conn    // static
	source       Source  // static
	key          context.Context
	ended        func(Ended) // static
	expires      time.Time   // static
	settle       func()      // undoes endWithKey, and waits for it where it is under way; static
	beats        bool        // static; see Stream.Beats
	idleDeadline bool        // static; a deadline that passes ends the stream, also when nothing is written (HTTP/2)

	turn    sync.Mutex   // taken before hub.mu
	rest    []byte       // of a write that was begun; guarded by turn
	taken   []*hub.Event // from the source, and not written; guarded by turn
	encoder Encoder      // guarded by turn
	bytes   int64        // guarded by turn
	events  uint64       // guarded by turn
	written time.Time    // end of the last write; guarded by turn
	rolling Rolling      // deadline of writes; guarded by turn

	push pushState // guarded by server.pushers.mu

	revoked atomic.Bool // set once, after Withdraw; shared
}

func newStream(server *Server, c conn, what Stream) *stream {
	return &stream{
		server: server, conn: c, source: what.Source, key: what.Key, ended: what.Ended,
		encoder: NewEncoder(what.Gzip), beats: what.Beats,
	}
}

// start prepares run. It is called by the goroutine of the handler, whose stack is
// large.
func (s *stream) start(header []byte) {
	opts := &s.server.opts
	// Clients that lost their streams at the same time must not all return at the same time.
	s.turn.Lock() // until the first wait of run
	s.rest = append(header, s.encoder.Begin(retry(2*time.Second, 2*time.Second))...)
	s.expires = time.Now().Add(opts.MaxAge - rand.N(opts.MaxAge/20+1))
	s.settle = s.endWithKey()
	if _, ok := s.conn.(eager); !ok {
		s.source.Notify(s.conn.notify)
		return
	}
	s.try(s.rest)
	s.source.Notify(func() { s.server.push(s) })
}

// serveConn runs the stream on a connection that was taken over.
func (s *stream) serveConn(c *hijacked) {
	defer s.server.wg.Done()
	s.close(s.run())
	c.close()
	s.server.remove(c.Conn)
}

// close is called once, after run.
func (s *stream) close(reason Reason) {
	s.settle()
	s.server.forget(s)
	s.source.Close()
	s.ended(Ended{Reason: reason, Bytes: s.bytes, Events: s.events})
}

// run writes events until the client leaves or does not accept them in time, the
// stream is too old, or no more events can come. It and what it calls for a write
// have small frames; the rest is in functions of its own. See ServeConn. It is called,
// and returns, with turn held.
func (s *stream) run() Reason {
	for {
		closed, err := s.writeTaken()
		if err != nil {
			return s.lost(err)
		}
		if closed != nil || s.revoked.Load() {
			return s.finish(closed)
		}
		until := s.nextHeartbeat()
		s.turn.Unlock() // pushers may write
		err = s.conn.wait(until)
		s.turn.Lock()
		if err != nil {
			return s.interrupted(err)
		}
		if len(s.rest) > 0 {
			continue // a pusher could not write all of it
		}
		if reason := s.beat(); reason != "" {
			return reason
		}
	}
}

// writeTaken writes the rest of a write, the events that a pusher took, and what the
// source has.
func (s *stream) writeTaken() (closed, err error) {
	for len(s.rest) > 0 || len(s.taken) > 0 {
		rest, events := s.rest, s.taken
		s.rest, s.taken = nil, nil
		if len(rest) > 0 {
			if err := s.write(rest); err != nil {
				return nil, err
			}
		}
		if err := s.writeEvents(events); err != nil {
			return nil, err
		}
	}
	events, closed := s.source.Take()
	if len(events) == 0 {
		return closed, nil
	}
	return closed, s.writeEvents(events)
}

func (s *stream) writeEvents(events []*hub.Event) error {
	for _, e := range events {
		if s.revoked.Load() {
			return nil
		}
		s.events++
		if err := s.write(s.encoder.Event(e)); err != nil {
			return err
		}
	}
	return nil
}

// interrupted ends a stream whose wait failed: with HTTP/2, the context of the request
// ends with the key.
func (s *stream) interrupted(err error) Reason {
	if s.key.Err() != nil {
		return s.end(Revoked, nil)
	}
	return s.lost(err)
}

// nextHeartbeat is when the next heart-beat or the end is due.
func (s *stream) nextHeartbeat() time.Time {
	next := s.written.Add(s.server.opts.Heartbeat)
	if s.expires.Before(next) {
		return s.expires
	}
	return next
}

// beat writes the heart-beat or ends the stream, where that is due.
func (s *stream) beat() (ended Reason) {
	switch now := time.Now(); {
	case now.Before(s.nextHeartbeat()) || s.revoked.Load():
	case !now.Before(s.expires):
		return s.end(MaxAge, retry(100*time.Millisecond, time.Second))
	default:
		if err := s.write(s.heartbeat(now)); err != nil {
			return s.lost(err)
		}
	}
	return ""
}

// heartbeat is a comment, or the event "heartbeat" with the time of the server in Unix
// seconds. The event has no id: the client returns with that of the last event that has
// one.
func (s *stream) heartbeat(now time.Time) []byte {
	if !s.beats {
		return s.encoder.Heartbeat()
	}
	return s.encoder.Hint(fmt.Appendf(nil, "event: heartbeat\ndata: {\"ts\":%d}\n\n", now.Unix()))
}
