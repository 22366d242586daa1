// Package sse writes event streams (text/event-stream) to clients, each by a
// goroutine of its own that runs the same loop for every protocol: take what the
// source has, write it, wait. A client that is slow delays nobody: while it is
// being written to, the hub holds for it what its rules say and no more.
//
// # Who does what
//
// With HTTP/1, with TLS or without, [Server.Serve] takes the connection over from
// net/http and starts a goroutine, which the [Server] owns: Close waits for it.
// The stack and the buffers of net/http are free then, and the bytes that all
// clients share go to the connection as they are. With HTTP/2 the stream belongs
// to the handler's goroutine, and Serve returns at its end.
//
// Clients that take gzip get bytes that are shared just so: an event is
// compressed once, and an [Encoder] knows which of its forms a client can read.
package sse

import (
	"net"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
)

// Source is what a client gets.
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
	Heartbeat    time.Duration // silence after which a comment is written
	WriteTimeout time.Duration // how long a client may take to accept 64 KiB, or an event that is smaller; up to an eighth more
	MaxAge       time.Duration // of a stream; up to a twentieth less
	Drain        time.Duration // over which streams end when the server stops
	Stopping     func() bool   // whether it does
	Wrote        func(n int)   // told of every write of n bytes; it must return at once
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

// Ended is what became of a stream.
type Ended struct {
	Reason Reason
	Bytes  int64  // written to the client; with HTTP/1 the head of the answer included
	Events uint64 // begun with; the last one perhaps written in part
}

// Server serves streams.
type Server struct {
	opts Options
	wg   sync.WaitGroup // the streams on connections that were taken over

	mu     sync.Mutex
	conns  map[net.Conn]struct{} // those connections; guarded by mu
	closed bool                  // no connection is taken over any more; guarded by mu
}

// New returns a server without streams.
func New(opts Options) *Server {
	return &Server{opts: opts, conns: make(map[net.Conn]struct{})}
}

// ServeConn writes a stream to a connection, which it owns from here on: first the
// bytes of head, then the stream. It returns at once.
func (s *Server) ServeConn(conn net.Conn, head []byte, what Stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = raw(conn).Close()
		what.Source.Close()
		what.Ended(Ended{Reason: Shutdown})
		return
	}
	s.conns[conn] = struct{}{}
	s.wg.Go(func() {
		c := &hijacked{Conn: conn}
		newStream(s, c, what).serve(head, what.Ended)
		c.close()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, conn)
	})
}

// Close waits until all streams on connections that were taken over have ended.
// Those that have not after the given time are cut off. Their sources must have
// ended or be about to.
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

// raw is the connection under TLS: the end of TLS is a write, which may block.
func raw(conn net.Conn) net.Conn {
	if over, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return over.NetConn()
	}
	return conn
}
