package limit_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/limit"
)

// guess makes an attempt that takes a second and reports whether it was made.
func guess(t *testing.T, g *limit.Guesses, key, router string, failed bool) bool {
	t.Helper()
	end, retry, err := g.Begin(t.Context(), key, router, false)
	require.NoError(t, err)
	if end == nil {
		assert.Positive(t, retry)
		return false
	}
	time.Sleep(time.Second)
	end(failed)
	return true
}

// However many guesses are made at the same time: a key has its number of failures in a
// minute, at one router or at many.
func TestGuessesOfAKey(t *testing.T) {
	for name, routers := range map[string]int{"at one router": 1, "at three": 3} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := limit.NewGuesses(20)
				assert.True(t, guess(t, g, "a", "r0", true))
				var made, refused int
				var mu sync.Mutex
				var wg sync.WaitGroup
				for i := range 500 {
					wg.Go(func() {
						ok := guess(t, g, "a", fmt.Sprint("r", i%routers), true)
						mu.Lock()
						defer mu.Unlock()
						if ok {
							made++
						} else {
							refused++
						}
					})
				}
				wg.Wait()
				assert.Equal(t, 19, made)
				assert.Equal(t, 481, refused)
				assert.False(t, guess(t, g, "a", "another", false))
				assert.True(t, guess(t, g, "b", "r0", false), "others may try")
				time.Sleep(limit.GuessWindow)
				assert.True(t, guess(t, g, "a", "r0", true), "a minute later")
			})
		})
	}
}

// Keys that work together have the number of the router and one more each.
func TestGuessesAtARouter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.NewGuesses(20)
		made := 0
		for i := range 50 {
			if guess(t, g, fmt.Sprint("k", i%5), "r", true) {
				made++
			}
		}
		assert.Equal(t, 20, made)
		assert.True(t, guess(t, g, "new", "r", true))
		assert.False(t, guess(t, g, "new", "r", false))
		end, _, err := g.Begin(t.Context(), "new", "r", true)
		require.NoError(t, err)
		require.NotNil(t, end, "who has connected the router is not locked out by others")
		end(false)
		assert.True(t, guess(t, g, "new", "other", false))
	})
}

// What is right is not counted, and many routers are connected at the same time.
func TestRightLoginsAreNotLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.NewGuesses(2)
		began := time.Now()
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() { assert.True(t, guess(t, g, "a", fmt.Sprint(i), false)) })
		}
		wg.Wait()
		assert.Equal(t, time.Second, time.Since(began))
		for range 100 {
			assert.True(t, guess(t, g, "a", "r", false))
		}
		assert.True(t, guess(t, limit.NewGuesses(0), "a", "r", true))
	})
}

func TestAGuessThatWaitsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.NewGuesses(1)
		end, _, err := g.Begin(t.Context(), "a", "r", false)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err = g.Begin(ctx, "a", "r", false)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		end(false)
		assert.True(t, guess(t, g, "a", "r", false))
	})
}
