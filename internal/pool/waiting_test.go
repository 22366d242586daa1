package pool_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/sim"
)

// waiting is a caller that asked for a session in the background.
type waiting struct {
	began time.Time
	took  time.Duration
	err   error
	done  chan struct{}
}

func ask(ctx context.Context, link *pool.Link) *waiting {
	w := &waiting{began: time.Now(), done: make(chan struct{})}
	go func() { // ends with the attempt, which is bounded
		defer close(w.done)
		_, w.err = link.Session(ctx)
		w.took = time.Since(w.began)
	}()
	return w
}

func TestCallersDuringAnAttemptWaitForItsOutcome(t *testing.T) {
	for name, refuse := range map[string]error{"it succeeds": nil, "it fails": errUnplugged} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{}, pool.Options{MinBackoff: time.Nanosecond, Patience: time.Minute}, func(t *testing.T, n *network, p *pool.Pool) {
				lease := acquire(t, p, admin)
				n.set(func(n *network) { n.delay, n.refuse = 10*time.Second, refuse })
				n.device.DropSessions()
				time.Sleep(4 * time.Second)
				require.Equal(t, pool.Connecting, lease.Status().State)
				var callers []*waiting
				for range 10 {
					callers = append(callers, ask(t.Context(), lease.Link))
				}
				for _, w := range callers {
					<-w.done
					assert.ErrorIs(t, w.err, refuse)
					assert.InDelta(t, 6*time.Second, w.took, float64(time.Millisecond))
				}
			})
		})
	}
}

// Nobody waits longer for a router that is known to be down than for one whose
// next attempt is near, however long the attempt takes.
func TestCallersDuringALongAttemptWaitNoLongerThanPatience(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MinBackoff: time.Nanosecond}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.set(func(n *network) { n.delay = time.Minute })
		n.last().Fail(errUnplugged)
		time.Sleep(4 * time.Second)
		require.Equal(t, pool.Connecting, lease.Status().State)
		w := ask(t.Context(), lease.Link)
		<-w.done
		assert.Equal(t, 2*time.Second, w.took)
		assert.Equal(t, &pool.DownError{Cause: errUnplugged}, w.err)
	})
}

// A router that is known to be down stays so while its next attempt waits for
// others to end.
func TestWaitingForATurnToDialIsNotConnecting(t *testing.T) {
	opts := pool.Options{MinBackoff: time.Nanosecond, MaxDials: 1}
	in(t, sim.Options{}, opts, func(t *testing.T, n *network, p *pool.Pool) {
		var log journal
		lease, err := p.Acquire(t.Context(), "", admin, log.note)
		require.NoError(t, err)
		n.set(func(n *network) { n.delay = time.Minute })
		slow := admin
		slow.Addr = "slow"
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := p.Acquire(t.Context(), "", slow, nil)
			assert.NoError(t, err)
		})
		synctest.Wait() // the only place is taken
		n.set(func(n *network) { n.delay = 0 })
		n.last().Fail(errUnplugged)
		time.Sleep(time.Second)

		status := lease.Status()
		assert.Equal(t, pool.Down, status.State)
		assert.WithinRange(t, status.NextAttempt, status.Since, time.Now())
		w := ask(t.Context(), lease.Link)
		<-w.done
		assert.Equal(t, 2*time.Second, w.took)
		assert.ErrorIs(t, w.err, errUnplugged)
		assert.Len(t, n.dialed(), 2, "it has not been its turn")

		wg.Wait() // the place is free
		time.Sleep(time.Second)
		works(t, lease.Link)
		assert.Equal(t, []string{"down", "connecting", "up"}, log.states()[len(log.states())-3:])
	})
}

// Somebody asks for the connection while the next attempt waits for its turn:
// that attempt is the answer, no second one follows at once.
func TestAskingForAnAttemptThatIsDueMakesOneAttempt(t *testing.T) {
	opts := pool.Options{MinBackoff: time.Hour, MaxBackoff: time.Hour, MaxDials: 1}
	in(t, sim.Options{}, opts, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.set(func(n *network) { n.delay = 2 * time.Hour })
		slow := admin
		slow.Addr = "slow"
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := p.Acquire(t.Context(), "", slow, nil)
			assert.NoError(t, err)
		})
		synctest.Wait() // the only place is taken
		n.set(func(n *network) { n.delay, n.refuse = 0, errUnplugged })
		n.last().Fail(errUnplugged)
		time.Sleep(time.Hour + time.Minute)
		require.Equal(t, pool.Down, lease.Status().State)
		for range 3 {
			wg.Go(func() {
				_, err := p.Acquire(t.Context(), "", admin, nil)
				assert.ErrorIs(t, err, errUnplugged)
			})
		}
		wg.Wait()
		synctest.Wait()
		assert.Len(t, n.dialed(), 3, "the first one, the slow one, and the one that failed")
	})
}

func TestATurnToDialIsGivenUp(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MaxDials: 1}, func(t *testing.T, n *network, p *pool.Pool) {
		n.delay = time.Minute
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := p.Acquire(t.Context(), "", admin, nil)
			assert.NoError(t, err)
		})
		synctest.Wait()
		other := admin
		other.Addr = "other"
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := p.Acquire(ctx, "", other, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		wg.Wait()
		assert.Len(t, n.dialed(), 1)
		works(t, acquire(t, p, other).Link)
	})
}

func TestCallersBetweenAttempts(t *testing.T) {
	for name, tc := range map[string]struct {
		patience time.Duration
		wait     bool
	}{
		"the next attempt is far away": {time.Nanosecond, false},
		"it is near":                   {time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			opts := pool.Options{MinBackoff: time.Hour, MaxBackoff: time.Hour, Patience: tc.patience}
			in(t, sim.Options{}, opts, func(t *testing.T, n *network, p *pool.Pool) {
				lease := acquire(t, p, admin)
				n.last().Fail(errUnplugged)
				synctest.Wait()
				status := lease.Status()
				require.Equal(t, pool.Down, status.State)
				w := ask(t.Context(), lease.Link)
				<-w.done
				if tc.wait {
					assert.NoError(t, w.err)
					assert.InDelta(t, status.NextAttempt.Sub(w.began), w.took, float64(time.Second))
					return
				}
				assert.Zero(t, w.took)
				assert.Equal(t, &pool.DownError{Cause: errUnplugged, NextAttempt: status.NextAttempt}, w.err)
			})
		})
	}
}

func TestACallerThatWaitsEndsWithItsContext(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MinBackoff: time.Nanosecond}, func(t *testing.T, n *network, p *pool.Pool) {
		lease := acquire(t, p, admin)
		n.set(func(n *network) { n.delay = time.Minute })
		n.last().Fail(fmt.Errorf("pulled: %w", errUnplugged))
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w := ask(ctx, lease.Link)
		<-w.done
		assert.Equal(t, time.Second, w.took)
		assert.ErrorIs(t, w.err, context.DeadlineExceeded)
		assert.ErrorIs(t, w.err, errUnplugged, "with what it waited for")
		down, ok := errors.AsType[*pool.DownError](w.err)
		require.True(t, ok)
		assert.True(t, down.Timeout(), "the caller's time ran out")
		assert.EqualError(t, down, "context deadline exceeded while waiting for the router (pulled: no route to host)")
	})
}
