package pool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An owner that fills all places it may have delays neither another owner's first attempt
// nor anybody's attempt to come back.
func TestPlacesToDialAreShared(t *testing.T) {
	for _, all := range []int{3, 4, 8, 16, 256} {
		t.Run(fmt.Sprint(all), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSlots(all)
				ctx, cancel := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				held := 0
				for range 10 * all {
					for _, again := range []bool{false, true} {
						wg.Go(func() {
							if release, err := s.take(ctx, "greedy", again); err == nil {
								held++ // the goroutines of a bubble run one after the other here
								<-ctx.Done()
								release()
							}
						})
						synctest.Wait()
					}
				}
				require.Less(t, held, all, "some are left")
				began := time.Now()
				for _, again := range []bool{false, true} {
					if !again && all < 4 {
						continue // the only place that is left is for those who were up
					}
					release, err := s.take(t.Context(), "modest", again)
					require.NoError(t, err)
					release()
				}
				assert.Zero(t, time.Since(began))
				cancel()
				wg.Wait()
				assert.Zero(t, s.taken)
				assert.Zero(t, s.first)
				assert.Empty(t, s.owners)
				assert.Empty(t, s.turns)
			})
		})
	}
}

// First attempts of however many owners leave a place for those who were up.
func TestFirstAttemptsLeaveAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(16)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for owner := range 50 {
			wg.Go(func() {
				if release, err := s.take(ctx, fmt.Sprint(owner), false); err == nil {
					<-ctx.Done()
					release()
				}
			})
		}
		synctest.Wait()
		for range 2 {
			_, err := s.take(t.Context(), "", true)
			require.NoError(t, err)
		}
		cancel()
		wg.Wait()
	})
}

// Places that become free go from owner to owner, however many attempts each has waiting.
func TestOwnersDialInTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(1)
		hold, err := s.take(t.Context(), "x", false)
		require.NoError(t, err)
		var order []string
		var wg sync.WaitGroup
		for _, owner := range []string{"a", "a", "a", "a", "b", "c", "c"} {
			wg.Go(func() {
				release, err := s.take(t.Context(), owner, false)
				assert.NoError(t, err)
				order = append(order, owner)
				release()
			})
			synctest.Wait()
		}
		hold()
		wg.Wait()
		assert.Equal(t, []string{"a", "b", "c", "a", "c", "a", "a"}, order)
	})
}

// Whoever gives up leaves nothing behind.
func TestPlacesAreGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(8)
		random := rand.New(rand.NewPCG(1, 2))
		var wg sync.WaitGroup
		for i := range 2000 {
			owner, again := fmt.Sprint(random.IntN(5)), random.IntN(2) == 0
			patience, work := time.Duration(random.IntN(300))*time.Millisecond, time.Duration(random.IntN(20))*time.Millisecond
			wg.Go(func() {
				ctx, cancel := context.WithTimeoutCause(t.Context(), patience, errors.New("given up"))
				defer cancel()
				release, err := s.take(ctx, owner, again)
				if err != nil {
					assert.EqualError(t, err, "given up")
					return
				}
				time.Sleep(work)
				release()
			})
			if i%10 == 0 {
				time.Sleep(time.Duration(random.IntN(10)) * time.Millisecond)
			}
		}
		wg.Wait()
		assert.Zero(t, s.taken)
		assert.Zero(t, s.first)
		assert.Empty(t, s.owners)
		assert.Empty(t, s.turns)
	})
}
