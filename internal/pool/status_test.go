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

func TestWatchersAreToldInOrder(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		var first, second journal
		one, err := p.Acquire(t.Context(), "", admin, first.note)
		require.NoError(t, err)
		synctest.Wait() // the word of the first "up" is out
		two, err := p.Acquire(t.Context(), "", admin, second.note)
		require.NoError(t, err)
		want := []string{"up"}
		for range 5 {
			n.device.DropSessions()
			time.Sleep(3 * time.Minute)
			want = append(want, "down", "connecting", "up")
		}
		assert.Equal(t, want, first.states()[len(first.states())-len(want):])
		assert.Equal(t, want[1:], second.states(), "every change from Acquire on")
		for _, s := range second.list {
			assert.Equal(t, s.State == pool.Up, s.Err == nil, "the reason is there from loss to return")
			assert.Equal(t, s.State == pool.Down, !s.NextAttempt.IsZero())
		}
		assert.Equal(t, 6, one.Status().Logins)

		one.Release()
		heard := len(first.states())
		n.device.DropSessions()
		time.Sleep(3 * time.Minute)
		assert.Len(t, first.states(), heard, "who has released is told nothing more")
		two.Release()
		synctest.Wait()
		assert.Equal(t, "up", second.states()[len(second.states())-1])
	})
}

func TestSinceIsWhenTheStateBegan(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		up := time.Now()
		time.Sleep(time.Hour)
		assert.Equal(t, up, lease.Status().Since)
		n.set(func(n *network) { n.refuse = errUnplugged })
		lost := time.Now()
		n.device.DropSessions()
		time.Sleep(time.Hour)
		assert.Equal(t, lost, lease.Status().Since, "not when it was tried last")
		assert.Greater(t, lease.Status().Failures, 50)
		n.set(func(n *network) { n.refuse = nil })
		time.Sleep(2 * time.Minute)
		status := lease.Status()
		assert.Equal(t, n.dialed()[len(n.dialed())-1], status.Since)
		assert.Zero(t, status.Failures)
	})
}

// What was learned in a session is told from that of another one by the number of
// logins.
func TestLoginsAreNoticed(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		number, changed := lease.Logins()
		assert.Equal(t, 1, number)
		n.device.DropSessions()
		for range 10 { // lost, an attempt, up
			<-changed
			if number, changed = lease.Logins(); number == 2 {
				return
			}
		}
		t.Error("the second login was not noticed")
	})
}

// A step of the wall clock moves no attempt and no heartbeat: every time that
// something is measured from has the monotonic reading. Inside a bubble of
// synctest no time has one, so this test runs outside.
func TestTimesAreMonotonic(t *testing.T) {
	n := &network{device: sim.New(sim.Options{User: admin.User, Password: admin.Password.Reveal()})}
	p := pool.New(n.dial, pool.Options{MinBackoff: time.Hour, MaxBackoff: time.Hour})
	defer n.device.Close()
	defer p.Close()
	down := make(chan pool.Status, 1)
	lease, err := p.Acquire(t.Context(), "", admin, func(s pool.Status) {
		if s.State == pool.Down {
			down <- s
		}
	})
	require.NoError(t, err)
	assert.Contains(t, lease.Status().Since.String(), " m=")
	n.last().Fail(errUnplugged)
	s := <-down
	assert.Contains(t, s.Since.String(), " m=")
	assert.Contains(t, s.NextAttempt.String(), " m=")
}
