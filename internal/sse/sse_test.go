package sse_test

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/sse"
)

// stage is a hub, a server of streams and a listener that hands every connection
// to it.
type stage struct {
	t        testing.TB
	hub      *hub.Hub
	feed     *hub.Feed
	server   *sse.Server
	addr     string
	stopping atomic.Bool
	left     atomic.Int64 // sources closed
	gzip     bool         // for viewers to come
	all      bool         // viewers to come watch all feeds
	wrote    atomic.Int64 // bytes

	mu      sync.Mutex
	revoke  context.CancelFunc // the viewer who came last; guarded by mu
	started int                // guarded by mu
	ends    []sse.Ended        // guarded by mu
}

func newStage(t testing.TB, o sse.Options) *stage {
	t.Helper()
	s := &stage{t: t, hub: hub.New()}
	s.feed = s.hub.Open("r", `"router_id":"r",`, nil)
	o.Heartbeat = cmp.Or(o.Heartbeat, time.Hour)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, time.Hour)
	o.MaxAge = cmp.Or(o.MaxAge, time.Hour)
	o.Drain = cmp.Or(o.Drain, 300*time.Millisecond)
	o.Stopping = s.stopping.Load
	o.Wrote = func(n int) { s.wrote.Add(int64(n)) }
	s.server = sse.New(o)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.addr = listener.Addr().String()
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.join(conn)
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		wg.Wait()
		s.stopping.Store(true)
		s.hub.Close()
		s.server.Close(5 * time.Second)
		assert.Zero(t, s.viewers())
	})
	return s
}

// source counts how often it is closed.
type source struct {
	*hub.Subscription
	left *atomic.Int64
}

func (s source) Close() {
	s.Subscription.Close()
	s.left.Add(1)
}

func (s *stage) note(end sse.Ended) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends = append(s.ends, end)
}

// ended are the ends so far.
func (s *stage) ended() []sse.Ended {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ends)
}

// endedBy counts the ends for a reason.
func (s *stage) endedBy(reason sse.Reason) (n int) {
	for _, e := range s.ended() {
		if e.Reason == reason {
			n++
		}
	}
	return n
}

// viewers is how many streams there are.
func (s *stage) viewers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started - len(s.ends)
}

func (s *stage) join(conn net.Conn) {
	sub := s.hub.Subscribe(hub.Query{Feeds: []*hub.Feed{s.feed}, All: s.all, Tracks: []hub.Track{{}}})
	key, revoke := context.WithCancel(context.Background())
	s.mu.Lock()
	s.started++
	s.revoke = revoke
	s.mu.Unlock()
	var head []byte
	if !s.gzip {
		head = []byte("hello\n\n")
	}
	s.server.ServeConn(conn, head, sse.Stream{Source: source{sub, &s.left}, Gzip: s.gzip, Key: key, Ended: s.note})
}

func (s *stage) dial() net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func (s *stage) publish(n int) { s.feed.Publish(hub.Track{}, fmt.Appendf(nil, `"n":%d}`, n)) }

func (s *stage) waitFor(what string, ok func() bool) {
	s.t.Helper()
	require.Eventually(s.t, ok, 20*time.Second, time.Millisecond, what)
}

// scanner reads text up to each empty line.
type scanner struct {
	r    *bufio.Reader
	text string
	err  error
}

func blocks(r io.Reader) *scanner { return &scanner{r: bufio.NewReaderSize(r, 64<<10)} }

func (s *scanner) Scan() bool {
	var text strings.Builder
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			if err != io.EOF || line != "" || text.Len() > 0 {
				s.err = err
			}
			return false
		}
		if line == "\n" {
			s.text = strings.TrimSuffix(text.String(), "\n")
			return true
		}
		text.WriteString(line)
	}
}

func (s *scanner) Text() string { return s.text }
func (s *scanner) Err() error   { return s.err }

func TestEveryViewerGetsEveryEvent(t *testing.T) {
	s := newStage(t, sse.Options{})
	const viewers, events = 50, 20
	scanners := make([]*scanner, viewers)
	for i := range scanners {
		scanners[i] = blocks(s.dial())
		require.True(t, scanners[i].Scan())
		assert.Equal(t, "hello", scanners[i].Text())
	}
	for n := range events {
		s.publish(n)
		for _, sc := range scanners { // in step, so that none is conflated
			require.True(t, sc.Scan())
			assert.True(t, strings.HasSuffix(sc.Text(), fmt.Sprintf(`"n":%d}`, n)), sc.Text())
		}
	}
}

func TestTheEndOfAStreamSaysWhatItCarried(t *testing.T) {
	s := newStage(t, sse.Options{})
	conn := s.dial()
	sc := blocks(conn)
	require.True(t, sc.Scan())
	bytes := len(sc.Text()) + 2
	for n := range 5 {
		s.publish(n)
		require.True(t, sc.Scan())
		bytes += len(sc.Text()) + 2
	}
	assert.Empty(t, s.ended())
	_ = conn.Close()
	s.waitFor("its end", func() bool { return len(s.ended()) == 1 })
	assert.Equal(t, []sse.Ended{{Reason: sse.Left, Bytes: int64(bytes), Events: 5}}, s.ended())
	assert.Equal(t, int64(bytes), s.wrote.Load())
}

