package manager_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
)

// kept is a manager with a register, and its routers r and s, which can be out of reach.
type kept struct {
	*manager.Manager
	store register.Store
	ring  *secret.Ring
	r, s  *sim.Device
	away  atomic.Bool
	dials []time.Time // guarded by mu
	mu    sync.Mutex
}

// keeping runs a test with a manager that keeps its routers in a store.
func keeping(t *testing.T, test func(t *testing.T, k *kept)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ring, err := secret.ParseRing(secret.NewKey(time.Now()))
		require.NoError(t, err)
		k := &kept{store: register.NewMemory(), ring: ring, r: ccr(sim.Options{Identity: "R"}), s: ccr(sim.Options{Identity: "S"})}
		defer k.r.Close()
		defer k.s.Close()
		g, _, err := register.Open(t.Context(), k.store, ring)
		require.NoError(t, err)
		k.Manager = manager.New(pool.New(k.dial, pool.Options{}), manager.Options{Register: g})
		defer func() { k.Close() }()
		test(t, k)
	})
}

func (k *kept) dial(ctx context.Context, key pool.Key) (*routeros.Session, error) {
	k.mu.Lock()
	k.dials = append(k.dials, time.Now())
	k.mu.Unlock()
	device := map[string]*sim.Device{"r:8728": k.r, "s:8728": k.s}[key.Addr]
	if device == nil || k.away.Load() {
		return nil, &routeros.LinkError{Step: "dial", Err: errNobody}
	}
	client, router := net.Pipe()
	go device.ServeConn(router)
	return routeros.New(ctx, client, key.Credentials(), routeros.Options{})
}

// restart replaces the manager by one that begins with what the store has.
func (k *kept) restart(t *testing.T) {
	t.Helper()
	k.Close()
	g, list, err := register.Open(t.Context(), k.store, k.ring)
	require.NoError(t, err)
	k.Manager = manager.New(pool.New(k.dial, pool.Options{}), manager.Options{Register: g})
	k.Restore(list)
}

func (k *kept) stored(t *testing.T) map[string]register.Router {
	t.Helper()
	_, list, err := register.Open(t.Context(), k.store, k.ring)
	require.NoError(t, err)
	all := make(map[string]register.Router)
	for _, r := range list {
		all[r.ID] = r
	}
	return all
}

func (k *kept) state(t *testing.T, id string) pool.State {
	t.Helper()
	r, err := k.Get(id)
	require.NoError(t, err)
	return r.Device.Status().Link.State
}

// until waits for a state; a viewer may miss those before, since the newest one counts.
func (v *viewer) until(state string) map[string]any {
	v.t.Helper()
	for {
		if status := v.named("status"); status["state"] == state {
			return status
		}
	}
}

func TestARegisteredRouterStays(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		comment := "roof"
		_, err := k.Register(t.Context(), manager.Registration{ID: "a", Key: key("r:8728"), Owner: owner, Comment: &comment})
		require.NoError(t, err)
		connect(t, k.Manager, "b", "s:8728")
		_, err = k.Connect(t.Context(), "c", wrong("r:8728"), owner)
		require.Error(t, err)
		first := k.stored(t)
		assert.Len(t, first, 2, "a refused login leaves nothing")
		connect(t, k.Manager, "a", "r:8728")
		assert.True(t, first["a"] == k.stored(t)["a"], "the same again is no write")

		k.restart(t)
		assert.Len(t, k.List(), 2)
		assert.Equal(t, pool.Connecting, k.state(t, "a"))
		assert.Equal(t, "R", identity(t, k.Manager, "a"))
		a, err := k.Get("a")
		require.NoError(t, err)
		assert.Equal(t, "roof", a.Comment)
		assert.Equal(t, owner.Name, a.Owner)

		_, err = k.Disconnect("a")
		require.NoError(t, err)
		k.restart(t)
		require.Len(t, k.List(), 1)
		assert.Equal(t, "S", identity(t, k.Manager, "b"))
	})
}

// A router that is down at a restart is there, and comes when it can be reached; its
// viewers are told.
func TestARouterThatIsDownAtTheRestart(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		connect(t, k.Manager, "a", "r:8728")
		k.away.Store(true)
		k.restart(t)
		view := open(t, k.Manager, watch("a"))
		assert.Equal(t, "connecting", view.named("status")["state"])
		assert.Equal(t, "router_unreachable", view.until("down")["code"])
		time.Sleep(time.Hour)
		assert.Equal(t, pool.Down, k.state(t, "a"))
		k.away.Store(false)
		view.until("up")
		assert.Equal(t, "R", identity(t, k.Manager, "a"))
	})
}

func TestRegisterWithoutWaiting(t *testing.T) {
	for name, tc := range map[string]struct {
		key  pool.Key
		away bool
		want pool.State
	}{
		"reachable":      {key("r:8728"), false, pool.Up},
		"unreachable":    {key("r:8728"), true, pool.Down},
		"wrong password": {wrong("r:8728"), false, pool.LoginFailed},
	} {
		t.Run(name, func(t *testing.T) {
			keeping(t, func(t *testing.T, k *kept) {
				k.away.Store(tc.away)
				done, err := k.Register(t.Context(), manager.Registration{ID: "a", Key: tc.key, Owner: owner, NoWait: true})
				require.NoError(t, err)
				assert.True(t, done.Pending)
				time.Sleep(time.Millisecond)
				synctest.Wait()
				assert.Equal(t, tc.want, k.state(t, "a"))
				k.restart(t)
				time.Sleep(time.Second)
				assert.Equal(t, tc.want, k.state(t, "a"))
			})
		})
	}
}

