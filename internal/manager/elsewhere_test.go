package manager_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/register"
)

// after is a store in which others do something after each reading.
type after struct {
	register.Store

	read func()
}

func (a *after) List(ctx context.Context) ([]register.Entry, error) {
	entries, err := a.Store.List(ctx)
	a.read()
	return entries, err
}

// followed has the manager follow its register during a test.
func (k *kept) followed(t *testing.T, test func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer synctest.Wait()
	defer stop()
	go func() { _ = k.Follow(ctx) }()
	synctest.Wait()
	test()
	synctest.Wait()
}

// elsewhere changes the comment of a router as another instance does; without one it removes
// the router.
func (k *kept) elsewhere(t *testing.T, store register.Store, id, comment string) {
	t.Helper()
	g, list, err := register.Open(t.Context(), store, k.ring)
	require.NoError(t, err)
	r := register.Router{ID: id, Owner: "other", Key: key("r:8728")}
	if i := slices.IndexFunc(list, func(r register.Router) bool { return r.ID == id }); i >= 0 {
		r = list[i]
	}
	if r.Comment = comment; comment != "" {
		_, err = g.Put(t.Context(), r)
	} else {
		err = g.Delete(t.Context(), id, r.Revision)
	}
	require.NoError(t, err)
}

// comments returns those of all routers by id.
func (k *kept) comments() map[string]string {
	all := make(map[string]string)
	for _, r := range k.List() {
		all[r.ID] = r.Comment
	}
	return all
}

// What another instance writes between the first reading of the register and the time when
// it is followed is not overlooked.
func TestWhatIsWrittenBeforeTheRegisterIsFollowed(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		for _, id := range []string{"a", "b", "c"} {
			_, err := k.Connect(t.Context(), id, key("r:8728"), owner)
			require.NoError(t, err)
		}
		k.restart(t)
		k.elsewhere(t, k.store, "a", "")
		k.elsewhere(t, k.store, "b", "new")
		k.followed(t, func() {})
		_, err := k.Get("a")
		require.ErrorIs(t, err, manager.ErrUnknownRouter)
		assert.Equal(t, map[string]string{"b": "new", "c": ""}, k.comments())
	})
}

// Nor what is written while declared routers are let go.
func TestWhatIsWrittenWhileADeclarationEnds(t *testing.T) {
	keeping(t, func(t *testing.T, k *kept) {
		others := &after{k.store, func() {}}
		k.store = others
		k.restart(t)
		var all []register.Router
		for _, id := range []string{"a", "b", "c", "d"} {
			_, err := k.Connect(t.Context(), id, key("r:8728"), owner)
			require.NoError(t, err)
			all = append(all, declared(id, "s:8728"))
		}
		k.followed(t, func() {
			k.elsewhere(t, others.Store, "d", "")
			_, err := k.Declare(t.Context(), all)
			require.NoError(t, err)
			others.read = sync.OnceFunc(func() {
				k.elsewhere(t, others.Store, "a", "")
				k.elsewhere(t, others.Store, "b", "new")
				k.elsewhere(t, others.Store, "d", "again")
				synctest.Wait() // all is told
			})
			_, err = k.Declare(t.Context(), nil)
			require.NoError(t, err)
		})
		assert.Equal(t, map[string]string{"b": "new", "c": "", "d": "again"}, k.comments())
	})
}
