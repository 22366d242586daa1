package pool_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// What waited for its turn when the session was lost goes to the next session,
// once; what the router may have done is not repeated.
func TestCommandsInTheQueueMoveToTheNextSession(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.device.Inject(sim.Fault{Kind: sim.Slow, Delay: time.Hour, Path: "/ping", Count: 3})
		var sent, queued sync.WaitGroup
		for range 3 {
			sent.Go(func() {
				_, err := run(t.Context(), lease, "/ping", "=address=192.0.2.1", "=count=1")
				assert.IsType(t, &routeros.LinkError{}, err)
				assert.False(t, routeros.SafeToRetry(err))
			})
		}
		synctest.Wait()
		queued.Go(func() {
			reply, err := run(t.Context(), lease, add...)
			if assert.NoError(t, err) {
				_, ok := reply.Ret()
				assert.True(t, ok)
			}
		})
		synctest.Wait() // reads are shared from here on
		for range 2 {
			queued.Go(func() {
				reply, err := run(t.Context(), lease, "/ip/address/print")
				if assert.NoError(t, err) {
					assert.NotZero(t, reply.Len)
				}
			})
		}
		synctest.Wait()
		assert.Equal(t, 2, lease.Load().Queued, "the two reads share one command")
		n.device.DropSessions()
		sent.Wait()
		queued.Wait()
		assert.Equal(t, 1, n.ran(add[0]))
		assert.Equal(t, 1, n.ran("/ip/address/print"))
		assert.Equal(t, 3, n.ran("/ping"))
	})
}

// Where there is no next session, the answer says that nothing was sent.
func TestAQueuedCommandWithoutANextSession(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MinBackoff: time.Hour, MaxBackoff: time.Hour}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.device.Inject(sim.Fault{Kind: sim.Slow, Delay: time.Hour, Path: "/ping"})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { _, _ = run(t.Context(), lease, "/ping", "=address=192.0.2.1", "=count=1") })
		}
		synctest.Wait()
		wg.Go(func() {
			_, err := run(t.Context(), lease, add...)
			_, down := errors.AsType[*pool.DownError](err)
			assert.True(t, down, "%v", err)
			assert.True(t, routeros.SafeToRetry(err))
		})
		synctest.Wait()
		n.set(func(n *network) { n.refuse = errUnplugged })
		n.device.DropSessions()
		wg.Wait()
		assert.Zero(t, n.ran(add[0]))
	})
}

// stuck returns with the session's writer inside a command that the router does
// not read: what is sent from then on stays on this side.
func stuck(t *testing.T, n *network, link *pool.Link) (wait func()) {
	t.Helper()
	n.device.Inject(sim.Fault{Kind: sim.StopReading})
	var wg sync.WaitGroup
	for range 2 { // the first one is what makes the router stop
		wg.Go(func() {
			_, err := run(t.Context(), link, "/system/identity/set", "=name=x")
			assert.ErrorIs(t, err, errUnplugged)
			assert.False(t, routeros.SafeToRetry(err))
		})
		synctest.Wait()
	}
	return wg.Wait
}

func TestAStreamThatWasNotSentMovesToTheNextSession(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		wait := stuck(t, n, lease.Link)
		following, err := stream(t.Context(), lease, "/ppp/active/listen")
		require.NoError(t, err)
		defer following.Cancel(nil)
		synctest.Wait()
		n.last().Fail(errUnplugged)
		n.device.Clear()
		time.AfterFunc(time.Minute, func() { n.device.AddPPP("anna") })
		_, rows, err := following.Next(nil)
		require.NoError(t, err)
		assert.Equal(t, 1, rows)
		wait()
		assert.Equal(t, 1, n.ran("/ppp/active/listen"))
	})
}

// A stream that nobody wants any more is not sent after all.
func TestACancelledStreamDoesNotMove(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		wait := stuck(t, n, lease.Link)
		following, err := stream(t.Context(), lease, "/ppp/active/listen")
		require.NoError(t, err)
		following.Cancel(io.ErrClosedPipe)
		n.last().Fail(errUnplugged)
		n.device.Clear()
		_, _, err = following.Next(nil)
		require.Error(t, err)
		wait()
		time.Sleep(time.Minute)
		works(t, lease.Link)
		assert.Zero(t, n.ran("/ppp/active/listen"))
	})
}

func TestAStreamThatWasSentIsNotRepeated(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		following, err := stream(t.Context(), lease, "/ppp/active/listen")
		require.NoError(t, err)
		synctest.Wait()
		n.device.DropSessions()
		_, _, err = following.Next(nil)
		assert.IsType(t, &routeros.LinkError{}, err)
		time.Sleep(time.Minute)
		assert.Equal(t, 1, n.ran("/ppp/active/listen"))
	})
}

// A caller that leaves while its command moves gets its own reason.
func TestLeavingWhileACommandMoves(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MinBackoff: time.Nanosecond}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.set(func(n *network) { n.delay = time.Hour })
		n.last().Fail(errUnplugged)
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		for _, words := range [][]string{add, {"/ip/address/print"}} {
			_, err := run(ctx, lease, words...)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.True(t, routeros.SafeToRetry(err))
		}
	})
}
