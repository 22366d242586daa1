// Package viewer writes event streams to clients whose connections it has taken
// over from net/http. A viewer costs a few hundred bytes and no goroutine: a
// few workers write the bytes that all viewers share, straight to the sockets,
// without waiting. A socket that is full is left alone until the kernel says
// that it has room; meanwhile the hub holds for that viewer what its rules say,
// so a slow client delays nobody and grows no memory.
//
// # Who does what
//
// A [Server] has one worker for each processor, one goroutine that waits for
// the kernel (room to write, clients that left) and one that looks at the clock
// (heart-beats, streams that grew too old, clients that take nothing). Close
// ends all of them and waits. At any time at most one worker has a viewer.
//
// The kernel is asked by epoll, so this works on Linux; elsewhere New says so,
// and callers serve each viewer with a goroutine.
package viewer

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
)

// ErrUnsupported is the answer of New where there is no epoll.
var ErrUnsupported = errors.New("viewers without a goroutine need epoll")

// Source is what a viewer sees. Take never blocks.
type Source interface {
	Take() ([]*hub.Event, error)
	Close()
}

// Options of a Server. All must be set.
type Options struct {
	Heartbeat time.Duration // silence after which a comment is written
	Timeout   time.Duration // how long a client may take nothing
	MaxAge    time.Duration // of a stream; a twentieth of it is jitter
	Drain     time.Duration // over which streams end when the server stops
	Stopping  func() bool   // whether it does
}

// Reason is why a stream ended.
type Reason string

// Reasons. The first three are told to the client in the event "end".
const (
	Disconnected Reason = "disconnected" // the router was disconnected
	MaxAge       Reason = "max_age"
	Shutdown     Reason = "shutdown"
	Left         Reason = "left" // by the client
	Slow         Reason = "slow" // the client took nothing for the timeout
)

// tick is how often the clock is looked at.
const tick = 250 * time.Millisecond

// Server serves viewers.
type Server struct {
	opts Options
	poll *poll
	wg   sync.WaitGroup
	stop chan struct{} // closed by Close

	now atomic.Int64 // UnixNano, as of the last tick

	mu     sync.Mutex        // a leaf: nothing is locked under it
	work   sync.Cond         // on mu: queue has something, or closed
	queue  []*viewer         // those with something to do; guarded by mu
	head   int               // of queue; guarded by mu
	slots  []*viewer         // by number, nil where free; guarded by mu
	free   []uint32          // free slots; guarded by mu
	count  int               // viewers; guarded by mu
	closed bool              // guarded by mu
	empty  chan struct{}     // closed when the last viewer has left after Close; nil before; guarded by mu
	ended  map[Reason]uint64 // guarded by mu
}

// New starts a server without viewers.
func New(opts Options) (*Server, error) {
	p, err := newPoll()
	if err != nil {
		return nil, err
	}
	s := &Server{opts: opts, poll: p, stop: make(chan struct{}), ended: make(map[Reason]uint64)}
	s.work.L = &s.mu
	s.now.Store(time.Now().UnixNano())
	for range runtime.GOMAXPROCS(0) {
		s.wg.Go(s.worker)
	}
	s.wg.Go(s.clock)
	s.wg.Go(func() { s.poll.run(s.happened) })
	return s, nil
}

// Viewers is how many there are.
func (s *Server) Viewers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Ended counts the streams that ended, by reason.
func (s *Server) Ended() map[Reason]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := make(map[Reason]uint64, len(s.ended))
	for reason, n := range s.ended {
		counts[reason] = n
	}
	return counts
}

// viewer is one client.
type viewer struct {
	server *Server
	conn   *net.TCPConn
	raw    syscall.RawConn
	source Source
	slot   uint32
	nonce  uint32 // tells this viewer from another in the same slot before

	// Guarded by server.mu.
	state state
	gone  Reason // why it is to be ended; empty for not at all

	// Owned by the worker that has it.
	rest    []byte       // of the bytes begun with
	backlog []*hub.Event // taken, not yet written
	closing Reason       // written its end, or about to
	wrote   int          // result of try
	failed  error        // result of try
	pending []byte       // argument of try
	try     func(fd uintptr) bool

	// For the clock.
	written atomic.Int64 // UnixNano of the last bytes that went out
	stalled atomic.Int64 // UnixNano since when the socket takes nothing; 0 for not
	expires int64        // UnixNano; static
	leaves  atomic.Int64 // UnixNano when its end is to be written; 0 for never
}

// state of a viewer between the queue and the workers.
type state uint8

const (
	idle state = iota
	queued
	running
	again // running, and something has come up meanwhile
	over
)

// Join is a viewer who is about to be served; its source can be told of it.
type Join struct{ v *viewer }

// Wake says that the source has something. It never blocks.
func (j Join) Wake() { j.v.server.enqueue(j.v) }

// Prepare makes a viewer of a connection that was taken over. It is served, and
// owns the connection, from Serve on.
func (s *Server) Prepare(conn *net.TCPConn) (Join, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return Join{}, err
	}
	v := &viewer{server: s, conn: conn, raw: raw, nonce: rand.Uint32(), state: queued}
	v.try = func(fd uintptr) bool {
		v.wrote, v.failed = writeOnce(fd, v.pending)
		return true // never wait: the poll does
	}
	return Join{v}, nil
}

