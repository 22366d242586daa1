package pool_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/sim"
)

// crowd is how many links the tests of drawn waits look at: enough for a draw
// to fall into each half of its range in every run.
const crowd = 64

// gaps are the waits between one attempt and the next.
func gaps(dials []time.Time) []time.Duration {
	var list []time.Duration
	for i := 1; i < len(dials); i++ {
		list = append(list, dials[i].Sub(dials[i-1]))
	}
	return list
}

// forCrowd loses the sessions of many routers that stay unreachable, and returns
// the waits of each of them in the time given.
func forCrowd(t *testing.T, before, during time.Duration) [][]time.Duration {
	t.Helper()
	var all [][]time.Duration
	for range crowd {
		in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
			acquire(t, p, admin)
			time.Sleep(before)
			n.set(func(n *network) { n.refuse, n.dials = errUnplugged, []time.Time{time.Now()} })
			n.device.DropSessions()
			time.Sleep(during)
			all = append(all, gaps(n.dialed()))
		})
	}
	return all
}

// Each wait is drawn evenly between nothing and a bound that doubles from 500 ms
// to 60 s.
func TestLostSessionsAreRedialedWithGrowingFullJitter(t *testing.T) {
	all := forCrowd(t, time.Minute, 20*time.Minute)
	bound := 500 * time.Millisecond
	for k := range 12 {
		var shortest, longest time.Duration = bound, 0
		for _, waits := range all {
			require.Greater(t, len(waits), k)
			shortest, longest = min(shortest, waits[k]), max(longest, waits[k])
		}
		assert.Less(t, longest, bound, "wait %d", k)
		assert.Greater(t, longest, bound/2, "wait %d", k)
		assert.Less(t, shortest, bound/2, "wait %d", k)
		bound = min(2*bound, time.Minute)
	}
}

func TestTheWaitBeginsAnewAfterASessionThatLived(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		for range 20 { // power cuts of an hour each
			n.set(func(n *network) { n.refuse = errUnplugged })
			n.device.DropSessions()
			time.Sleep(time.Hour)
			n.set(func(n *network) { n.refuse = nil })
			time.Sleep(time.Minute) // the longest wait
			require.Equal(t, pool.Up, lease.Status().State)
			time.Sleep(2 * time.Minute)

			lost := time.Now()
			n.device.DropSessions()
			synctest.Wait()
			for lease.Status().State != pool.Up {
				time.Sleep(10 * time.Millisecond)
			}
			assert.LessOrEqual(t, time.Since(lost), 510*time.Millisecond)
		}
	})
}

// A router that lets in and throws out at once is no better than one that does
// not let in.
func TestTheWaitGrowsWhereSessionsDoNotLive(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		_, err := p.Acquire(t.Context(), "", admin, func(s pool.Status) {
			if s.State == pool.Up {
				time.AfterFunc(100*time.Millisecond, n.device.DropSessions)
			}
		})
		require.NoError(t, err)
		time.Sleep(time.Minute)
		early := len(n.dialed())
		assert.Greater(t, early, 4)
		time.Sleep(20 * time.Minute)
		late := len(n.dialed()) - early
		assert.Greater(t, late, 20, "one in half a minute on average")
		assert.Less(t, late, 100)
	})
}

func TestAReturningRouterProvesItselfFirst(t *testing.T) {
	in(t, sim.Options{}, pool.Options{Patience: 10 * time.Second}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		drop := func() {
			time.Sleep(20 * time.Second) // it lived: the first wait is a short one
			n.device.DropSessions()
		}
		time.Sleep(20 * time.Second)
		assert.Zero(t, n.ran(probe), "a person waits for the first login; the answer is proof")

		n.device.Inject(sim.Fault{Kind: sim.Slow, Path: probe, Delay: 3 * time.Second, Count: 1})
		drop()
		time.Sleep(time.Second)
		require.Equal(t, 2, n.device.Stats().Logins)
		_, err := run(t.Context(), lease, "/system/resource/print")
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(n.dialed()[1]), 3*time.Second, "nobody is let in before")
		assert.Equal(t, 1, n.ran(probe))

		n.device.Inject(sim.Fault{Kind: sim.Trap, Path: probe, Text: "not enough permissions (9)", Count: 1})
		drop()
		time.Sleep(time.Second)
		assert.Equal(t, pool.Up, lease.Status().State, "a refusal is an answer")

		n.device.Inject(sim.Fault{Kind: sim.Deaf})
		drop()
		time.Sleep(6 * time.Second) // the first wait and the probe
		assert.Equal(t, 3, lease.Status().Logins, "a login that leads to nothing is none")
		assert.ErrorContains(t, lease.Status().Err, "no sign of life for 5s")
		n.device.Clear()
		time.Sleep(time.Minute)
		works(t, lease.Link)
	})
}
