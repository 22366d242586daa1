package pool_test

import (
	"context"
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

// counter is a budget that counts, and refuses an owner more than limit.
type counter struct {
	limit int

	mu    sync.Mutex
	taken map[string]int // guarded by mu
}

func (c *counter) Take(owner string, bytes int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limit > 0 && c.taken[owner]+bytes > c.limit {
		return false
	}
	c.taken[owner] += bytes
	return true
}

func (c *counter) Give(owner string, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken[owner] -= bytes
}

func (c *counter) of(owner string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken[owner]
}

// What a reply holds is counted once, while anybody has it, and given back exactly,
// however its command ends.
func TestRepliesAreCountedUntilTheyAreReleased(t *testing.T) {
	table := func(ctx context.Context, l runner, owner string) (*routeros.Reply, error) {
		return l.Run(ctx, routeros.Command{Words: []string{"/ppp/active/print"}, Owner: owner})
	}
	for name, test := range map[string]struct {
		limit int
		do    func(t *testing.T, n *network, l *pool.Lease, c *counter)
	}{
		"one reader": {0, func(t *testing.T, _ *network, l *pool.Lease, c *counter) {
			reply, err := table(t.Context(), l, "a")
			require.NoError(t, err)
			assert.GreaterOrEqual(t, c.of("a"), len(reply.Rows))
			assert.Less(t, c.of("a"), 2*len(reply.Rows))
			reply.Release()
		}},
		"many readers": {0, func(t *testing.T, n *network, l *pool.Lease, c *counter) {
			n.device.Inject(sim.Fault{Kind: sim.Slow, Path: "/ppp/active/print", Delay: time.Second})
			replies := make(chan *routeros.Reply, 10)
			for range cap(replies) {
				go func() {
					reply, err := table(t.Context(), l, "a")
					assert.NoError(t, err)
					replies <- reply
				}()
			}
			for range cap(replies) {
				reply := <-replies
				assert.Positive(t, c.of("a"))
				assert.Less(t, c.of("a"), 2*len(reply.Rows), "once")
				reply.Release()
			}
		}},
		"readers that leave": {0, func(t *testing.T, n *network, l *pool.Lease, _ *counter) {
			n.device.Inject(sim.Fault{Kind: sim.Slow, Path: "/ppp/active/print", Delay: time.Second})
			var readers sync.WaitGroup
			for i := range 20 { // some leave when the reply comes
				ctx, cancel := context.WithTimeout(t.Context(), time.Second+time.Duration(i-10)*time.Microsecond)
				defer cancel()
				readers.Go(func() {
					reply, _ := table(ctx, l, "a")
					reply.Release()
				})
			}
			readers.Wait()
		}},
		"a session that ends": {0, func(t *testing.T, n *network, l *pool.Lease, _ *counter) {
			n.device.Inject(sim.Fault{Kind: sim.CloseInRow, Path: "/ppp/active/print"})
			reply, err := table(t.Context(), l, "a")
			require.Error(t, err)
			reply.Release()
		}},
		"no room": {10 << 10, func(t *testing.T, _ *network, l *pool.Lease, _ *counter) {
			_, err := table(t.Context(), l, "a")
			require.ErrorIs(t, err, routeros.ErrNoMemory)
		}},
		"a stream": {0, func(t *testing.T, _ *network, l *pool.Lease, c *counter) {
			s, err := l.Stream(t.Context(), routeros.Command{Words: []string{"/ppp/active/print"}, Owner: "a", Limit: 1 << 20})
			require.NoError(t, err)
			synctest.Wait()
			rows, _, err := s.Next(nil)
			require.NoError(t, err)
			assert.GreaterOrEqual(t, c.of("a"), len(rows))
			for err == nil {
				rows, _, err = s.Next(rows)
			}
			s.Cancel(nil)
		}},
		"a stream that is not read": {0, func(t *testing.T, _ *network, l *pool.Lease, c *counter) {
			s, err := l.Stream(t.Context(), routeros.Command{Words: []string{"/ppp/active/print"}, Owner: "a", Limit: 1 << 20})
			require.NoError(t, err)
			synctest.Wait()
			assert.Positive(t, c.of("a"))
			s.Cancel(context.Canceled)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{PPPUsers: 500}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
				c := &counter{limit: test.limit, taken: make(map[string]int)}
				n.budget = c
				lease := acquire(t, p, admin)
				test.do(t, n, lease, c)
				synctest.Wait()
				assert.Zero(t, c.of("a"))
			})
		})
	}
}