// Serve begins with the head bytes (the answer's header and the first event)
// and goes on with the source until the stream ends; then it closes both.
func (s *Server) Serve(j Join, source Source, head []byte) {
	v := j.v
	now := time.Now()
	v.source, v.rest = source, head
	v.written.Store(now.UnixNano())
	v.expires = now.Add(s.opts.MaxAge - rand.N(s.opts.MaxAge/20+1)).UnixNano()

	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.count++
		if n := len(s.free); n > 0 {
			v.slot, s.free = s.free[n-1], s.free[:n-1]
			s.slots[v.slot] = v
		} else {
			v.slot = uint32(len(s.slots))
			s.slots = append(s.slots, v)
		}
		s.push(v)
	}
	s.mu.Unlock()
	if closed {
		source.Close()
		_ = v.conn.Close()
		return
	}
	if err := s.poll.add(v); err != nil {
		s.leave(v, Left)
	}
}

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
}

// serve writes what there is until there is nothing more or the socket is full.
// A reason that it returns ends the viewer.
func (v *viewer) serve() Reason {
	s := v.server
	for {
		if full, err := v.flush(); err != nil {
			return Left
		} else if full {
			return ""
		}
		if v.closing != "" && v.leaves.Load() == 0 {
			return v.closing // its end is out
		}
		now := s.now.Load()
		switch {
		case v.leaves.Load() != 0:
			if now < v.leaves.Load() {
				return ""
			}
			v.leaves.Store(0)
			v.say(v.closing)
			continue
		case now > v.expires:
			v.closing = MaxAge
			v.say(MaxAge)
			continue
		}
		events, err := v.source.Take()
		v.backlog = append(v.backlog, events...)
		if err != nil {
			v.depart()
		} else if len(events) == 0 {
			if now-v.written.Load() < int64(s.opts.Heartbeat) {
				return ""
			}
			v.rest = heartbeat
		}
	}
}

var heartbeat = []byte(":\n\n")

// depart plans the end of a stream to which nothing more comes. When the server
// stops, thousands of them end at once: each at a moment of its own.
func (v *viewer) depart() {
	v.closing = Disconnected
	leaves := v.server.now.Load()
	if v.server.opts.Stopping() {
		v.closing = Shutdown
		leaves += int64(rand.N(v.server.opts.Drain + 1))
	}
	v.leaves.Store(leaves)
}

// say writes why the stream ends and when the client may come back.
func (v *viewer) say(reason Reason) {
	var hint time.Duration
	switch reason {
	case MaxAge:
		hint = 100*time.Millisecond + rand.N(time.Second)
	case Shutdown:
		hint = time.Second + rand.N(10*time.Second)
	}
	if hint > 0 {
		v.rest = fmt.Appendf(v.rest, "retry: %d\n", hint.Milliseconds())
	}
	v.rest = fmt.Appendf(v.rest, "event: end\ndata: {\"reason\":%q}\n\n", reason)
}

// flush writes what was begun and what was taken. It reports whether the socket
// is full.
func (v *viewer) flush() (full bool, err error) {
	for {
		if len(v.rest) == 0 {
			if len(v.backlog) == 0 {
				v.backlog = nil
				return false, nil
			}
			v.rest = v.backlog[0].Frame()
			v.backlog = v.backlog[1:]
		}
		full, err := v.write()
		if full || err != nil {
			return full, err
		}
	}
}

// write writes rest once.
func (v *viewer) write() (full bool, err error) {
	v.pending = v.rest
	err = v.raw.Write(v.try)
	v.pending = nil
	if err == nil {
		err = v.failed
	}
	now := v.server.now.Load()
	switch {
	case errors.Is(err, syscall.EAGAIN):
		v.stalled.CompareAndSwap(0, now)
		return true, nil
	case errors.Is(err, syscall.EINTR):
		return false, nil
	case err != nil:
		return false, err
	}
	v.rest = v.rest[v.wrote:]
	if len(v.rest) == 0 {
		v.rest = nil
	}
	v.written.Store(now)
	v.stalled.Store(0)
	return false, nil
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

// Close waits until all streams have ended, at most for the given time, cuts off
// those that have not, and stops. Their sources must have ended or be about to.
func (s *Server) Close(within time.Duration) {
	s.mu.Lock()
	empty := make(chan struct{})
	if s.count > 0 {
		s.empty = empty
	} else {
		close(empty)
	}
	s.mu.Unlock()
	patience := time.NewTimer(within)
	defer patience.Stop()
	select {
	case <-empty:
	case <-patience.C:
	}

	s.mu.Lock()
	s.empty = nil
	for _, v := range s.slots {
		if v != nil {
			if v.gone == "" {
				v.gone = Shutdown
			}
			s.enqueueLocked(v)
		}
	}
	s.closed = true
	s.work.Broadcast()
	s.mu.Unlock()
	close(s.stop)
	s.poll.close()
	s.wg.Wait()
}
