package limit

import "sync"

// Quota limits how many of something, such as open streams, each holder may have at
// the same time. Its methods may be called concurrently.
type Quota struct {
	max int

	mu    sync.Mutex
	count map[string]int // only holders with at least one; guarded by mu
}

// NewQuota returns a quota of limit for each holder; 0 means no limit.
func NewQuota(limit int) *Quota { return &Quota{max: limit, count: make(map[string]int)} }

// TryAcquire takes one for the holder. It returns false, and takes nothing, when the
// holder has reached the limit.
func (q *Quota) TryAcquire(holder string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.max > 0 && q.count[holder] >= q.max {
		return false
	}
	q.count[holder]++
	return true
}

// Release gives back one that TryAcquire took.
func (q *Quota) Release(holder string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.count[holder]--; q.count[holder] <= 0 {
		delete(q.count, holder)
	}
}
