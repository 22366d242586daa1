package manager_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/sim"
)

func declared(id, addr string) register.Router { return register.Router{ID: id, Key: key(addr)} }

func TestDeclaredRouters(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		connect(t, k.Manager, "a", "r:8728")
		connect(t, k.Manager, "b", "r:8728")
		done, err := k.Declare(t.Context(), []register.Router{declared("a", "s:8728"), declared("c", "r:8728"), declared("d", "nowhere:8728")})
		require.NoError(t, err)
		assert.Equal(t, manager.Declaration{Added: 3}, done)
		time.Sleep(time.Second)
		assert.Equal(t, "S", identity(t, k.Manager, "a"))
		assert.Equal(t, "R", identity(t, k.Manager, "c"))
		assert.Equal(t, pool.Down, k.state(t, "d"))
		assert.Len(t, k.stored(t), 2, "what is declared is not in the register")
		for _, id := range []string{"a", "c", "d"} {
			r, err := k.Get(id)
			require.NoError(t, err)
			assert.True(t, r.Declared)
			_, err = k.Connect(t.Context(), id, key("r:8728"), owner)
			require.ErrorIs(t, err, manager.ErrDeclared)
			assert.Equal(t, errcode.Declared, errcode.Of(err))
			_, err = k.Disconnect(id)
			require.ErrorIs(t, err, manager.ErrDeclared)
		}

		view := open(t, k.Manager, watch("c"))
		done, err = k.Declare(t.Context(), []register.Router{declared("c", "s:8728"), declared("e", "s:8728")})
		require.NoError(t, err)
		assert.Equal(t, manager.Declaration{Added: 1, Changed: 1, Removed: 2}, done)
		time.Sleep(time.Second)
		assert.Equal(t, "R", identity(t, k.Manager, "a"), "that of the register is back")
		assert.Equal(t, "S", identity(t, k.Manager, "c"))
		assert.False(t, view.closed, "viewers stay")
		_, err = k.Get("d")
		require.ErrorIs(t, err, manager.ErrUnknownRouter)

		before := k.s.Stats().Accepted
		done, err = k.Declare(t.Context(), []register.Router{declared("c", "s:8728"), declared("e", "s:8728")})
		require.NoError(t, err)
		assert.Zero(t, done)
		synctest.Wait()
		assert.Equal(t, before, k.s.Stats().Accepted)

		_, err = k.Disconnect("a")
		require.NoError(t, err)
		done, err = k.Declare(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, manager.Declaration{Removed: 2}, done)
		require.Len(t, k.List(), 1)
	})
}

// Somebody who is connecting an id when it is declared is refused.
func TestDeclaredWhileItIsConnected(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		k.r.Inject(sim.Fault{Kind: sim.Slow, Path: "/login", Delay: 5 * time.Second, Count: 1})
		ended := make(chan error, 1)
		go func() {
			_, err := k.Connect(t.Context(), "a", key("r:8728"), manager.Owner{Name: "tests", MaxRouters: 1})
			ended <- err
		}()
		time.Sleep(time.Second)
		_, err := k.Declare(t.Context(), []register.Router{declared("a", "s:8728")})
		require.NoError(t, err)
		err = <-ended
		assert.True(t, errors.Is(err, manager.ErrDeclared) || errcode.Of(err) == errcode.Timeout, "%v", err)
		assert.Equal(t, "S", identity(t, k.Manager, "a"))
		assert.Empty(t, k.stored(t))
		_, err = k.Connect(t.Context(), "b", key("s:8728"), manager.Owner{Name: "tests", MaxRouters: 1})
		require.NoError(t, err, "the quota of the attempt is given back")
	})
}
