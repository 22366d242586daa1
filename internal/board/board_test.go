package board_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/board"
	"github.com/aprakasa/mikronec/internal/register"
)

// adder is a part whose values are words; it adds its own to those of others.
type adder struct {
	board *board.Board

	mu    sync.Mutex
	known map[string]string   // guarded by mu
	words map[string][]string // that are to be added
	wrote int                 // how many of them Merge has returned last
	value string              // that it has returned last
	errs  int
}

func (a *adder) Learn(name string, value []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known[name] = string(value); value == nil {
		delete(a.known, name)
	}
}

func (a *adder) Merge(name string, old []byte) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := strings.Fields(string(old))
	a.wrote, a.value = len(a.words[name]), ""
	for _, w := range a.words[name] {
		if w == "-" {
			return nil
		}
		all = append(all, w)
	}
	if len(all) == 0 {
		return nil
	}
	a.value = strings.Join(all, " ")
	return []byte(a.value)
}

func (a *adder) Wrote(name string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.errs++
		return
	}
	a.words[name] = a.words[name][a.wrote:]
	if a.known[name] = a.value; a.value == "" {
		delete(a.known, name)
	}
}

func (a *adder) add(name, word string) {
	a.mu.Lock()
	a.words[name] = append(a.words[name], word)
	a.mu.Unlock()
	a.board.Touch(name)
}

func (a *adder) seen() map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.known)
}

// open returns a running board with one part, until stop is called.
func open(t *testing.T, store board.Store, prefixes ...string) (a *adder, stop func()) {
	t.Helper()
	return openAfter(t, store, func() {}, prefixes...)
}

// openAfter is open, with something that others do after the board has read the store.
func openAfter(t *testing.T, store board.Store, read func(), prefixes ...string) (a *adder, stop func()) {
	t.Helper()
	b, err := board.Open(t.Context(), store, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	read()
	a = &adder{board: b, known: make(map[string]string), words: make(map[string][]string)}
	b.Attach(a, prefixes...)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { b.Run(ctx) })
	return a, sync.OnceFunc(func() { cancel(); wg.Wait() })
}

// Two instances that write the same value at the same time lose nothing of each other, and
// both learn what there is.
func TestTwoBoards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := register.NewMemory()
		a, stopA := open(t, store, "", "x")
		defer stopA()
		b, stopB := open(t, store, "", "x")
		defer stopB()
		for i := range 50 {
			a.add("v", fmt.Sprint("a", i))
			b.add("v", fmt.Sprint("b", i))
			if i%10 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		time.Sleep(10 * time.Second)
		require.Equal(t, a.seen(), b.seen())
		words := strings.Fields(a.seen()["v"])
		seen := make(map[string]int)
		for _, w := range words {
			seen[w]++
		}
		assert.Len(t, seen, 100)
		a.add("v", "-")
		time.Sleep(time.Second)
		assert.Empty(t, b.seen())
		b.add("v", "again")
		time.Sleep(time.Second)
		assert.Equal(t, map[string]string{"v": "again"}, a.seen())
	})
}

// What others remove before the store is followed is not overlooked.
func TestARemovalAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := register.NewMemory()
		one, err := store.Put(t.Context(), "a", []byte("1"), 0)
		require.NoError(t, err)
		_, err = store.Put(t.Context(), "b", []byte("1"), 0)
		require.NoError(t, err)
		a, stop := openAfter(t, store, func() {
			_, err := store.Delete(t.Context(), "a", one)
			require.NoError(t, err)
		}, "")
		defer stop()
		synctest.Wait()
		assert.Equal(t, map[string]string{"b": "1"}, a.seen())
	})
}

// A part has its own names only, and learns at the start what there was.
func TestParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := register.NewMemory()
		for _, name := range []string{"plain", "x.1", "y.1"} {
			_, err := store.Put(t.Context(), name, []byte("1"), 0)
			require.NoError(t, err)
		}
		a, stop := open(t, store, "", "x")
		assert.Equal(t, map[string]string{"plain": "1", "x.1": "1"}, a.seen())
		a.add("y.1", "2") // nobody's
		a.add("x.1", "2")
		stop() // what was to be written is written at the end
		list, err := store.List(t.Context())
		require.NoError(t, err)
		got := make(map[string]string)
		for _, e := range list {
			got[e.Name] = string(e.Value)
		}
		assert.Equal(t, map[string]string{"plain": "1", "x.1": "1 2", "y.1": "1"}, got)
	})
}

// away is a store that fails at times.
type away struct {
	*register.Memory
	away atomic.Bool
}

func (s *away) Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error) {
	if s.away.Load() {
		return 0, errors.New("no connection")
	}
	return s.Memory.Put(ctx, name, value, revision)
}

// What could not be written is written when the store is back, and a part is told both.
func TestAStoreThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &away{Memory: register.NewMemory()}
		a, stop := open(t, store, "")
		defer stop()
		store.away.Store(true)
		a.add("v", "1")
		a.add("w", "1")
		time.Sleep(10 * time.Second)
		a.mu.Lock()
		assert.InDelta(t, 20, a.errs, 4, "each once a second")
		a.mu.Unlock()
		store.away.Store(false)
		time.Sleep(2 * time.Second)
		list, err := store.List(t.Context())
		require.NoError(t, err)
		assert.Len(t, list, 2)
	})
}

// A value that is too large is given up, and does not keep others from being written.
func TestAValueThatIsTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := register.NewMemory()
		a, stop := open(t, store, "")
		defer stop()
		a.add("v", strings.Repeat("x", register.MaxValue+1))
		a.add("w", "1")
		time.Sleep(10 * time.Second)
		a.mu.Lock()
		defer a.mu.Unlock()
		assert.Equal(t, 1, a.errs)
		list, err := store.List(t.Context())
		require.NoError(t, err)
		assert.Len(t, list, 1)
	})
}
