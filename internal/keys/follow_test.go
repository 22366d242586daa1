package keys_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/register"
)

// What is removed while a process begins is not overlooked by it.
func TestARemovalAtTheStartIsSeen(t *testing.T) {
	ring := newRing(t)
	synctest.Test(t, func(t *testing.T) {
		store := register.NewMemory()
		k := open(t, store, ring)
		var texts []string
		for _, name := range []string{"a", "b"} {
			_, text, err := k.Create(t.Context(), access.Owner, viewer(name))
			require.NoError(t, err)
			texts = append(texts, text)
		}
		late := open(t, &late{Store: store, after: func() {
			_, err := k.Revoke(t.Context(), access.Owner, "a")
			assert.NoError(t, err)
		}}, ring)
		synctest.Wait()
		assert.False(t, finds(late, texts[0]))
		assert.True(t, finds(late, texts[1]))
	})
}

// late is a store of which something is removed between the first reading and the watch.
type late struct {
	register.Store

	after func()
}

func (l *late) Watch(ctx context.Context, known map[string]uint64, changed func(register.Entry)) error {
	l.after()
	return l.Store.Watch(ctx, known, changed)
}

// A listing that is older than what the watch has told since gives no key back.
func TestALateListingGivesNoKeyBack(t *testing.T) {
	ring := newRing(t)
	synctest.Test(t, func(t *testing.T) {
		store := register.NewMemory()
		k := open(t, store, ring)
		_, text, err := k.Create(t.Context(), access.Owner, viewer("a"))
		require.NoError(t, err)
		var listings atomic.Int32
		other := open(t, &listed{store, func() {
			if listings.Add(1) == 2 { // the first one is that of the start
				_, err := k.Revoke(t.Context(), access.Owner, "a")
				assert.NoError(t, err)
				synctest.Wait() // other is told
			}
		}}, ring)
		assert.True(t, finds(other, text))
		time.Sleep(90 * time.Second)
		require.EqualValues(t, 2, listings.Load())
		assert.False(t, finds(other, text))
	})
}

// What is removed while a watch has failed is not overlooked, also when nothing is left to tell.
func TestARemovalBetweenTwoWatchesIsSeen(t *testing.T) {
	ring := newRing(t)
	synctest.Test(t, func(t *testing.T) {
		store := register.NewMemory()
		k := open(t, store, ring)
		_, text, err := k.Create(t.Context(), access.Owner, viewer("a"))
		require.NoError(t, err)
		broken := make(chan struct{})
		other := open(t, &breaking{Store: store, broken: broken}, ring)
		time.Sleep(10 * time.Second)
		assert.True(t, finds(other, text))
		broken <- struct{}{}
		synctest.Wait()
		_, err = k.Revoke(t.Context(), access.Owner, "a")
		require.NoError(t, err)
		time.Sleep(10 * time.Second)
		assert.False(t, finds(other, text))
	})
}

// breaking is a store whose watch can break.
type breaking struct {
	register.Store

	broken chan struct{}
}

func (b *breaking) Watch(ctx context.Context, known map[string]uint64, changed func(register.Entry)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan struct{})
	go func() {
		defer close(failed)
		select {
		case <-b.broken:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := b.Store.Watch(ctx, known, changed)
	<-failed
	return err
}

// lost is a store that loses everything, as NATS may, and counts from the start.
type lost struct {
	register.Store

	lose chan register.Store
}

func (l *lost) Watch(ctx context.Context, known map[string]uint64, changed func(register.Entry)) error {
	first, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- l.Store.Watch(first, known, changed) }()
	select {
	case <-ctx.Done():
		return <-ended
	case fresh := <-l.lose:
		cancel()
		<-ended
		before, err := l.Store.List(ctx)
		if err != nil {
			return err
		}
		for _, e := range before {
			changed(register.Entry{Name: e.Name}) // with revision 0, as bus.Follower tells it
		}
		l.Store = fresh
		return fresh.Watch(ctx, nil, changed)
	}
}

// A store that has lost its records ends the keys, and takes new ones of the same names.
func TestKeysEndWithWhatTheStoreLoses(t *testing.T) {
	ring := newRing(t)
	synctest.Test(t, func(t *testing.T) {
		old, fresh := register.NewMemory(), register.NewMemory()
		before := open(t, old, ring)
		var last string
		for _, name := range []string{"a", "b", "c", "noc"} {
			_, text, err := before.Create(t.Context(), access.Owner, viewer(name))
			require.NoError(t, err)
			last = text
		}
		store := &lost{Store: old, lose: make(chan register.Store)}
		k := open(t, store, ring)
		synctest.Wait()
		require.True(t, finds(k, last))
		store.lose <- fresh
		synctest.Wait()
		assert.False(t, finds(k, last))
		assert.Empty(t, k.List(access.Owner))
		_, text, err := open(t, fresh, ring).Create(t.Context(), access.Owner, viewer("noc"))
		require.NoError(t, err)
		synctest.Wait()
		assert.True(t, finds(k, text), "although its revision is a lower one")
	})
}
