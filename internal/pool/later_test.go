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

func TestALaterLease(t *testing.T) {
	dialed := func(n *network) int {
		n.mu.Lock()
		defer n.mu.Unlock()
		return len(n.dials)
	}
	for name, hurry := range map[string]func(t *testing.T, p *pool.Pool){
		"begins after its delay": nil,
		"begins with a lease without delay": func(t *testing.T, p *pool.Pool) {
			lease, err := p.Acquire(t.Context(), "test", admin, nil)
			require.NoError(t, err)
			lease.Release()
		},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
				lease, err := p.LeaseLater("test", admin, time.Minute, nil)
				require.NoError(t, err)
				time.Sleep(59 * time.Second)
				synctest.Wait()
				assert.Zero(t, dialed(n))
				assert.Equal(t, pool.Connecting, lease.Status().State)
				if hurry != nil {
					hurry(t, p)
				} else {
					time.Sleep(time.Second)
				}
				synctest.Wait()
				assert.Equal(t, 1, dialed(n))
				assert.Equal(t, pool.Up, lease.Status().State)
				again, err := p.LeaseLater("test", admin, time.Hour, nil)
				require.NoError(t, err)
				assert.True(t, again.Reused())
				assert.False(t, again.Release())
				assert.True(t, lease.Release())
			})
		})
	}
}

func TestALaterLeaseThatIsReleased(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		lease, err := p.LeaseLater("test", admin, time.Hour, nil)
		require.NoError(t, err)
		assert.True(t, lease.Release())
		synctest.Wait()
		assert.Equal(t, pool.Closed, lease.Status().State)
		assert.Empty(t, n.dials)
	})
}

// A link that is down keeps to its plan: many routers that are taken again must not be
// dialed at once.
func TestALaterLeaseOfALinkThatIsDown(t *testing.T) {
	in(t, sim.Options{}, pool.Options{MinBackoff: time.Hour, MaxBackoff: time.Hour}, func(t *testing.T, n *network, p *pool.Pool) {
		n.mu.Lock()
		n.refuse = assert.AnError
		n.mu.Unlock()
		lease, err := p.Lease("test", admin, nil)
		require.NoError(t, err)
		synctest.Wait()
		next := lease.Status().NextAttempt
		later, err := p.LeaseLater("test", admin, time.Second, nil)
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, next, lease.Status().NextAttempt)
		lease.Release()
		later.Release()
	})
}
