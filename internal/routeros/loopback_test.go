package routeros_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Tests on real sockets: what matters here is scheduling as it really happens.

// serve runs f on every connection to the address it returns. At the end of the
// test connections are closed and all f have returned.
func serve(tb testing.TB, f func(conn net.Conn)) (addr string) {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	ctx, cancel := context.WithCancel(context.Background())
	var peers sync.WaitGroup
	peers.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			peers.Go(func() {
				defer stop()
				defer func() { _ = conn.Close() }()
				f(conn)
			})
		}
	})
	tb.Cleanup(func() {
		cancel()
		_ = l.Close()
		peers.Wait()
	})
	return l.Addr().String()
}

// echo answers each command at once with one row that has the attributes of the
// command, and a login with !done. All that one read has brought is answered in
// one write. Without a tag in the command there is none in the answer.
func echo(conn net.Conn) {
	r := proto.NewReader(conn, proto.Limits{})
	var out []byte
	for {
		s, err := r.Take()
		if err != nil {
			return
		}
		if s != nil {
			out = appendEcho(out, s)
			continue
		}
		if len(out) > 0 {
			if _, err := conn.Write(out); err != nil {
				return
			}
			out = out[:0]
		}
		if r.Fill() != nil {
			return
		}
	}
}

func appendEcho(out []byte, command proto.Sentence) []byte {
	name, rest := command.Cut()
	if string(name) == "/login" {
		return append(proto.AppendWord(out, "!done"), 0)
	}
	out = append(append(proto.AppendWord(out, "!re"), rest...), 0)
	out = proto.AppendWord(out, "!done")
	for w := range rest.Words() {
		if w[0] == '.' {
			out = proto.AppendWord(out, w)
		}
	}
	return append(out, 0)
}

func dialTCP(tb testing.TB, addr string, opts routeros.Options) *routeros.Session {
	tb.Helper()
	s, err := routeros.Dial(context.Background(), addr, routeros.TLS{}, api, opts)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

// wantsEcho runs a command with a number and expects it back.
func wantsEcho(ctx context.Context, s *routeros.Session, n int) error {
	r, err := s.Run(ctx, "/x/print", "=n="+strconv.Itoa(n))
	if err != nil {
		return err
	}
	row, _ := r.Rows.Cut()
	if got, _ := row.Get("n"); r.Len != 1 || string(got) != strconv.Itoa(n) {
		return fmt.Errorf("%d rows, %q instead of %d", r.Len, got, n)
	}
	return nil
}

// An answer may be there before the write of its command has returned.
func TestFastRepliesAreNotLost(t *testing.T) {
	for name, tt := range map[string]struct {
		opts         routeros.Options
		callers, per int
	}{
		"one after the other":      {routeros.Options{}, 1, 10_000},
		"64 at a time":             {routeros.Options{MaxInFlight: 64}, 64, 200},
		"64 of which 4 have turns": {routeros.Options{}, 64, 100},
	} {
		t.Run(name, func(t *testing.T) {
			s := dialTCP(t, serve(t, echo), tt.opts)
			var callers sync.WaitGroup
			for caller := range tt.callers {
				callers.Go(func() {
					for i := range tt.per {
						if !assert.NoError(t, wantsEcho(t.Context(), s, caller*tt.per+i)) {
							return
						}
					}
				})
			}
			callers.Wait()
			assert.Zero(t, s.Load().InFlight+s.Load().Queued)
		})
	}
}

// Contexts that end at any moment take nothing from the commands of others.
func TestContextsThatEndAtAnyMoment(t *testing.T) {
	s := dialTCP(t, serve(t, echo), routeros.Options{MaxInFlight: 16})
	var callers sync.WaitGroup
	for caller := range 16 {
		callers.Go(func() {
			for i := range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				c, err := s.Start(ctx, "/x/print", "=n=0")
				if !assert.NoError(t, err) {
					cancel()
					return
				}
				if i%3 == 0 {
					callers.Go(cancel)
				}
				if _, err = c.Wait(); err != nil {
					assert.ErrorIs(t, err, context.Canceled)
				}
				cancel()
				assert.NoError(t, wantsEcho(t.Context(), s, caller*1000+i))
			}
		})
	}
	callers.Wait()
	// The echo answers /cancel too, and everything in order: after one more
	// round trip each place is free.
	require.NoError(t, wantsEcho(t.Context(), s, 1))
	assert.Zero(t, s.Load().InFlight)
}

