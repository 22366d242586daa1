package routeros_test

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
)

var errGaveUp = errors.New("the viewer left")

func TestContextEndsItsCallOnly(t *testing.T) {
	const late = "!re =a=late .tag=1"
	for name, answer := range map[string][]string{
		"done of the cancel first":      {"!trap =category=2 =message=interrupted .tag=1", "!done .tag=c1", "!done .tag=1"},
		"done of the command first":     {"!trap =category=2 =message=interrupted .tag=1", "!done .tag=1", "!done .tag=c1"},
		"late rows":                     {late, late, "!trap =category=2 =message=interrupted .tag=1", late, "!done .tag=c1", late, "!done .tag=1"},
		"the command ended by itself":   {late, "!done =ret=*1 .tag=1", "!trap =message=no-such-item .tag=c1", "!done .tag=c1"},
		"no trap for the command":       {"!done .tag=c1", "!done .tag=1"},
		"cancel without an own answer":  {"!trap =category=2 =message=interrupted .tag=1", "!done .tag=1"},
		"cancel answered without a tag": {"!trap =category=2 =message=interrupted .tag=1", "!done", "!done .tag=1"},
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
				ctx, cancel := context.WithCancelCause(t.Context())
				gone, stays := startIn(ctx, t, s, "/x/listen"), start(t, s, "/y/print")
				p.hears("/x/listen", ".tag=1")
				p.hears("/y/print", ".tag=2")
				p.recites("!re =a=early .tag=1", "!re =a=1 .tag=2")

				cancel(errGaveUp)
				r, err := gone.Wait()
				require.ErrorIs(t, err, errGaveUp)
				assert.Empty(t, r.Rows, "of a call that nobody wants")
				p.hears("/cancel", "=tag=1", ".tag=c1")
				assert.Equal(t, 2, s.Load().InFlight, "until the router's last word")

				p.recites("!re =a=2 .tag=2")
				p.recites(answer...)
				synctest.Wait()
				assert.Equal(t, 1, s.Load().InFlight)
				p.recites("!re =a=3 .tag=2", "!done .tag=2")
				r, err = stays.Wait()
				require.NoError(t, err)
				assert.Equal(t, []string{"!re =a=1 .tag=2", "!re =a=2 .tag=2", "!re =a=3 .tag=2"}, lines(r.Rows))
				p.hearsNothing()

				// The tag is never given out again.
				start(t, s, "/z/print")
				p.hears("/z/print", ".tag=3")
			})
		})
	}
}

// The place of a cancelled command is free only when the router has said its
// last word: it may still be at work on it.
func TestCancelledCommandKeepsItsPlace(t *testing.T) {
	inSession(t, routeros.Options{MaxInFlight: 1}, func(t *testing.T, s *routeros.Session, p *peer) {
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := startIn(ctx, t, s, "/x/print")
		p.hears("/x/print", ".tag=1")
		next := start(t, s, "/y/print")
		cancel(errGaveUp)
		_, err := gone.Wait()
		require.ErrorIs(t, err, errGaveUp)
		p.hears("/cancel", "=tag=1", ".tag=c1")
		p.recites("!trap =category=2 =message=interrupted .tag=1", "!done .tag=c1")
		p.hearsNothing()
		assert.Equal(t, routeros.Load{InFlight: 1, MaxInFlight: 1, MaxStreams: 8, Queued: 1, MaxQueued: 256}, s.Load())

		p.recites("!done .tag=1")
		p.hears("/y/print", ".tag=2")
		p.recites("!done .tag=2")
		_, err = next.Wait()
		require.NoError(t, err)
	})
}

// A router that was deaf for a while has never heard of some commands and will
// say no last word on them: their places must not be lost with them.
func TestLostCommandGivesItsPlaceBack(t *testing.T) {
	for name, class := range map[string]routeros.Class{
		"foreground": routeros.Foreground, "background": routeros.Background, "standing": routeros.Streaming,
	} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{MaxInFlight: 1, MaxStreams: 1}, func(t *testing.T, s *routeros.Session, p *peer) {
				lost := startAs(t, s, class, "/x/print")
				p.hears("/x/print", ".tag=1")
				lost.Cancel(errGaveUp)
				p.hears("/cancel", "=tag=1", ".tag=c1")
				p.recites("!done .tag=c1")
				time.Sleep(29 * time.Second)
				p.hearsNothing()
				load := s.Load()
				assert.Equal(t, 1, load.InFlight+load.Streams, "it may still be at work")

				time.Sleep(2 * time.Second)
				next := startAs(t, s, class, "/y/print")
				p.hears("/y/print", ".tag=2")
				p.recites("!done .tag=1") // after all
				synctest.Wait()
				load = s.Load()
				assert.Equal(t, 1, load.InFlight+load.Streams, "that place is taken by another")
				p.recites("!done .tag=2")
				_, err := next.Wait()
				require.NoError(t, err)
				assert.Zero(t, s.Load().InFlight+s.Load().Streams)
			})
		})
	}
}

