// Package sse writes event streams (text/event-stream) to clients. Each stream runs
// the same loop in a goroutine of its own, for every protocol: take the events of the
// source, write them, wait. A slow client delays no other client: while a write to it
// blocks, the hub queues for it as much as its rules permit.
//
// # Goroutines
//
// With HTTP/1.1, with or without TLS, [Server.Serve] takes the connection over from
// net/http, which frees the buffers and the stack of net/http, and starts a goroutine.
// The [Server] owns it: Close waits for it. With HTTP/2 the loop runs in the goroutine
// of the handler, and Serve returns at its end.
//
// With plain HTTP/1.1 the goroutine of a stream mostly sleeps: pushers write what a
// connection takes at once, and wake it for the rest. See pushers.
//
// Clients that accept gzip share compressed bytes: an event is compressed once, and an
// [Encoder] selects the form that its client can read.
package sse

import (
	"net"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
)

// Source has the events for one client.
type Source interface {
	// Notify has ready called whenever Take has something new; at once, if it has
	// now. ready does not block.
	Notify(ready func())
	// Take returns what is new. After the last event the error is hub.ErrClosed,
	// and at once hub.ErrWithdrawn after Withdraw.
	Take() ([]*hub.Event, error)
	// Withdraw discards what has not been taken, for good.
	Withdraw()
	Close()
}

// Options of a Server. All must be set.
type Options struct {
	Heartbeat    time.Duration // without events, after which a heart-beat is written
	WriteTimeout time.Duration // in which a client must accept 64 KiB or a smaller event; up to an eighth more
	MaxAge       time.Duration // of a stream; up to a twentieth less
	Drain        time.Duration // over which streams end when the server stops
	Stopping     func() bool   // reports whether the server stops
	Wrote        func(n int)   // called after every write of n bytes; must not block
}

// Reason is why a stream ended.
type Reason string

// Reasons. The first four are told to the client in the event "end".
const (
	Disconnected Reason = "disconnected" // the router was disconnected
	MaxAge       Reason = "max_age"
	Shutdown     Reason = "shutdown"
	Revoked      Reason = "revoked" // the key expired, was removed or changed
	Left         Reason = "left"    // the client closed the connection
	Slow         Reason = "slow"    // a write did not finish in time
)

// Reasons are all of them.
func Reasons() []Reason { return []Reason{Disconnected, MaxAge, Shutdown, Revoked, Left, Slow} }

// Ended describes a stream that ended.
type Ended struct {
	Reason Reason
	Bytes  int64  // written to the client, with HTTP/1.1 including the header
	Events uint64 // the last one may be written in part
}

// Server serves streams.
type Server struct {
	opts    Options
	wg      sync.WaitGroup // goroutines of connections taken over from net/http, and pushers
	pushers pushers

	mu     sync.Mutex
	conns  map[net.Conn]struct{} // connections taken over; guarded by mu
	closed bool                  // no more connections are taken over; guarded by mu
}

// New returns a server without streams.
func New(opts Options) *Server {
	return &Server{opts: opts, conns: make(map[net.Conn]struct{})}
}

// ServeConn writes a stream to a connection, which it owns from here on: first the
// header, then the stream. It returns at once.
func (s *Server) ServeConn(conn net.Conn, header []byte, what Stream) {
	if !s.add(conn) {
		_ = raw(conn).Close()
		what.Source.Close()
		what.Ended(Ended{Reason: Shutdown})
		return
	}
	c := newHijacked(conn, s.opts.Heartbeat)
	st := newStream(s, withTry(c), what)
	st.start(header)
	// Not by wg.Go, whose frame would be one more: while the client gets nothing, the
	// goroutine stays within the 2 KiB of a new stack, with little to spare.
	go st.serveConn(c)
}

// add counts the goroutine of a connection, unless the server is closed.
func (s *Server) add(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[conn] = struct{}{}
	s.wg.Add(1)
	return true
}

func (s *Server) remove(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}

// Close waits until all streams on connections taken over have ended, and closes the
// connections of those that have not ended in time. The sources must be closed before
// or soon after.
func (s *Server) Close(within time.Duration) {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	cut := time.AfterFunc(within, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for conn := range s.conns {
			_ = raw(conn).Close()
		}
	})
	defer cut.Stop()
	s.wg.Wait()
}

// raw returns the connection under TLS: to close TLS is a write, which can block.
func raw(conn net.Conn) net.Conn {
	if over, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return over.NetConn()
	}
	return conn
}
