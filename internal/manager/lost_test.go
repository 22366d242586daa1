package manager_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/secret"
)

// losing is a store that the test replaces, and whose changes it tells.
type losing struct {
	register.Store

	changes chan register.Entry
}

func (s *losing) Watch(ctx context.Context, _ map[string]uint64, changed func(register.Entry)) error {
	for {
		select {
		case e := <-s.changes:
			changed(e)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// What the register has lost is put back; what was told late, or was removed, is not.
func TestWhatTheRegisterHasLost(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		store := &losing{register.NewMemory(), make(chan register.Entry)}
		k.store = store
		g, _, err := register.Open(t.Context(), store, k.ring)
		require.NoError(t, err)
		k.Close()
		k.Manager = manager.New(pool.New(k.dial, pool.Options{}), manager.Options{Register: g})
		ctx, stop := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer stop()
		go func() { _ = k.Follow(ctx) }()
		tell := func(e register.Entry) {
			store.changes <- e
			synctest.Wait()
		}
		// write registers a router and returns the record.
		write := func(id, comment string) register.Entry {
			_, err := k.Register(t.Context(), manager.Registration{ID: id, Key: key("r:8728"), Comment: &comment, NoWait: true})
			require.NoError(t, err)
			list, err := store.List(t.Context())
			require.NoError(t, err)
			for _, e := range list {
				if e.Revision == k.stored(t)[id].Revision {
					return e
				}
			}
			panic("not written")
		}
		// replaced has a store with these records, written before.
		replaced := func(records ...register.Entry) {
			store.Store = register.NewMemory()
			for _, e := range records {
				_, err := store.Put(t.Context(), e.Name, e.Value, 0)
				require.NoError(t, err)
			}
		}
		old := write("a", "old")
		for range 3 {
			write("b", "other")
			write("b", "new")
		}
		newer := write("a", "new")
		tell(register.Entry{Name: old.Name, Value: old.Value, Revision: old.Revision})
		assert.Equal(t, newer.Revision, k.stored(t)["a"].Revision, "told late")

		replaced(old)
		tell(register.Entry{Name: old.Name, Value: old.Value, Revision: 1})
		assert.Equal(t, "new", k.stored(t)["a"].Comment, "an older copy")

		written := write("a", "newest")
		replaced()
		tell(register.Entry{Name: old.Name, Revision: 1})
		assert.Equal(t, "newest", k.stored(t)["a"].Comment, "a copy without it")

		replaced()
		tell(register.Entry{Name: old.Name})
		assert.Equal(t, "newest", k.stored(t)["a"].Comment, "a register that was made again")

		replaced(written) // by another instance
		tell(register.Entry{Name: old.Name})
		tell(register.Entry{Name: old.Name, Value: written.Value, Revision: 1})
		require.Equal(t, uint64(1), k.stored(t)["a"].Revision)
		_, err = store.Delete(t.Context(), old.Name, 1)
		require.NoError(t, err)
		tell(register.Entry{Name: old.Name, Revision: 2})
		_, err = k.Get("a")
		require.ErrorIs(t, err, manager.ErrUnknownRouter, "removed by another instance after that")
		assert.NotContains(t, k.stored(t), "a")
	})
}

// A record that was sealed again with another key changes nothing but its revision: nobody
// logs in again, and the next change replaces it.
func TestARecordThatIsSealedAgain(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		old, fresh := secret.NewKey(time.Now()), secret.NewKey(time.Now())
		opened := func(lines ...string) *register.Register {
			ring, err := secret.ParseRing(strings.Join(lines, "\n"))
			require.NoError(t, err)
			g, _, err := register.Open(t.Context(), k.store, ring)
			require.NoError(t, err)
			k.ring = ring
			return g
		}
		k.store = register.NewMemory()
		k.Close()
		k.Manager = manager.New(pool.New(k.dial, pool.Options{}), manager.Options{Register: opened(old, fresh)})
		ctx, stop := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer stop()
		go func() { _ = k.Follow(ctx) }()
		for id, addr := range map[string]string{"a": "r:8728", "b": "r:8728", "c": "s:8728"} {
			_, err := k.Connect(t.Context(), id, key(addr), owner)
			require.NoError(t, err)
		}
		dials := len(k.dials)
		require.Equal(t, 2, dials)
		n, err := opened(fresh, old).Rotate(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 3, n)
		time.Sleep(time.Minute)
		assert.Len(t, k.dials, dials)
		assert.Equal(t, 1, k.r.Stats().Logins)
		for _, id := range []string{"a", "b", "c"} {
			assert.Equal(t, pool.Up, k.state(t, id), id)
		}
		roof := "roof"
		_, err = k.Register(t.Context(), manager.Registration{ID: "a", Key: key("r:8728"), Comment: &roof, NoWait: true})
		require.NoError(t, err)
		assert.Equal(t, "roof", k.stored(t)["a"].Comment)
	})
}
