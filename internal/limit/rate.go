// Package limit limits what one client may use of the server: requests, wrong keys,
// streams, routers, connections. Counts are in memory, which is bounded however many
// clients there are.
package limit

import (
	"hash/maphash"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/httprate"
)

// Window is the time over which requests are averaged.
const Window = 10 * time.Second

// buckets is the number of counters. Clients with the same hash modulo buckets share
// one; that is rare, and an attacker cannot cause it, since the seed is secret.
const buckets = 1 << 16

var seed = maphash.MakeSeed()

func bucket(client string) string {
	return strconv.FormatUint(maphash.String(seed, client)%buckets, 36)
}

// Rate limits how often each client may do something. A nil Rate has no limit. Its
// methods may be called concurrently. Package httprate counts in windows of the wall
// clock: a step of the clock starts a new window, nothing worse.
type Rate struct {
	limiter *httprate.RateLimiter
	limit   int
}

// NewRate allows a number of times per sliding window; 0 means no limit.
func NewRate(times int, window time.Duration) *Rate {
	if times <= 0 {
		return nil
	}
	quiet := httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"})
	return &Rate{limiter: httprate.NewRateLimiter(times, window, quiet), limit: times}
}

// PerSecond allows a number of times per second, averaged over Window; 0 means no
// limit.
func PerSecond(times int) *Rate { return NewRate(times*int(Window/time.Second), Window) }

// Exceeded counts one more for the client and returns false. Above the limit it counts
// nothing, returns true, and sets the header Retry-After.
func (r *Rate) Exceeded(w http.ResponseWriter, req *http.Request, client string) bool {
	return r != nil && r.limiter.OnLimit(w, req, bucket(client))
}

// Count returns the count of the window that ends now; full is true if one more would
// exceed the limit.
func (r *Rate) Count(client string) (count int, full bool) {
	if r == nil {
		return 0, false
	}
	_, rate, _ := r.limiter.Status(bucket(client)) // counting in memory cannot fail
	return int(rate), int(rate)+1 > r.limit
}
