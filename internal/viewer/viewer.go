// Package viewer writes event streams to clients whose connections it has taken
// over from net/http. A viewer costs a few hundred bytes and no goroutine: a
// few workers write the bytes that all viewers share, straight to the sockets,
// without waiting. A socket that is full is left alone until the kernel says
// that it has room; meanwhile the hub holds for that viewer what its rules say,
// so a slow client delays nobody and grows no memory.
//
// Clients that take gzip get bytes that are shared just so: an event is
// compressed once, and an [Encoder] knows which of its forms a client can read.
//
// # Who does what
//
// A [Server] has one worker for every two processors, since a write does the work
// of the receiving side as well, one goroutine that waits for
// the kernel (room to write, clients that left), one that looks at the clock
// (heart-beats, streams that grew too old, clients that take nothing) and one
// that compresses large events. Close ends all of them and waits. At any time at
// most one worker has a viewer.
//
// The kernel is asked by epoll, so this works on Linux; elsewhere New says so,
// and callers serve each viewer with a goroutine.
package viewer

import (
	"errors"
	"maps"
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

// Source is what a viewer sees. TakeInto appends to a slice and never blocks;
// what comes after it has begun is announced by [Join.Wake].
type Source interface {
	TakeInto(events []*hub.Event) ([]*hub.Event, error)
	Close()
}

// Options of a Server. All must be set.
type Options struct {
	Heartbeat time.Duration // silence after which a comment is written
	Timeout   time.Duration // how long a client may take nothing
	MaxAge    time.Duration // of a stream; a twentieth of it is jitter
	Drain     time.Duration // over which streams end when the server stops
	Stopping  func() bool   // whether it does
	Wrote     func(n int)   // told of every write of n bytes, by the workers: it must return at once; nil for nobody
}

// Reason is why a stream ended.
type Reason string

// Reasons. The first four are told to the client in the event "end".
const (
	Disconnected Reason = "disconnected" // the router was disconnected
	MaxAge       Reason = "max_age"
	Shutdown     Reason = "shutdown"
	Revoked      Reason = "revoked" // the key expired, was taken away or may do something else now
	Left         Reason = "left"    // by the client
	Slow         Reason = "slow"    // the client took nothing for the timeout
)

// Reasons are all of them.
func Reasons() []Reason { return []Reason{Disconnected, MaxAge, Shutdown, Revoked, Left, Slow} }

// Ended is what became of a stream.
type Ended struct {
	Reason Reason
	Bytes  int64  // written to the socket, the head of the answer included
	Events uint64 // written, the last one perhaps in part
}

// tick is how often the clock is looked at.
const tick = 250 * time.Millisecond

// Server serves viewers.
type Server struct {
	opts    Options
	workers int
	poll    *poll
	wg      sync.WaitGroup
	stop    chan struct{} // closed by Close

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

	pressing sync.Cond                // on mu: presses has something, or closed
	presses  []*hub.Event             // to be compressed, at most one for each viewer; guarded by mu
	waiting  map[*hub.Event][]*viewer // for that; guarded by mu
}

// New starts a server without viewers.
func New(opts Options) (*Server, error) {
	p, err := newPoll()
	if err != nil {
		return nil, err
	}
	s := &Server{
		opts: opts, poll: p, stop: make(chan struct{}),
		ended: make(map[Reason]uint64), waiting: make(map[*hub.Event][]*viewer),
		workers: max(1, runtime.GOMAXPROCS(0)/2),
	}
	s.work.L, s.pressing.L = &s.mu, &s.mu
	s.now.Store(time.Now().UnixNano())
	for range s.workers {
		s.wg.Go(s.worker)
	}
	s.wg.Go(s.clock)
	s.wg.Go(s.presser)
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
	return maps.Clone(s.ended)
}

// viewer is one client.
type viewer struct {
	server *Server
	conn   *net.TCPConn
	raw    syscall.RawConn
	source Source
	ended  func(Ended)
	slot   uint32
	nonce  uint32 // tells this viewer from another in the same slot before

	// Guarded by server.mu.
	state  state
	gone   Reason     // why it is to be ended; empty for not at all
	awaits *hub.Event // that is being compressed; nil for none

	// Owned by the worker that has it.
	encoder Encoder
	rest    []byte       // of the bytes begun with
	backlog []*hub.Event // taken, not yet begun with; its own but while it is served
	closing Reason       // written its end, or about to
	bytes   int64        // written
	events  uint64       // begun with
	wrote   int          // result of try
	failed  error        // result of try
	pending []byte       // argument of try
	try     func(fd uintptr) bool

	// For the clock.
	written atomic.Int64 // UnixNano of the last bytes that went out
	stalled atomic.Int64 // UnixNano since when the socket takes nothing; 0 for not
	expires int64        // UnixNano; static
	revoked atomic.Bool  // see Join.Revoke
	leaves  atomic.Int64 // UnixNano when its end is to be written; 0 for never
}

// Join is a viewer who is about to be served; its source can be told of it.
type Join struct{ v *viewer }

// Wake says that the source has something. It never blocks. Where the socket is
// full there is nothing to do about it: the source is asked when the kernel says
// that there is room, and many wakes of a client that takes nothing cost nothing.
func (j Join) Wake() {
	if j.v.stalled.Load() == 0 {
		j.v.server.enqueue(j.v)
	}
}

// Revoke says that the client may see nothing more. What it was to get is let go,
// and the stream ends: with a word where the source says [hub.ErrWithdrawn], at
// once where the client takes nothing.
func (j Join) Revoke() {
	j.v.revoked.Store(true)
	j.v.server.enqueue(j.v)
}

// Prepare makes a viewer of a connection that was taken over. It is served, and
// owns the connection, from Serve on. After its end, ended is called once, by a
// goroutine that serves other viewers, too.
func (s *Server) Prepare(conn *net.TCPConn, ended func(Ended)) (Join, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return Join{}, err
	}
	v := &viewer{server: s, conn: conn, raw: raw, ended: ended, nonce: rand.Uint32(), state: queued}
	v.try = func(fd uintptr) bool {
		v.wrote, v.failed = writeOnce(fd, v.pending)
		return true // never wait: the poll does
	}
	return Join{v}, nil
}

// Serve begins with the head bytes, which are the answer's header and what the
// encoder began with, and goes on with the source until the stream ends; then it
// closes both.
func (s *Server) Serve(j Join, source Source, head []byte, encoder Encoder) {
	v := j.v
	now := time.Now()
	v.source, v.rest, v.encoder = source, head, encoder
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
		v.ended(Ended{Reason: Shutdown})
		return
	}
	if err := s.poll.add(v); err != nil {
		s.leave(v, Left)
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
	s.pressing.Broadcast()
	s.mu.Unlock()
	close(s.stop)
	s.poll.close()
	s.wg.Wait()
}
