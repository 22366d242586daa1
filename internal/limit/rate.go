// Package limit bounds what one client may take of the server: requests, wrong
// keys, streams, routers, connections. All of it is counted in memory, in space
// that does not grow with the number of clients.
package limit

import (
	"hash/maphash"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/httprate"
)

// Window is over how much time requests are averaged.
const Window = 10 * time.Second

// buckets is into how many counters clients are sorted. Those whose hashes meet
// share one, which hardly happens by chance and, as the hash has a secret seed,
// not by design.
const buckets = 1 << 16

var seed = maphash.MakeSeed()

func bucket(client string) string {
	return strconv.FormatUint(maphash.String(seed, client)%buckets, 36)
}

// Rate bounds how often each client may do something; nil bounds nothing. It may
// be used by any number of goroutines.
type Rate struct {
	limiter *httprate.RateLimiter
	limit   int
}

// NewRate allows a number of times in each sliding window, none for no limit.
func NewRate(times int, window time.Duration) *Rate {
	if times <= 0 {
		return nil
	}
	quiet := httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"})
	return &Rate{limiter: httprate.NewRateLimiter(times, window, quiet), limit: times}
}

// PerSecond allows a number of times a second on average of a Window, 0 for no
// limit.
func PerSecond(times int) *Rate { return NewRate(times*int(Window/time.Second), Window) }

// Exceeded counts one more for the client. If that is one too many it is not
// counted, Exceeded is true, and the header Retry-After says when it may be again.
func (r *Rate) Exceeded(w http.ResponseWriter, req *http.Request, client string) bool {
	return r != nil && r.limiter.OnLimit(w, req, bucket(client))
}

// Count is how many there were in the window that ends now, and full whether one
// more would be over.
func (r *Rate) Count(client string) (count int, full bool) {
	if r == nil {
		return 0, false
	}
	_, rate, _ := r.limiter.Status(bucket(client)) // memory does not fail
	return int(rate), int(rate)+1 > r.limit
}
