package fleet

import "time"

// Mine calls mine for each shard at which this instance may work, and returns when that was
// so: nothing changes hands between the two.
func (f *Fleet) Mine(mine func(shard int)) (at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at = time.Now()
	if f.Permit() != nil {
		return at
	}
	for i := range f.shards {
		if s := &f.shards[i]; s.held != 0 && !s.leaving && f.claimed(s) {
			mine(i)
		}
	}
	return at
}

// AtRest tells whether this instance has nothing to do: no shard changes hands, and none is
// to be moved.
func (f *Fleet) AtRest() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	held := 0
	for i := range f.shards {
		s := &f.shards[i]
		if s.busy || s.to != "" {
			return false
		}
		if s.held != 0 {
			held++
		}
	}
	return held < Shards && !f.tooMany(held, f.candidates())
}
