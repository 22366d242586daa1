package bench_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
	"github.com/aprakasa/mikronec/internal/sse"
	"github.com/aprakasa/mikronec/internal/ticket"
)

var (
	simulate = flag.Duration("simulate", 10*time.Second, "how long viewers watch in TestBytesPerViewer; 1h for the figures of docs/benchmarks.md")
	users    = flag.Int("users", 5000, "PPP users of the router in TestBytesPerViewer")
)

// TestBytesPerViewer measures what one viewer of a large router costs in bytes,
// by the way it watches: a simulated router of which 1 % of the users is replaced
// every minute, a session, the poller, the hub and the HTTP side, on a clock that
// does not wait. Bytes are those of the connection, HTTP included.
func TestBytesPerViewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := newByteSite(t)
		ways := []*byteViewer{
			{name: "plain", query: "", encoding: "identity"},
			{name: "gzip", query: "", encoding: "gzip"},
			{name: "delta", query: "&mode=delta", encoding: "identity"},
			{name: "delta + gzip", query: "&mode=delta", encoding: "gzip"},
		}
		var wg sync.WaitGroup
		for _, v := range ways {
			v.open(t, site)
			wg.Go(func() { v.read(t) })
		}
		time.Sleep(*simulate)
		site.manager.EndStreams()
		wg.Wait()

		plain, zipped, delta, both := ways[0], ways[1], ways[2], ways[3]
		assert.Equal(t, plain.digest, zipped.digest, "both read the same events")
		assert.Equal(t, delta.digest, both.digest, "both read the same events")
		t.Logf("%d PPP users, 1 %% replaced a minute, polled every 2 s, %v", *users, *simulate)
		for _, v := range ways {
			n := v.bytes.Load()
			t.Logf("| %-12s | %12d bytes | %8.4f %% of plain | %5d events |", v.name, n, v.share(plain), v.events)
		}
		assert.Less(t, zipped.share(plain), 13.0)
		if *simulate >= time.Hour { // until then the first snapshot is too large a part
			assert.Less(t, delta.share(plain), 0.5)
			assert.Less(t, both.share(plain), 0.2)
		}
	})
}

// byteSite is one watched router and the HTTP side, over pipes.
type byteSite struct {
	manager *manager.Manager
	conns   chan net.Conn
}

const byteKey = "key-of-the-measurement"

func newByteSite(t *testing.T) *byteSite {
	t.Helper()
	device := sim.New(sim.Options{PPPUsers: *users, Churn: 0.01, Seed: 1, User: "api", Password: "x"})
	dial := func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
		client, router := net.Pipe()
		go device.ServeConn(router)
		return routeros.New(ctx, client, key.Credentials(), routeros.Options{})
	}
	s := &byteSite{manager: manager.New(pool.New(dial, pool.Options{}), manager.Options{}), conns: make(chan net.Conn)}
	streams := sse.New(sse.Options{
		Heartbeat: 15 * time.Second, WriteTimeout: 30 * time.Second, MaxAge: 1000 * time.Hour, Drain: time.Second,
		Stopping: func() bool { return false }, Wrote: func(int) {},
	})
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: api.New(s.manager, api.Options{
		APIKey: byteKey, Tickets: ticket.New([]byte("secret of the tickets")),
		InfoTimeout: time.Minute, RunTimeout: time.Minute, MaxRunTimeout: time.Hour,
		WriteTimeout: 30 * time.Second, Streams: streams,
		Ready: func() error { return nil }, Log: slog.New(slog.DiscardHandler),
	})}
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Serve(s) })
	t.Cleanup(func() {
		_ = server.Close()
		wg.Wait()
		s.manager.EndStreams()
		streams.Close(time.Second)
		s.manager.Close()
		device.Close()
	})
	_, err := s.manager.Connect(t.Context(), "r", pool.Key{Addr: "r.test:8728", User: "api", Password: secret.New("x")}, manager.Owner{})
	require.NoError(t, err)
	return s
}

// Accept makes the site a net.Listener.
func (s *byteSite) Accept() (net.Conn, error) {
	if c, ok := <-s.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (s *byteSite) Close() error { close(s.conns); return nil }
func (*byteSite) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// byteViewer is a client that counts.
type byteViewer struct {
	name, query, encoding string

	body   io.Reader
	bytes  atomic.Int64 // read from the connection
	events int
	digest [sha256.Size]byte // of all events
}

type countingConn struct {
	net.Conn
	n *atomic.Int64
}

func (c countingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.n.Add(int64(n))
	return n, err
}

func (v *byteViewer) open(t *testing.T, site *byteSite) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, DisableCompression: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			site.conns <- far
			return countingConn{near, &v.bytes}, nil
		},
	}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://mikronec.test/sse/r?topics=ppp_active"+v.query, http.NoBody)
	require.NoError(t, err)
	req.Header.Set("X-API-Key", byteKey)
	req.Header.Set("Accept-Encoding", v.encoding)
	head, err := client.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = head.Body.Close() })
	require.Equal(t, http.StatusOK, head.StatusCode)
	v.body = head.Body
}

// read takes events to the end of the stream.
func (v *byteViewer) read(t *testing.T) {
	in := v.body
	if v.encoding == "gzip" {
		z, err := gzip.NewReader(in)
		if !assert.NoError(t, err) {
			return
		}
		in = z
	}
	sum := sha256.New()
	r := bufio.NewReaderSize(in, 64<<10)
	begins, counts := true, false
	for {
		part, err := r.ReadSlice('\n')
		if begins {
			counts = bytes.HasPrefix(part, []byte("id: ")) || bytes.HasPrefix(part, []byte("data: "))
			if bytes.HasPrefix(part, []byte("id: ")) {
				v.events++
			}
		}
		if counts {
			_, _ = sum.Write(part)
		}
		begins = err == nil
		if err != nil && err != bufio.ErrBufferFull { //nolint:errorlint // bufio returns it as it is
			assert.Equal(t, io.EOF, err)
			break
		}
	}
	copy(v.digest[:], sum.Sum(nil))
}

// share is its bytes in percent of those of another.
func (v *byteViewer) share(of *byteViewer) float64 {
	return 100 * float64(v.bytes.Load()) / float64(of.bytes.Load())
}