// A change that need not be tried is no reason to send a refused password again.
func TestACommentOfARouterThatRefusesTheLogin(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		_, err := k.Register(t.Context(), manager.Registration{ID: "a", Key: wrong("r:8728"), Owner: owner, NoWait: true})
		require.NoError(t, err)
		time.Sleep(time.Millisecond)
		synctest.Wait()
		require.Equal(t, pool.LoginFailed, k.state(t, "a"))
		dialed := len(k.dials)
		for _, comment := range []string{"x", "y"} {
			tried := 0
			_, err = k.Register(t.Context(), manager.Registration{
				ID: "a", Key: wrong("r:8728"), Owner: owner, NoWait: true, Comment: &comment, Tried: func(error) { tried++ },
			})
			require.NoError(t, err)
			synctest.Wait()
			assert.Positive(t, tried, "nobody waits for an attempt that is not made")
		}
		assert.Equal(t, dialed, len(k.dials))
		assert.Equal(t, "y", k.stored(t)["a"].Comment)
	})
}

// Moving an id to a router that is down shows its viewers that it is.
func TestMoveWithoutWaiting(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		connect(t, k.Manager, "a", "r:8728")
		view := open(t, k.Manager, watch("a"))
		view.named("")
		_, err := k.Register(t.Context(), manager.Registration{ID: "a", Key: key("nowhere:8728"), Owner: owner, NoWait: true})
		require.NoError(t, err)
		view.until("down")
		connect(t, k.Manager, "a", "s:8728")
		view.until("up")
		assert.Equal(t, "S", identity(t, k.Manager, "a"))
	})
}

func TestAChangeNamesItsRevision(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		connect(t, k.Manager, "a", "r:8728")
		before, err := k.Get("a")
		require.NoError(t, err)
		change := manager.Registration{ID: "a", Key: key("s:8728"), Owner: owner, Revision: before.Revision}
		_, err = k.Register(t.Context(), change)
		require.NoError(t, err)
		change.Key = key("r:8728")
		_, err = k.Register(t.Context(), change)
		require.ErrorIs(t, err, manager.ErrChanged)
		assert.Equal(t, "S", identity(t, k.Manager, "a"))
		change.ID = "b"
		_, err = k.Register(t.Context(), change)
		require.ErrorIs(t, err, manager.ErrUnknownRouter)
	})
}

// Of many who change one id at the same time the last one counts, in the register as in
// the table.
func TestChangesAtTheSameTime(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				switch i % 5 {
				case 4:
					_, _ = k.Disconnect("a")
				default:
					comment := fmt.Sprint(i)
					_, err := k.Register(t.Context(), manager.Registration{
						ID: "a", Key: key([]string{"r:8728", "s:8728"}[i%2]), Owner: owner, Comment: &comment, NoWait: i%3 == 0,
					})
					assert.NoError(t, err)
				}
			})
		}
		wg.Wait()
		stored := k.stored(t)
		list := k.List()
		require.Len(t, list, len(stored))
		for _, r := range list {
			assert.Equal(t, stored[r.ID].Comment, r.Comment)
			assert.Equal(t, stored[r.ID].Revision, r.Revision)
			assert.True(t, stored[r.ID].Key == r.Device.Status().Key)
		}
	})
}

// What cannot be kept is not taken.
func TestARegisterThatCannotBeWritten(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		connect(t, k.Manager, "a", "r:8728")
		require.NoError(t, k.store.Close())
		_, err := k.Connect(t.Context(), "b", key("s:8728"), owner)
		assert.Equal(t, errcode.StoreUnavailable, errcode.Of(err))
		_, err = k.Connect(t.Context(), "a", key("s:8728"), owner)
		assert.Equal(t, errcode.StoreUnavailable, errcode.Of(err))
		_, err = k.Disconnect("a")
		assert.Equal(t, errcode.StoreUnavailable, errcode.Of(err))
		synctest.Wait()
		assert.Len(t, k.List(), 1)
		assert.Equal(t, "R", identity(t, k.Manager, "a"))
		assert.Zero(t, k.s.Stats().Connections)
	})
}

// A restart with many routers does not dial them all at once.
func TestRestoredRoutersAreSpread(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		for i := range 500 {
			_, err := k.Register(t.Context(), manager.Registration{ID: fmt.Sprint(i), Key: key(fmt.Sprintf("n%d:8728", i)), NoWait: true})
			require.NoError(t, err)
		}
		k.restart(t)
		k.mu.Lock()
		k.dials = nil
		k.mu.Unlock()
		began := time.Now()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		k.mu.Lock()
		defer k.mu.Unlock()
		first := make(map[int]int)
		for _, at := range k.dials {
			first[int(at.Sub(began)/time.Second)]++
		}
		for second := range 5 {
			assert.Positive(t, first[second])
		}
		assert.Less(t, first[0], 300)
	})
}