func TestCancelOfAWaitingCommandIsNotSent(t *testing.T) {
	for name, class := range map[string]routeros.Class{"foreground": routeros.Foreground, "background": routeros.Background} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{MaxInFlight: 1}, func(t *testing.T, s *routeros.Session, p *peer) {
				first := start(t, s, "/x/print")
				p.hears("/x/print", ".tag=1")
				gone, third := startAs(t, s, class, "/y/print"), startAs(t, s, class, "/z/print")
				gone.Cancel(errGaveUp)
				_, err := gone.Wait()
				require.ErrorIs(t, err, errGaveUp)
				p.hearsNothing()
				assert.Equal(t, 1, s.Load().Queued)

				p.recites("!done .tag=1")
				_, err = first.Wait()
				require.NoError(t, err)
				p.hears("/z/print", ".tag=3")
				p.recites("!re =a=1 .tag=2", "!done .tag=3") // a row for a tag that was never sent
				r, err := third.Wait()
				require.NoError(t, err)
				assert.Empty(t, r.Rows)
				p.hearsNothing()
				assert.Zero(t, s.Load().Queued)
			})
		})
	}
}

func TestContextThatIsOver(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errGaveUp)
		_, err := s.Start(ctx, "/x/print")
		require.ErrorIs(t, err, errGaveUp)
		_, err = s.Run(ctx, "/x/print")
		require.ErrorIs(t, err, errGaveUp)
		p.hearsNothing()
	})
}

func TestContextThatEndsAfterTheCall(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		ctx, cancel := context.WithCancelCause(t.Context())
		c := startIn(ctx, t, s, "/x/print")
		p.hears("/x/print", ".tag=1")
		p.recites("!re =a=1 .tag=1", "!done .tag=1")
		synctest.Wait()
		cancel(errGaveUp)
		c.Cancel(errGaveUp)
		p.hearsNothing()
		r, err := c.Wait()
		require.NoError(t, err, "the router was faster")
		assert.Equal(t, 1, r.Len)
	})
}

// watchedContext counts who wants to know of its end.
type watchedContext struct {
	context.Context
	done    chan struct{}
	watches atomic.Int64
}

func (c *watchedContext) Done() <-chan struct{} { return c.done }

// AfterFunc is what package context asks for instead of starting a goroutine.
func (c *watchedContext) AfterFunc(func()) (stop func() bool) {
	c.watches.Add(1)
	return func() bool { c.watches.Add(-1); return true }
}

// A context may outlive thousands of calls: none of them stays with it.
func TestCallsLetGoOfTheirContext(t *testing.T) {
	inSession(t, routeros.Options{MaxInFlight: 4}, func(t *testing.T, s *routeros.Session, p *peer) {
		ctx := &watchedContext{Context: t.Context(), done: make(chan struct{})}
		done, refused, cancelled := startIn(ctx, t, s, "/a/print"), startIn(ctx, t, s, "/b/print"), startIn(ctx, t, s, "/c/print")
		withdrawn, last := startIn(ctx, t, s, "/d/print"), startIn(ctx, t, s, "/e/print")
		require.EqualValues(t, 5, ctx.watches.Load())
		for i, path := range []string{"/a/print", "/b/print", "/c/print"} {
			p.hears(path, ".tag="+strconv.Itoa(i+1))
		}
		withdrawn.Cancel(errGaveUp)
		assert.EqualValues(t, 4, ctx.watches.Load())
		p.recites("!done .tag=1")
		_, err := done.Wait()
		require.NoError(t, err)
		assert.EqualValues(t, 3, ctx.watches.Load())
		p.hears("/e/print", ".tag=5")
		p.recites("!trap =message=no .tag=2", "!done .tag=2")
		_, err = refused.Wait()
		require.Error(t, err)
		assert.EqualValues(t, 2, ctx.watches.Load())
		cancelled.Cancel(errGaveUp)
		assert.EqualValues(t, 1, ctx.watches.Load())
		require.NoError(t, s.Close())
		_, err = last.Wait()
		require.ErrorIs(t, err, routeros.ErrClosed)
		assert.Zero(t, ctx.watches.Load())
	})
}

