package limit_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/limit"
)

func over(r *limit.Rate, client string) bool {
	return r.Exceeded(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), client)
}

func TestNoLimit(t *testing.T) {
	rate, logins, held := limit.PerSecond(0), limit.NewLogins(0), limit.NewQuota(0)
	for range 1000 {
		assert.False(t, over(rate, "a"))
		assert.False(t, over(logins.Failures, "a"))
		assert.False(t, logins.Blocked("a", ""))
		assert.True(t, held.TryAcquire("a"))
	}
	logins.Succeeded("a", "owner")
	logins.Delay("a", nil) // returns at once
}

// A flood from ever new addresses takes no more memory than one from as many as
// there are counters.
func TestMemoryOfManyAddresses(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	rate, logins := limit.NewRate(5, time.Hour), limit.NewLogins(5)
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	flood := func(from, to int) {
		for i := from; i < to; i++ {
			client := fmt.Sprintf("2001:db8:%x:%x::", i>>16, i&0xffff)
			rate.Exceeded(w, r, client)
			logins.Succeeded(client, "owner")
		}
	}
	flood(0, 200_000)
	before := heap()
	flood(200_000, 400_000)
	assert.Less(t, heap(), before+8<<20, "200,000 clients would take 20 MiB")
	runtime.KeepAlive(rate)
	runtime.KeepAlive(logins)
}

func TestQuotaIsReleased(t *testing.T) {
	h := limit.NewQuota(2)
	assert.True(t, h.TryAcquire("a"))
	assert.True(t, h.TryAcquire("a"))
	assert.False(t, h.TryAcquire("a"))
	assert.True(t, h.TryAcquire("b"), "another")
	h.Release("a")
	assert.True(t, h.TryAcquire("a"))
	assert.False(t, h.TryAcquire("a"), "what was refused was not counted")
}

// At most a thousand answers are held back; the next one is not.
func TestHoldingBackIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limit.NewLogins(1000)
		for range 20 {
			over(l.Failures, "a")
		}
		done := make(chan struct{})
		var wg sync.WaitGroup
		began := time.Now()
		for range 1000 {
			wg.Go(func() { l.Delay("a", done) })
		}
		synctest.Wait()
		l.Delay("a", nil)
		assert.Zero(t, time.Since(began), "one more does not wait")
		close(done)
		wg.Wait()
		assert.Zero(t, time.Since(began), "who hangs up is let go")
		l.Delay("a", nil)
		assert.Equal(t, time.Second, time.Since(began))
	})
}
