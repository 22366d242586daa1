package register_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/bus"
	"github.com/aprakasa/mikronec/internal/natsserver"
	"github.com/aprakasa/mikronec/internal/register"
)

// eachStore runs a test with every kind of store.
func eachStore(t *testing.T, test func(t *testing.T, s register.Store)) {
	for name, open := range map[string]func(t *testing.T) register.Store{
		"memory": func(*testing.T) register.Store { return register.NewMemory() },
		"file": func(t *testing.T) register.Store {
			f, err := register.OpenFile(filepath.Join(t.TempDir(), "routers.db"))
			require.NoError(t, err)
			return f
		},
		"nats": func(t *testing.T) register.Store {
			conn, err := bus.Open(t.Context(), bus.Options{
				URL: natsserver.Start(t).URL, Prefix: "test", Replicas: 1, Instance: "a", Log: slog.New(slog.DiscardHandler),
			})
			require.NoError(t, err)
			t.Cleanup(conn.Close)
			s, err := conn.Store(t.Context(), bus.Register)
			require.NoError(t, err)
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			defer func() { assert.NoError(t, s.Close()) }()
			test(t, s)
		})
	}
}

func TestAWriteNamesTheRevisionThatItReplaces(t *testing.T) {
	eachStore(t, func(t *testing.T, s register.Store) {
		ctx := t.Context()
		refused := func(_ uint64, err error) { t.Helper(); require.ErrorIs(t, err, register.ErrRevision) }
		refused(s.Delete(ctx, "a", 0))
		refused(s.Delete(ctx, "a", 7))
		refused(s.Put(ctx, "a", []byte("1"), 7))
		one, err := s.Put(ctx, "a", []byte("1"), 0)
		require.NoError(t, err)
		refused(s.Put(ctx, "a", []byte("2"), 0))
		refused(s.Put(ctx, "a", []byte("2"), one+1))
		two, err := s.Put(ctx, "a", nil, one)
		require.NoError(t, err)
		assert.Greater(t, two, one)
		other, err := s.Put(ctx, "b", []byte("x"), 0)
		require.NoError(t, err)
		assert.Greater(t, other, two, "revisions rise over all names")
		list, err := s.List(ctx)
		require.NoError(t, err)
		assert.Equal(t, []register.Entry{{Name: "a", Value: []byte{}, Revision: two}, {Name: "b", Value: []byte("x"), Revision: other}}, list)

		refused(s.Delete(ctx, "a", one))
		gone, err := s.Delete(ctx, "a", two)
		require.NoError(t, err)
		assert.Greater(t, gone, other)
		refused(s.Put(ctx, "a", []byte("3"), two))
		again, err := s.Put(ctx, "a", []byte("3"), 0)
		require.NoError(t, err)
		assert.Greater(t, again, gone)

		_, err = s.Put(ctx, "c", bytes.Repeat([]byte("x"), register.MaxValue+1), 0)
		require.ErrorIs(t, err, register.ErrTooLarge)
		_, err = s.Put(ctx, "c", bytes.Repeat([]byte("x"), register.MaxValue), 0)
		require.NoError(t, err)
	})
}

func TestOfWritesAtTheSameTimeOneIsTaken(t *testing.T) {
	eachStore(t, func(t *testing.T, s register.Store) {
		var wg sync.WaitGroup
		taken := make(chan uint64, 20)
		for range cap(taken) {
			wg.Go(func() {
				if revision, err := s.Put(t.Context(), "a", []byte("x"), 0); err == nil {
					taken <- revision
				} else {
					assert.ErrorIs(t, err, register.ErrRevision)
				}
			})
		}
		wg.Wait()
		assert.Len(t, taken, 1)
	})
}

func TestValuesAreNotThoseOfTheCaller(t *testing.T) {
	eachStore(t, func(t *testing.T, s register.Store) {
		value := []byte("abc")
		_, err := s.Put(t.Context(), "a", value, 0)
		require.NoError(t, err)
		value[0] = 'x'
		list, err := s.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "abc", string(list[0].Value))
	})
}

func TestWatch(t *testing.T) {
	eachStore(t, func(t *testing.T, s register.Store) {
		first, err := s.Put(t.Context(), "a", []byte("1"), 0)
		require.NoError(t, err)
		got := make(chan register.Entry)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var wg sync.WaitGroup
		defer wg.Wait()
		wg.Go(func() {
			assert.ErrorIs(t, s.Watch(ctx, nil, func(e register.Entry) { got <- e }), context.Canceled)
		})
		assert.Equal(t, register.Entry{Name: "a", Value: []byte("1"), Revision: first}, <-got)
		second, err := s.Put(t.Context(), "a", []byte("2"), first)
		require.NoError(t, err)
		assert.Equal(t, register.Entry{Name: "a", Value: []byte("2"), Revision: second}, <-got)
		gone, err := s.Delete(t.Context(), "a", second)
		require.NoError(t, err)
		assert.Equal(t, register.Entry{Name: "a", Revision: gone}, <-got)
		cancel()
	})
}