// Calls that are started together watch their context together, until the last of
// them has its result.
func TestCallsStartedTogether(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		ctx := &watchedContext{Context: t.Context(), done: make(chan struct{})}
		calls, err := s.StartAll(ctx, commands(routeros.Foreground, "/a/x", "/b/x", "/c/x")...)
		require.NoError(t, err)
		assert.EqualValues(t, 1, ctx.watches.Load())
		for i, path := range []string{"/a/x", "/b/x", "/c/x"} {
			p.hears(path, ".tag="+strconv.Itoa(i+1))
		}
		for i := range calls {
			assert.EqualValues(t, 1, ctx.watches.Load())
			p.recites("!done .tag=" + strconv.Itoa(i+1))
			_, err := calls[i].Wait()
			require.NoError(t, err)
		}
		assert.Zero(t, ctx.watches.Load())

		later, cancel := context.WithCancelCause(t.Context())
		calls, err = s.StartAll(later, commands(routeros.Foreground, "/a/x", "/b/x", "/c/x")...)
		require.NoError(t, err)
		for i, path := range []string{"/a/x", "/b/x", "/c/x"} {
			p.hears(path, ".tag="+strconv.Itoa(i+4))
		}
		p.recites("!done .tag=5")
		_, err = calls[1].Wait()
		require.NoError(t, err)
		cancel(errGaveUp)
		for _, i := range []int{0, 2} {
			_, err := calls[i].Wait()
			require.ErrorIs(t, err, errGaveUp)
			p.hears("/cancel", "=tag="+strconv.Itoa(i+4), ".tag=c"+strconv.Itoa(i+4))
		}
		p.hearsNothing()

		none, err := s.StartAll(ctx)
		require.NoError(t, err)
		assert.Empty(t, none)
		assert.Zero(t, ctx.watches.Load())
	})
}

func TestCancelIsSentOnce(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		ctx, cancel := context.WithCancel(t.Context())
		c := startIn(ctx, t, s, "/x/listen")
		p.hears("/x/listen", ".tag=1")
		p.recites("!re =a=1 .tag=1")
		c.Cancel(errGaveUp)
		c.Cancel(io.ErrUnexpectedEOF)
		cancel()
		p.hears("/cancel", "=tag=1", ".tag=c1")
		p.hearsNothing()
		_, n, err := c.Next(nil)
		require.ErrorIs(t, err, errGaveUp, "the first cause")
		assert.Zero(t, n)
	})
}

// A consumer may sit in Next while its call is cancelled.
func TestCancelWakesTheConsumer(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		c := start(t, s, "/x/listen")
		p.hears("/x/listen", ".tag=1")
		over := make(chan error, 1)
		go func() {
			_, _, err := c.Next(nil)
			over <- err
		}()
		synctest.Wait()
		c.Cancel(errGaveUp)
		p.hears("/cancel", "=tag=1", ".tag=c1")
		require.ErrorIs(t, <-over, errGaveUp)
	})
}

func TestACallEndsWithTheDeadlineOfItsContext(t *testing.T) {
	for name, queued := range map[string]bool{"at the router": false, "in the queue": true} {
		t.Run(name, func(t *testing.T) {
			inSession(t, routeros.Options{MaxInFlight: 1}, func(t *testing.T, s *routeros.Session, p *peer) {
				if queued {
					start(t, s, "/x/print")
					p.hears("/x/print", ".tag=1")
				}
				began := time.Now()
				done := run(within(t, 30*time.Second), s, "/y/print")
				if !queued {
					p.hears("/y/print", ".tag=1")
					p.recites("!re =a=1 .tag=1")
					p.hears("/cancel", "=tag=1", ".tag=c1")
				}
				o := <-done
				require.ErrorIs(t, o.err, routeros.ErrTimeout)
				assert.Equal(t, 30*time.Second, time.Since(began))
				assert.Equal(t, queued, routeros.SafeToRetry(o.err))
				p.hearsNothing()
				p.recites("!trap =category=2 =message=interrupted .tag=1", "!done .tag=c1", "!done .tag=1")
				works(t, s, p)
			})
		})
	}
}

// A call has no time limit of its own.
func TestStreamStaysOpen(t *testing.T) {
	inSession(t, routeros.Options{}, func(t *testing.T, s *routeros.Session, p *peer) {
		c := startAs(t, s, routeros.Streaming, "/x/listen")
		p.hears("/x/listen", ".tag=1")
		time.Sleep(24 * time.Hour)
		p.recites("!re =a=1 .tag=1")
		_, n, err := c.Next(nil)
		require.NoError(t, err)
		assert.Equal(t, 1, n)
	})
}