func TestCloseAtAnyMoment(t *testing.T) {
	addr := serve(t, echo)
	for range 50 {
		s := dialTCP(t, addr, routeros.Options{})
		began := make(chan struct{}, 8)
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				for i := 0; ; i++ {
					if err := wantsEcho(t.Context(), s, i); err != nil {
						assert.ErrorIs(t, err, routeros.ErrClosed)
						return
					}
					if i == 0 {
						began <- struct{}{}
					}
				}
			})
		}
		<-began
		require.NoError(t, s.Close())
		callers.Wait()
	}
}

func TestDial(t *testing.T) {
	t.Run("nobody listens", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		_, err = routeros.Dial(t.Context(), l.Addr().String(), routeros.TLS{}, api, routeros.Options{})
		link := asType[*routeros.LinkError](t, err)
		assert.Equal(t, "dial", link.Step)
		assert.False(t, link.Timeout())
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
	})
	t.Run("given up before", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errGaveUp)
		_, err := routeros.Dial(ctx, "127.0.0.1:1", routeros.TLS{}, api, routeros.Options{})
		assert.Equal(t, "dial", asType[*routeros.LinkError](t, err).Step)
		require.ErrorIs(t, err, errGaveUp)
	})
	t.Run("refused at login", func(t *testing.T) {
		addr := serve(t, func(conn net.Conn) {
			_, _ = conn.Write(wire("!trap =message=no", "!done"))
			_, _ = io.Copy(io.Discard, conn) // returns once the client has closed
		})
		_, err := routeros.Dial(t.Context(), addr, routeros.TLS{}, api, routeros.Options{})
		assert.Equal(t, "no", asType[*routeros.LoginError](t, err).Reason)
	})
}

func TestReset(t *testing.T) {
	reset := func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) } // a close becomes a reset
	t.Run("at login", func(t *testing.T) {
		addr := serve(t, func(conn net.Conn) {
			reset(conn)
			_, _ = conn.Read(make([]byte, 1))
		})
		_, err := routeros.Dial(t.Context(), addr, routeros.TLS{}, api, routeros.Options{})
		assert.Equal(t, "login", asType[*routeros.LinkError](t, err).Step)
		require.ErrorIs(t, err, syscall.ECONNRESET)
		require.ErrorContains(t, err, "/ip service")
		assertNoPassword(t, err)
	})
	t.Run("inside a row", func(t *testing.T) {
		addr := serve(t, func(conn net.Conn) {
			reset(conn)
			r := proto.NewReader(conn, proto.Limits{})
			_, _ = r.Next()
			_, _ = conn.Write(wire("!done"))
			_, _ = r.Next()
			_, _ = conn.Write(wire("!re =a=1 .tag=1")[:9])
		})
		s := dialTCP(t, addr, routeros.Options{})
		_, err := s.Run(t.Context(), "/x/print")
		assert.Equal(t, "read", asType[*routeros.LinkError](t, err).Step)
		require.ErrorIs(t, err, syscall.ECONNRESET)
	})
}

// What a large answer took is not held until the next one.
func TestAnIdleSessionHoldsLittle(t *testing.T) {
	const sessions, rows = 40, 4000
	addr := serve(t, func(conn net.Conn) {
		r := proto.NewReader(conn, proto.Limits{})
		for {
			command, err := r.Next()
			if err != nil {
				return
			}
			var answer []byte
			if string(command.Name()) != "/login" {
				tag := " .tag=" + string(command.Tag())
				answer = append(bytes.Repeat(wire("!re =name=router"+tag), rows), wire("!done"+tag)...)
			} else {
				answer = wire("!done")
			}
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	})
	heap := func() int64 {
		var m runtime.MemStats
		for range 3 { // buffers that are shared are let go in the second one
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var open []*routeros.Session
	for range sessions {
		open = append(open, dialTCP(t, addr, routeros.Options{}))
	}
	before := heap()
	for _, s := range open {
		reply, err := s.Run(t.Context(), "/x/print")
		require.NoError(t, err)
		require.Equal(t, rows, reply.Len)
	}
	assert.Less(t, (heap()-before)/sessions, int64(8<<10), "bytes a session")
	runtime.KeepAlive(open)
}

// A step of the wall clock must not look like silence of the router, or like a
// sign of life: who compares times uses the monotonic reading where both have it.
// Inside a bubble of synctest no time has one.
func TestLastHeardIsMonotonic(t *testing.T) {
	s := dialTCP(t, serve(t, echo), routeros.Options{})
	assert.Contains(t, s.LastHeard().String(), " m=", "of the login")
	require.NoError(t, wantsEcho(t.Context(), s, 1))
	assert.Contains(t, s.LastHeard().String(), " m=", "of an answer")
}
