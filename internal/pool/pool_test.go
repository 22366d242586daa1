package pool_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	sealed "github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
)

func TestAHundredCallersAreOneLogin(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		n.delay = time.Second
		leases := make([]*pool.Lease, 100)
		var wg sync.WaitGroup
		for i := range leases {
			wg.Go(func() {
				lease, err := p.Acquire(t.Context(), "", admin, nil)
				if assert.NoError(t, err) {
					leases[i] = lease
				}
			})
		}
		wg.Wait()
		assert.Len(t, n.dialed(), 1)
		assert.Equal(t, 1, n.device.Stats().Accepted)
		for _, lease := range leases {
			require.NotNil(t, lease)
			assert.Same(t, leases[0].Link, lease.Link)
			assert.False(t, lease.Reused(), "there was no session yet")
		}
		assert.Equal(t, 100, leases[0].Leases())

		for i, lease := range leases {
			works(t, lease.Link)
			assert.Equal(t, i == 99, lease.Release(), "the last one says so")
		}
		time.Sleep(time.Second)
		assert.Zero(t, n.device.Stats().Connections, "the last release closes the session")
	})
}

func TestASessionLivesAsLongAsItsLeases(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		one, two := acquire(t, p, admin), acquire(t, p, admin)
		assert.True(t, two.Reused())
		assert.False(t, one.Release())
		for range 3 {
			assert.False(t, one.Release(), "releasing again does nothing")
		}
		time.Sleep(time.Hour)
		works(t, two.Link)
		assert.Equal(t, 1, n.device.Stats().Sessions)

		assert.True(t, two.Release())
		assert.False(t, two.Release())
		began := time.Now()
		for n.device.Stats().Connections > 0 {
			time.Sleep(time.Millisecond)
		}
		assert.Less(t, time.Since(began), time.Second)
		_, err := run(t.Context(), two, "/system/identity/print")
		require.ErrorIs(t, err, pool.ErrReleased)
		assert.Equal(t, pool.Closed, two.Status().State)

		three := acquire(t, p, admin)
		assert.False(t, three.Reused())
		assert.NotSame(t, two.Link, three.Link)
		works(t, three.Link)
		assert.Equal(t, 2, n.device.Stats().Logins)
	})
}

func TestWhatTellsSessionsApart(t *testing.T) {
	for name, other := range map[string]func(*pool.Key){
		"address":   func(k *pool.Key) { k.Addr = "other:8728" },
		"user":      func(k *pool.Key) { k.User = "second" },
		"password":  func(k *pool.Key) { k.Password = sealed.New("second-word") },
		"code page": func(k *pool.Key) { k.CodePage = "windows-1251" },
		"TLS":       func(k *pool.Key) { k.TLS.Mode = routeros.Insecure },
	} {
		t.Run(name, func(t *testing.T) {
			users := []sim.User{{Name: "second", Password: secret, Group: "full"}}
			in(t, sim.Options{Users: users}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
				n.password = secret // whatever the key says
				key := admin
				other(&key)
				one, two := acquire(t, p, admin), acquire(t, p, key)
				assert.NotSame(t, one.Link, two.Link)
				assert.Equal(t, 2, n.device.Stats().Sessions)
				assert.True(t, one.Release())
				works(t, two.Link)
			})
		})
	}
}

func TestAFirstDialThatFailsLeavesNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(*network)
		check   func(t *testing.T, err error)
	}{
		"unreachable": {
			func(n *network) { n.refuse = errUnplugged },
			func(t *testing.T, err error) {
				assert.Equal(t, &routeros.LinkError{Step: "dial", Err: errUnplugged}, err, "the bare cause")
			},
		},
		"wrong password": {
			func(n *network) { n.password = "wrong" },
			func(t *testing.T, err error) {
				assert.IsType(t, &routeros.LoginError{}, err)
				assert.NotContains(t, err.Error(), "wrong")
			},
		},
		"nobody answers": {
			func(n *network) { n.device.Inject(sim.Fault{Kind: sim.MuteAtConnect}) },
			func(t *testing.T, err error) {
				assert.IsType(t, &routeros.LinkError{}, err)
				assert.ErrorIs(t, err, routeros.ErrTimeout)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
				tc.prepare(n)
				lease, err := p.Acquire(t.Context(), "", admin, nil)
				require.Error(t, err)
				assert.Nil(t, lease)
				tc.check(t, err)
				time.Sleep(time.Hour)
				assert.Len(t, n.dialed(), 1, "nobody holds a lease, so nobody tries again")
				assert.Zero(t, n.device.Stats().Connections)

				n.set(func(n *network) { n.refuse, n.password = nil, "" })
				n.device.Clear()
				works(t, acquire(t, p, admin).Link)
				assert.Equal(t, 1, acquire(t, p, admin).Status().Logins, "it logged in again")
			})
		})
	}
}