// Who knows some values is told how the store differs, and nothing else.
func TestAWatchOfWhoKnowsMuch(t *testing.T) {
	eachStore(t, func(t *testing.T, s register.Store) {
		known := make(map[string]uint64)
		for _, name := range []string{"same", "changed", "gone"} {
			var err error
			known[name], err = s.Put(t.Context(), name, []byte("1"), 0)
			require.NoError(t, err)
		}
		changed, err := s.Put(t.Context(), "changed", []byte("2"), known["changed"])
		require.NoError(t, err)
		fresh, err := s.Put(t.Context(), "new", []byte("2"), 0)
		require.NoError(t, err)
		gone, err := s.Delete(t.Context(), "gone", known["gone"])
		require.NoError(t, err)
		var got []register.Entry
		ctx, cancel := context.WithCancel(t.Context())
		err = s.Watch(ctx, known, func(e register.Entry) {
			if got = append(got, e); len(got) == 3 {
				cancel()
			}
		})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, []register.Entry{
			{Name: "changed", Value: []byte("2"), Revision: changed}, {Name: "new", Value: []byte("2"), Revision: fresh}, {Name: "gone", Revision: gone},
		}, got)
		assert.Len(t, known, 3, "it is the caller's")
	})
}

// A watcher that is slow gets the last change of each name, in order, and no gap.
func TestASlowWatcher(t *testing.T) {
	eachStore(t, func(t *testing.T, s register.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		began, proceed := make(chan struct{}), make(chan struct{})
		seen := make(map[string]uint64)
		var last uint64
		var wg sync.WaitGroup
		_, err := s.Put(ctx, "begin", nil, 0)
		require.NoError(t, err)
		wg.Go(func() {
			_ = s.Watch(ctx, nil, func(e register.Entry) {
				if e.Name == "begin" {
					close(began)
					<-proceed
				}
				assert.Greater(t, e.Revision, last)
				last, seen[e.Name] = e.Revision, e.Revision
				if e.Name == "end" {
					cancel()
				}
			})
		})
		<-began
		want := make(map[string]uint64)
		for i := range 30 {
			name := fmt.Sprint("n", i%3)
			want[name], err = s.Put(t.Context(), name, []byte("x"), want[name])
			require.NoError(t, err)
		}
		_, err = s.Put(t.Context(), "end", nil, 0)
		require.NoError(t, err)
		close(proceed)
		wg.Wait()
		delete(seen, "begin")
		delete(seen, "end")
		assert.Equal(t, want, seen)
	})
}

func TestAClosedStore(t *testing.T) {
	eachStore(t, func(t *testing.T, s register.Store) {
		ended := make(chan error)
		watching := make(chan struct{})
		_, err := s.Put(t.Context(), "a", nil, 0)
		require.NoError(t, err)
		go func() { ended <- s.Watch(t.Context(), nil, func(register.Entry) { close(watching) }) }()
		<-watching
		require.NoError(t, s.Close())
		require.ErrorIs(t, <-ended, register.ErrClosed)
		_, err = s.Put(t.Context(), "a", nil, 0)
		require.ErrorIs(t, err, register.ErrClosed)
		_, err = s.List(t.Context())
		require.ErrorIs(t, err, register.ErrClosed)
		require.ErrorIs(t, s.Watch(t.Context(), nil, nil), register.ErrClosed)
	})
}

func TestAFileIsOpenedOnceAndIsTheOwners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "routers.db")
	f, err := register.OpenFile(path)
	require.NoError(t, err)
	revision, err := f.Put(t.Context(), "a", []byte("1"), 0)
	require.NoError(t, err)
	_, err = register.OpenFile(path)
	require.ErrorContains(t, err, "in use by another process")
	require.NoError(t, f.Close())
	if runtime.GOOS != "windows" {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}

	f, err = register.OpenFile(path)
	require.NoError(t, err)
	list, err := f.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []register.Entry{{Name: "a", Value: []byte("1"), Revision: revision}}, list)
	require.NoError(t, f.Close())

	require.NoError(t, os.WriteFile(path, []byte("no such database, but long enough to be read as one"), 0o600))
	_, err = register.OpenFile(path)
	require.ErrorContains(t, err, path)
}