func TestASlowViewerDelaysNobodyAndEndsUpWithThePresent(t *testing.T) {
	s := newStage(t, sse.Options{})
	slow := s.dial()
	require.NoError(t, slow.(*net.TCPConn).SetReadBuffer(32<<10))
	quick := blocks(s.dial())
	require.True(t, quick.Scan())
	s.waitFor("both are there", func() bool { return s.viewers() == 2 })

	big := strings.Repeat("x", 256<<10)
	for n := range 100 {
		s.feed.Publish(hub.Track{}, fmt.Appendf(nil, `"pad":%q,"n":%d}`, big, n))
		require.True(t, quick.Scan())
		assert.True(t, strings.HasSuffix(quick.Text(), fmt.Sprintf(`"n":%d}`, n)))
	}
	sc := blocks(slow)
	seen := 0
	for sc.Scan() {
		if seen++; strings.HasSuffix(sc.Text(), `"n":99}`) {
			break
		}
	}
	require.NoError(t, sc.Err())
	assert.Less(t, seen, 50, "what was out of date was skipped")
}

func TestAViewerThatTakesNothingIsClosed(t *testing.T) {
	s := newStage(t, sse.Options{WriteTimeout: 300 * time.Millisecond})
	conn := s.dial()
	require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(16<<10))
	s.waitFor("it is there", func() bool { return s.viewers() == 1 })
	s.feed.Publish(hub.Track{}, fmt.Appendf(nil, `"pad":%q}`, strings.Repeat("x", 8<<20)))
	s.waitFor("it is closed as slow", func() bool { return s.endedBy(sse.Slow) == 1 })
	assert.Zero(t, s.viewers())
	s.waitFor("its source is closed", func() bool { return s.left.Load() == 1 })
}

// What a revoked viewer has not got yet it does not get. One who takes it is told
// why; one who takes nothing is not waited for.
func TestARevokedViewerGetsNothingMore(t *testing.T) {
	s := newStage(t, sse.Options{})
	revoke := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.revoke()
	}
	reader := blocks(s.dial())
	require.True(t, reader.Scan())
	revoke()
	s.waitFor("its end", func() bool { return s.endedBy(sse.Revoked) == 1 })
	s.publish(1)
	require.True(t, reader.Scan())
	assert.Regexp(t, `^retry: \d+\nevent: end\ndata: {"reason":"revoked"}$`, reader.Text())
	assert.False(t, reader.Scan())
	s.waitFor("its end", func() bool { return s.endedBy(sse.Revoked) == 1 })

	deaf := s.dial()
	require.NoError(t, deaf.(*net.TCPConn).SetReadBuffer(16<<10))
	s.waitFor("it is there", func() bool { return s.viewers() == 1 })
	s.feed.Publish(hub.Track{}, fmt.Appendf(nil, `"pad":%q}`, strings.Repeat("x", 8<<20)))
	s.waitFor("the socket is full", func() bool { return s.wrote.Load() > 64<<10 })
	s.publish(2)
	revoke()
	s.waitFor("it is closed, though it takes nothing for an hour", func() bool { return s.viewers() == 0 })
	assert.Equal(t, 2, s.endedBy(sse.Revoked))
}

func TestAViewerThatLeavesIsNoticedAtOnce(t *testing.T) {
	s := newStage(t, sse.Options{})
	for range 10 {
		conn := s.dial()
		s.waitFor("it is there", func() bool { return s.viewers() == 1 })
		require.NoError(t, conn.Close())
		s.waitFor("it is gone, though nothing was written", func() bool { return s.viewers() == 0 })
	}
	assert.Equal(t, 10, s.endedBy(sse.Left))
}

func TestHeartbeatsAndAge(t *testing.T) {
	s := newStage(t, sse.Options{Heartbeat: 100 * time.Millisecond, MaxAge: 2 * time.Second})
	sc := blocks(s.dial())
	require.True(t, sc.Scan())
	last := ""
	for sc.Scan() {
		last = sc.Text()
	}
	assert.GreaterOrEqual(t, strings.Count(last, "\n:\n"), 3, "heart-beats are comments, and end no event")
	assert.Contains(t, last, `event: end`)
	assert.Contains(t, last, `"reason":"max_age"`)
	assert.Contains(t, last, "retry: ")
	assert.NoError(t, sc.Err(), "the stream ends cleanly")
}

func TestStreamsEndOneByOneWhenTheServerStops(t *testing.T) {
	s := newStage(t, sse.Options{Drain: 600 * time.Millisecond})
	const n = 40
	ended := make(chan time.Time, n)
	for range n {
		sc := blocks(s.dial())
		require.True(t, sc.Scan())
		go func() {
			last := ""
			for sc.Scan() {
				last = sc.Text()
			}
			assert.Contains(t, last, `"reason":"shutdown"`)
			assert.Contains(t, last, "retry: ")
			ended <- time.Now()
		}()
	}
	s.stopping.Store(true)
	s.hub.Close()
	first := <-ended
	last := first
	for range n - 1 {
		last = <-ended
	}
	t.Logf("%d streams ended over %v", n, last.Sub(first))
	assert.Positive(t, last.Sub(first))
}

func TestNothingIsLeftBehind(t *testing.T) {
	s := newStage(t, sse.Options{})
	count := func() (int, int) {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries), runtime.NumGoroutine()
	}
	fds, routines := count()
	for range 5 {
		var conns []net.Conn
		for range 100 {
			conns = append(conns, s.dial())
		}
		s.waitFor("all are there", func() bool { return s.viewers() == 100 })
		_, now := count()
		assert.Less(t, now, routines+110, "one goroutine for a viewer")
		for n := range 10 {
			s.publish(n)
		}
		for _, c := range conns {
			_ = c.Close()
		}
		s.waitFor("all have left", func() bool { return s.viewers() == 0 })
	}
	s.waitFor("descriptors return to the start", func() bool { now, _ := count(); return now <= fds })
	s.waitFor("all sources are closed", func() bool { return s.left.Load() == 500 })
}