// However an attempt ends while callers come and go, each of them gets a lease
// or a cause, and none has to wait for a later attempt: the clock stands still.
func TestEveryAcquireGetsALeaseOrACause(t *testing.T) {
	for name, held := range map[string]bool{"a new link each time": false, "a link that others hold": true} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{}, pool.Options{MinBackoff: time.Hour, MaxBackoff: time.Hour}, func(t *testing.T, n *network, p *pool.Pool) {
				if held {
					acquire(t, p, admin)
				}
				n.set(func(n *network) { n.refuse = errUnplugged })
				if held {
					n.last().Fail(errUnplugged)
					synctest.Wait()
				}
				began := time.Now()
				for range 500 {
					var wg sync.WaitGroup
					for range 8 {
						wg.Go(func() {
							lease, err := p.Acquire(t.Context(), "", admin, nil)
							assert.ErrorIs(t, err, errUnplugged)
							assert.Nil(t, lease)
						})
					}
					wg.Wait()
				}
				assert.Zero(t, time.Since(began))
			})
		})
	}
}

func TestAcquireEndsWithItsContext(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		n.delay = time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		began := time.Now()
		_, err := p.Acquire(ctx, "", admin, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 3*time.Second, time.Since(began))
		synctest.Wait()
		n.set(func(n *network) { n.delay = 0 })
		works(t, acquire(t, p, admin).Link)
		assert.Len(t, n.dialed(), 2, "the dial that nobody wanted any more was given up")
	})
}

// The one who came first leaves; the dial goes on for the other.
func TestADialOutlivesTheOneWhoCausedIt(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		n.delay = 2 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := p.Acquire(ctx, "", admin, nil)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
		synctest.Wait()
		works(t, acquire(t, p, admin).Link)
		wg.Wait()
		assert.Len(t, n.dialed(), 1)
	})
}

func TestCloseWithLeasesHeld(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		var leases []*pool.Lease
		var log journal
		for i := range 3 {
			key := admin
			key.Addr = fmt.Sprint("r", i)
			lease, err := p.Acquire(t.Context(), "", key, log.note)
			require.NoError(t, err)
			leases = append(leases, lease)
		}
		n.device.Inject(sim.Fault{Kind: sim.Slow, Delay: time.Hour, Path: "/ping"})
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := run(t.Context(), leases[0], "/ping", "=address=192.0.2.1", "=count=1")
			assert.ErrorIs(t, err, routeros.ErrClosed)
		})
		synctest.Wait()
		p.Close()
		wg.Wait()
		synctest.Wait()
		assert.Zero(t, n.device.Stats().Connections)
		for _, lease := range leases {
			assert.Equal(t, pool.Closed, lease.Status().State)
			_, err := run(t.Context(), lease, "/system/identity/print")
			require.ErrorIs(t, err, pool.ErrPoolClosed)
			lease.Release() // harmless
		}
		_, err := p.Acquire(t.Context(), "", admin, nil)
		require.ErrorIs(t, err, pool.ErrPoolClosed)
		assert.Equal(t, []string{"closed", "closed", "closed"}, log.states()[len(log.states())-3:])
		p.Close() // again
	})
}

func TestCloseEndsAnAttempt(t *testing.T) {
	in(t, sim.Options{}, pool.Options{}, func(t *testing.T, n *network, p *pool.Pool) {
		n.delay = time.Hour
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := p.Acquire(t.Context(), "", admin, nil)
			assert.ErrorIs(t, err, pool.ErrPoolClosed)
		})
		synctest.Wait()
		began := time.Now()
		p.Close()
		wg.Wait()
		assert.Zero(t, time.Since(began))
	})
}
