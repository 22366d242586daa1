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
	// queuedChunks bounds what a connection holds of replies that the client
	// does not take. When it is full commands wait, as they do behind the TCP
	// window of a router.
	queuedChunks = 8
	// chunkSize is when a reply in progress is handed to the writer.
	chunkSize = 32 << 10
	// maxInFlight bounds the commands of one connection, maxCancels the /cancel
	// among them. When one of them is reached nothing more is read.
	maxInFlight = 256
	maxCancels  = 16
	// lingerTime is how long a connection is drained that this side has
	// finished, or the reset that unread bytes cause could overtake the last
	// words.
	lingerTime = 500 * time.Millisecond
)

// ending is what becomes of a connection behind a chunk.
type ending int

const (
	goOn ending = iota
	hangUp
	reset
)

// chunk is a piece of output: whole sentences, unless a fault wants otherwise.
type chunk struct {
	data    []byte
	pause   time.Duration   // before each byte, 0: all at once
	cleared <-chan struct{} // closed when there are no pauses any more; nil where there are none
	after   ending
}

// errGone says that the connection is over. It stays inside the package.
var errGone = errors.New("connection is over")

// conn is one connection. serve reads; a writer goroutine owns the other
// direction; each command has its goroutine. All are waited for by serve.
type conn struct {
	d    *Device
	nc   net.Conn
	from string
	out  chan chunk    // to the writer
	dead chan struct{} // closed by kill
	once sync.Once
	wg   sync.WaitGroup // writer and commands
	over atomic.Bool    // an ending has been sent: what arrives is thrown away

	// Owned by the reading goroutine. Commands read account; it is set before
	// any of them starts.
	account   *account
	failures  int
	challenge []byte
	silent    bool          // never says anything again
	down      bool          // the device was down when this came
	slots     chan struct{} // a token for each command in flight
	cancels   chan struct{} // a token for each /cancel in flight
	previous  chan struct{} // closed when the last untagged command is over

	// Guarded by Device.mu.
	session  uint64 // row of /user/active, 0 before login
	admitted bool   // counts for MaxSessions

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
		_, _ = io.Copy(io.Discard, c.nc)
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

// reset ends the connection with a TCP reset, which also throws away what is
// under way. A pipe is merely closed.
func (c *conn) reset() {
	raw := c.nc
	if t, ok := raw.(*tls.Conn); ok {
		raw = t.NetConn()
	}
	if t, ok := raw.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
		_ = t.Close() // before a TLS connection could say goodbye
	}
	c.kill()
}

// read handles sentences until the connection is over.
func (c *conn) read() {
	r := proto.NewReader(c.nc, proto.Limits{Word: 1 << 20, Words: 1024, Sentence: 1 << 21})
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

// write owns the sending direction until the connection is over. Chunks that
// have queued up leave in one go.
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

// gather joins small plain chunks that are waiting already to k.
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

// put writes one chunk; it reports whether the connection is still good.
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

// finish closes the sending direction and leaves it to the reader to drain the
// other one for a while.
func (c *conn) finish() {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(lingerTime))
	c.sleep(lingerTime, nil)
}

// sleep waits; it reports false as soon as the connection is over or stop is
// closed.
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

// large holds the buffers of big tables between prints.
var large = sync.Pool{New: func() any { return new(make([]byte, 0, chunkSize+chunkSize/4)) }}

func borrow() []byte { return (*large.Get().(*[]byte))[:0] }

func recycle(b []byte) {
	if cap(b) >= chunkSize && cap(b) <= 2*chunkSize {
		large.Put(&b)
	}
}
