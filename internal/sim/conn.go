package sim

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

const (
	// queuedChunks limits the replies that a connection holds for a client that does
	// not read. When the queue is full commands wait, as with the TCP window of a router.
	queuedChunks = 8
	// chunkSize is the size at which an incomplete reply is passed to the writer.
	chunkSize = 32 << 10
	// maxInFlight limits the commands of one connection, maxCancels the /cancel
	// commands. At one of the limits the connection is no longer read.
	maxInFlight = 256
	maxCancels  = 16
	// lingerTime is how long a connection is drained after the sending side was closed:
	// the reset that unread bytes cause could overtake the end of the reply.
	lingerTime = 500 * time.Millisecond
)

// ending is what happens to a connection after a chunk.
type ending int

const (
	goOn ending = iota
	hangUp
	reset
)

// chunk is a piece of output: whole sentences, except with some faults.
type chunk struct {
	data    []byte
	pause   time.Duration   // before each byte, 0: all at once
	cleared <-chan struct{} // closed when the pauses end; nil without pauses
	after   ending
}

// errGone means that the connection has ended. It is not returned to callers.
var errGone = errors.New("connection is over")

// conn is one connection. serve reads, one goroutine writes, and each command has a
// goroutine; serve waits for all of them.
type conn struct {
	d    *Device
	nc   net.Conn
	from string
	out  chan chunk    // to the writer
	dead chan struct{} // closed by kill
	once sync.Once
	wg   sync.WaitGroup // writer and commands
	over atomic.Bool    // an ending was sent: what arrives is discarded

	// Owned by the reading goroutine. Commands read account; it is set before
	// any of them starts.
	account   *account
	failures  int
	challenge []byte
	silent    bool          // sends nothing any more
	down      bool          // the device was down when this connection was opened
	slots     chan struct{} // a token for each command in flight
	cancels   chan struct{} // a token for each /cancel in flight
	previous  chan struct{} // closed when the last untagged command has ended
	listening chan struct{} // closed when the last listen has begun; nil without

	// Guarded by Device.mu.
	session  uint64 // row of /user/active, 0 before login
	admitted bool   // counts for MaxSessions
	commands int    // that run, without listen
	listens  int    // that run

	mu   sync.Mutex // guards live and the state of its calls
	live map[*call]struct{}
}

func newConn(d *Device, nc net.Conn) *conn {
	from := "192.0.2.10" // a pipe has no address
	if a, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		from = a.IP.String()
	}
	return &conn{
		d: d, nc: nc, from: from, out: make(chan chunk, queuedChunks), dead: make(chan struct{}),
		slots: make(chan struct{}, maxInFlight), cancels: make(chan struct{}, maxCancels), live: map[*call]struct{}{},
	}
}

func (c *conn) serve() {
	defer c.wg.Wait()
	defer c.kill()
	switch {
	case c.down:
		c.reset()
		return
	case !c.admitted && !c.silent:
		return
	case c.silent || c.d.triggered(MuteAtConnect):
		_, _ = io.Copy(io.Discard, received{c})
		return
	}
	c.wg.Go(c.write)
	c.read()
}

// kill ends the connection. It does not wait.
func (c *conn) kill() {
	c.once.Do(func() {
		close(c.dead)
		_ = c.nc.Close()
	})
}

// reset ends the connection with a TCP reset, which also discards data that is being
// sent. A pipe is just closed.
func (c *conn) reset() {
	raw := c.nc
	if t, ok := raw.(*tls.Conn); ok {
		raw = t.NetConn()
	}
	if t, ok := raw.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
		_ = t.Close() // before a TLS connection sends its close alert
	}
	c.kill()
}

// received reads from the connection and counts the bytes.
type received struct{ *conn }

func (c received) Read(b []byte) (int, error) {
	n, err := c.nc.Read(b)
	c.d.bytesIn.Add(int64(n))
	return n, err
}

// read handles sentences until the connection ends.
func (c *conn) read() {
	r := proto.NewReader(received{c}, proto.Limits{Word: 1 << 20, Words: 1024, Sentence: 1 << 21})
	for {
		s, err := r.Next()
		if err != nil || !c.d.mayRead(c) {
			return
		}
		if !c.silent && !c.over.Load() {
			c.handle(s)
		}
	}
}

// send queues a chunk, waiting while the queue is full.
func (c *conn) send(k chunk) error {
	if k.after != goOn {
		c.over.Store(true)
	}
	select {
	case c.out <- k:
		return nil
	case <-c.dead:
		return errGone
	}
}

// write sends chunks until the connection ends. Chunks that are queued are sent
// together.
func (c *conn) write() {
	defer c.kill()
	for {
		var k chunk
		select {
		case k = <-c.out:
		case <-c.dead:
			return
		}
		k = c.gather(k)
		if !c.put(k) {
			return
		}
		switch k.after {
		case hangUp:
			c.finish()
			return
		case reset:
			c.reset()
			return
		}
		recycle(k.data)
	}
}

// gather appends the queued chunks to k while they are small and have no pauses.
func (c *conn) gather(k chunk) chunk {
	for k.pause == 0 && k.after == goOn && len(k.data) < chunkSize {
		select {
		case next := <-c.out:
			if next.pause > 0 {
				if !c.put(k) {
					return chunk{after: reset}
				}
				return next
			}
			k.data, k.after = append(k.data, next.data...), next.after
		default:
			return k
		}
	}
	return k
}

// put writes one chunk and reports whether the connection can still be used.
func (c *conn) put(k chunk) bool {
	for len(k.data) > 0 {
		n := len(k.data)
		if k.pause > 0 {
			n = 1
			if !c.sleep(k.pause, k.cleared) {
				if c.isDead() {
					return false
				}
				k.pause, n = 0, len(k.data)
			}
		}
		n, err := c.nc.Write(k.data[:n])
		c.d.bytesOut.Add(int64(n))
		if err != nil {
			return false
		}
		k.data = k.data[n:]
	}
	return true
}

func (c *conn) isDead() bool {
	select {
	case <-c.dead:
		return true
	default:
		return false
	}
}

// finish closes the sending direction; the reader drains the other one for lingerTime.
func (c *conn) finish() {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(lingerTime))
	c.sleep(lingerTime, nil)
}

// sleep waits. It returns false as soon as the connection ends or stop is closed.
func (c *conn) sleep(d time.Duration, stop <-chan struct{}) bool {
	if d <= 0 {
		select {
		case <-stop:
			return false
		case <-c.dead:
			return false
		default:
			return true
		}
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-stop:
		return false
	case <-c.dead:
		return false
	}
}

// large keeps the buffers of large tables for the next print.
var large = sync.Pool{New: func() any { return new(make([]byte, 0, chunkSize+chunkSize/4)) }}

func borrow() []byte { return (*large.Get().(*[]byte))[:0] }

func recycle(b []byte) {
	if cap(b) >= chunkSize && cap(b) <= 2*chunkSize {
		large.Put(&b)
	}
}
