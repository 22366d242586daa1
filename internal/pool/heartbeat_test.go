package pool_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

const probe = "/system/identity/print"

func TestASilentRouterIsProbedOncePerHeartbeat(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		time.Sleep(59 * time.Second)
		assert.Zero(t, n.ran(probe))
		time.Sleep(10*time.Minute + 2*time.Second)
		assert.Equal(t, 11, n.ran(probe), "a minute after the last answer each")
		assert.Equal(t, pool.Up, lease.Status().State)
		assert.Zero(t, lease.Load().InFlight)

		n.device.Inject(sim.Fault{Kind: sim.Deaf})
		began := time.Now()
		for lease.Status().State == pool.Up {
			time.Sleep(100 * time.Millisecond)
		}
		assert.LessOrEqual(t, time.Since(began), 66*time.Second, "a heartbeat and the time for the answer")
		assert.EqualError(t, lease.Status().Err, "probe: no answer: no sign of life for 5s")
	})
}

// Any sentence is a sign of life, also where the probe itself is not answered:
// the router may be busy. Probes without an answer do not pile up.
func TestAnySentenceIsASignOfLife(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		stream, err := lease.Stream(t.Context(), 1<<20, "/ppp/active/listen")
		require.NoError(t, err)
		defer stream.Cancel(nil)
		n.device.Inject(sim.Fault{Kind: sim.Slow, Path: probe, Delay: 24 * time.Hour})
		for range 5 {
			time.Sleep(62 * time.Second) // of silence; the probe is out
			n.device.AddPPP("anna")
			_, _, err := stream.Next(nil)
			require.NoError(t, err)
		}
		assert.Equal(t, pool.Up, lease.Status().State)
		assert.Equal(t, 5, n.ran(probe))
		assert.Equal(t, 4, n.device.Stats().Cancels, "each probe ends the one before")
	})
}

// A router that stops answering just after it has answered a probe is noticed as
// soon as a command gets no answer.
func TestASuspicionSoonAfterAProbe(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		time.Sleep(61 * time.Second)
		require.Equal(t, 1, n.ran(probe))
		n.device.Inject(sim.Fault{Kind: sim.Deaf})
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, routeros.ErrTimeout)
		defer cancel()
		_, err := lease.Run(ctx, add...)
		require.ErrorIs(t, err, routeros.ErrTimeout)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		assert.NotEqual(t, pool.Up, lease.Status().State)
	})
}

// A heartbeat does not outlive its session: the timer that runs out after the end
// touches neither the next session nor a closed link.
func TestAHeartbeatEndsWithItsSession(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MinBackoff: time.Nanosecond}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		time.Sleep(59 * time.Second)
		n.last().Fail(errUnplugged)
		time.Sleep(time.Second)
		require.Equal(t, 2, lease.Status().Logins)
		require.Equal(t, 1, n.ran(probe), "after the redial")
		time.Sleep(58 * time.Second)
		assert.Equal(t, 1, n.ran(probe), "the next one is due a minute after that")
		lease.Release()
		time.Sleep(time.Hour)
		assert.Equal(t, 1, n.ran(probe))
	})
}
