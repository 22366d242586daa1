package routeros_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// Where the session ends, what waited for its turn is told apart from what the
// router may have done.
func TestAnErrorSaysWhetherTheCommandWasSent(t *testing.T) {
	for name, end := range map[string]func(p *peer, s *routeros.Session){
		"closed by the router": func(p *peer, _ *routeros.Session) { p.hangsUp() },
		"fatal":                func(p *peer, _ *routeros.Session) { p.says("!fatal", "going down") },
		"garbage":              func(p *peer, _ *routeros.Session) { p.sends([]byte{0xF8}) },
		"closed on this side":  func(_ *peer, s *routeros.Session) { _ = s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{MaxInFlight: 1}, func(t *testing.T, s *routeros.Session, p *peer) {
				sent, stream := start(t, s, "/a/set"), startAs(t, s, routeros.Streaming, "/b/listen")
				queued := []*routeros.Call{start(t, s, "/c/set"), startAs(t, s, routeros.Background, "/d/print")}
				p.hears("/a/set", ".tag=1")
				p.hears("/b/listen", ".tag=2")
				end(p, s)
				<-s.Done()
				for _, c := range []*routeros.Call{sent, stream} {
					_, err := c.Wait()
					require.Equal(t, s.Err(), err)
					assert.False(t, routeros.SafeToRetry(err))
				}
				for _, c := range queued {
					_, err := c.Wait()
					assertNotSent(t, err, s.Err())
				}
				_, err := s.Start(t.Context(), "/e/set")
				assertNotSent(t, err, s.Err())
			})
		})
	}
}

func assertNotSent(t *testing.T, err, cause error) {
	t.Helper()
	assert.True(t, routeros.SafeToRetry(err), "%v", err)
	assert.Same(t, cause, asType[*routeros.NotSentError](t, err).Err)
	assert.EqualError(t, err, "not sent: "+cause.Error())
}

// closing is a connection that takes what closing says, and then nothing.
type closing struct {
	net.Conn
	takes chan int // how many bytes of a write; all of it without an element
}

func (c closing) Write(b []byte) (int, error) {
	select {
	case n := <-c.takes:
		n, _ = c.Conn.Write(b[:min(n, len(b))])
		return n, syscall.ECONNRESET
	default:
		return c.Conn.Write(b)
	}
}

// Where a write fails, what the connection took of it decides which commands may have been
// executed.
func TestACommandThatTheConnectionDidNotTakeWasNotSent(t *testing.T) {
	for name, tt := range map[string]struct {
		taken int
		sent  bool
	}{"nothing": {0, false}, "a part": {3, true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, conn := pipe(t)
				takes := make(chan int, 1)
				login := dial(t.Context(), closing{conn, takes}, api, routeros.Options{})
				p.admits()
				a := <-login
				require.NoError(t, a.err)
				before := start(t, a.session, "/system/reboot")
				p.hears("/system/reboot", ".tag=1")
				synctest.Wait() // the writer has ended
				takes <- tt.taken
				go func() { _, _ = io.Copy(io.Discard, p.conn) }() // ends with the session
				_, err := start(t, a.session, "/a/set").Wait()
				assert.Equal(t, !tt.sent, routeros.SafeToRetry(err), "%v", err)
				_, err = before.Wait()
				assert.False(t, routeros.SafeToRetry(err), "%v", err)
				assert.Equal(t, "write", asType[*routeros.LinkError](t, err).Step)
				require.NoError(t, a.session.Close())
			})
		})
	}
}

// A command that left its queue has not left this machine while an earlier write
// is stuck.
func TestACommandBehindAStuckWriteWasNotSent(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		first := start(t, s, "/a/set", "=name=x")
		_, err := io.ReadFull(p.conn, make([]byte, 3))
		require.NoError(t, err)
		synctest.Wait() // the writer is stuck inside the first command
		second, third := start(t, s, "/b/set"), startAs(t, s, routeros.Streaming, "/c/listen")
		s.Fail(errGaveUp)
		_, err = first.Wait()
		assert.Same(t, errGaveUp, err)
		for _, c := range []*routeros.Call{second, third} {
			_, err = c.Wait()
			assertNotSent(t, err, errGaveUp)
		}
	})
}

// A session that ends at any moment, also while the socket has taken a part of
// what was to be written: what is said not to have been sent never arrives.
func TestWhatWasNotSentNeverArrives(t *testing.T) {
	large := "=text=" + strings.Repeat("x", 1<<20) // fills the socket now and then
	for range 20 {
		var arrived sync.Map
		over := make(chan struct{})
		s := dialTCP(t, serve(t, func(conn net.Conn) {
			defer close(over)
			r := proto.NewReader(conn, proto.Limits{})
			_, _ = r.Next()
			_, _ = conn.Write(wire("!done"))
			for {
				command, err := r.Next()
				if err != nil {
					return
				}
				arrived.Store(string(command.Name()), true)
			}
		}), routeros.Options{MaxInFlight: 1 << 10})
		var callers sync.WaitGroup
		failed := make([]error, 200)
		for i := range failed {
			callers.Go(func() {
				words := []string{fmt.Sprintf("/%d/set", i)}
				if i%40 == 0 {
					words = append(words, large)
				}
				_, failed[i] = s.Run(t.Context(), words...)
			})
		}
		time.Sleep(rand.N(5 * time.Millisecond))
		s.Fail(errGaveUp)
		callers.Wait()
		<-over
		for i, err := range failed {
			if _, came := arrived.Load(fmt.Sprintf("/%d/set", i)); came {
				assert.False(t, routeros.SafeToRetry(err), "command %d arrived", i)
			}
		}
	}
}

func TestCommandsThatWereNeverAccepted(t *testing.T) {
	inSession(t, routeros.Options{MaxInFlight: 1, MaxQueue: 1}, func(t *testing.T, s *routeros.Session, p *peer) {
		over, end := context.WithCancelCause(t.Context())
		end(errGaveUp)
		_, err := s.Start(over, "/a/set")
		assertNotSent(t, err, errGaveUp)
		_, err = s.Start(t.Context(), "a")
		assert.True(t, routeros.SafeToRetry(err))

		ctx, leave := context.WithCancelCause(t.Context())
		sent, queued := startIn(ctx, t, s, "/a/set"), startIn(ctx, t, s, "/b/set")
		_, err = s.Start(t.Context(), "/c/set")
		require.ErrorIs(t, err, routeros.ErrBusy)
		assert.True(t, routeros.SafeToRetry(err))

		p.hears("/a/set", ".tag=1")
		leave(errGaveUp)
		_, err = queued.Wait()
		assertNotSent(t, err, errGaveUp)
		_, err = sent.Wait()
		assert.Same(t, errGaveUp, err, "the router may have done it")
		p.hears("/cancel", "=tag=1", ".tag=c1")
		p.hearsNothing()
	})
}

func TestErrorsThatSayNothingOfTheKind(t *testing.T) {
	for _, err := range []error{nil, io.EOF, &routeros.TrapError{Traps: []routeros.Trap{{}}}, &routeros.LinkError{Step: "read", Err: net.ErrClosed}} {
		assert.False(t, routeros.SafeToRetry(err), "%v", err)
	}
	assert.True(t, routeros.SafeToRetry(errors.Join(io.EOF, &routeros.NotSentError{Err: io.EOF})))
}
