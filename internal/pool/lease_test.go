package pool_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// A lease is there before the link is up, and stays where it does not come up.
func TestALeaseOnARouterThatIsDown(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MaxBackoff: 10 * time.Second}, func(t *testing.T, n *network, p *pool.Pool) {
		n.refuse, n.delay = errUnplugged, 10*time.Second
		var log journal
		began := time.Now()
		lease, err := p.Lease("", admin, log.note)
		require.NoError(t, err)
		assert.Zero(t, time.Since(began), "it does not wait")
		assert.False(t, lease.Reused())
		assert.Equal(t, pool.Connecting, lease.Status().State)
		require.NoError(t, lease.Status().Err)
		assert.Equal(t, 1, lease.Leases())

		w := ask(t.Context(), lease.Link)
		err = lease.Wait(t.Context())
		assert.Equal(t, &routeros.LinkError{Step: "dial", Err: errUnplugged}, err, "the bare cause of the attempt")
		assert.Equal(t, 10*time.Second, time.Since(began))
		<-w.done
		assert.Equal(t, 10*time.Second, w.took, "callers wait for the first attempt, too")
		assert.ErrorIs(t, w.err, errUnplugged)

		time.Sleep(time.Hour)
		assert.Greater(t, len(n.dialed()), 100, "it is tried again and again")
		assert.NotContains(t, log.states(), "up")
		n.set(func(n *network) { n.refuse, n.delay = nil, 0 })
		time.Sleep(time.Minute)
		works(t, lease.Link)
		assert.Equal(t, "up", log.states()[len(log.states())-1])
		require.NoError(t, lease.Wait(t.Context()))
		assert.True(t, lease.Release())
	})
}

func TestALeaseThatIsReleasedBeforeTheLinkIsUp(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		n.delay = time.Hour
		lease, err := p.Lease("", admin, nil)
		require.NoError(t, err)
		synctest.Wait()
		assert.True(t, lease.Release())
		synctest.Wait()
		assert.Equal(t, pool.Closed, lease.Status().State)
		require.ErrorIs(t, lease.Wait(t.Context()), pool.ErrReleased)
		p.Close()
		_, err = p.Lease("", admin, nil)
		require.ErrorIs(t, err, pool.ErrPoolClosed)
	})
}

// Who leaves keeps the lease; who waits again is told of the next attempt.
func TestWaitingForALeaseEndsWithItsContext(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		n.delay = time.Minute
		lease, err := p.Lease("", admin, nil)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err = lease.Wait(ctx)
		down, ok := errors.AsType[*pool.DownError](err)
		require.True(t, ok)
		assert.True(t, down.Timeout())
		assert.EqualError(t, err, "context deadline exceeded while waiting for the router")
		require.NoError(t, lease.Wait(t.Context()))
		works(t, lease.Link)
	})
}

// A start with many routers that are known: all of them are there at once, and
// no more are dialed at the same time than may be: one place is kept for links that were
// up, one for other owners.
func TestManyLeasesAtOnce(t *testing.T) {
	in(t, sim.Options{MaxSessions: 100}, pool.Options{MaxDials: 10}, func(t *testing.T, n *network, p *pool.Pool) {
		n.delay = time.Second
		began := time.Now()
		var leases []*pool.Lease
		for i := range 100 {
			key := admin
			key.Addr = fmt.Sprint("r", i)
			lease, err := p.Lease("", key, nil)
			require.NoError(t, err)
			leases = append(leases, lease)
		}
		assert.Equal(t, map[pool.State]int{pool.Connecting: 100}, p.Summary().States)
		for _, lease := range leases {
			require.NoError(t, lease.Wait(t.Context()))
		}
		assert.InDelta(t, 13*time.Second, time.Since(began), float64(time.Second))
		assert.Equal(t, 100, n.device.Stats().Logins)
	})
}

// A link that is up costs one goroutine, the session's reader, whether it has
// just been dialed or redialed.
func TestALinkThatIsUpHasNoGoroutineOfItsOwn(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		for i := range 2 {
			synctest.Wait()
			all := make([]byte, 1<<20)
			stacks := string(all[:runtime.Stack(all, true)])
			assert.NotContains(t, stacks, "pool.(*Link)")
			assert.Equal(t, 1, strings.Count(stacks, "routeros.(*Session).read("))

			n.device.DropSessions()
			time.Sleep(time.Minute)
			require.Equal(t, i+2, lease.Status().Logins)
		}
	})
}
