// Package history keeps what happened to routers in the last hours: one value a minute of the
// CPU, the free memory, the users, and the traffic of each interface; and with a [Disk], one
// value in five minutes of the last 30 days.
//
// A router has a number of series of the same steps. It takes at most MaxRouter bytes of
// memory, and all routers together a number of bytes that the [Store] is made with; where
// that is not enough, steps get longer and the time stays. Where nothing was measured there
// is a gap.
package history

import (
	"math/bits"
	"slices"
	"strings"
	"sync"
	"time"
)

// MaxRouter is how many bytes the values of one router take at most.
const MaxRouter = 64 << 10

// MaxSeries is how many series a router has at most; those that come later are left out.
const MaxSeries = 256

// minute is the shortest step.
const minute = time.Minute

// steps are the steps that there are, in minutes. Each divides a day.
var steps = []int{1, 2, 5, 10, 15, 30, 60}

// Value is one measurement.
type Value struct {
	Series string // such as cpu or interface/ether1/rx
	Number uint64
}

// Sample is what was measured at a time.
type Sample struct {
	At     time.Time
	Values []Value
}

// Store keeps the history of many routers. Its methods may be called concurrently.
type Store struct {
	window time.Duration
	limit  int
	disk   Disk // nil for none

	mu      sync.Mutex         // held for the time of a copy
	routers map[string]*router // by router_id; guarded by mu
	shared  int                // bytes for each router; guarded by mu
	swept   time.Time          // when routers without samples were dropped last; guarded by mu
}

// New returns a store for a time, a day at most, and a number of bytes.
func New(window time.Duration, limit int) *Store {
	return &Store{window: window, limit: limit, shared: min(MaxRouter, limit), routers: make(map[string]*router)}
}

// Add adds a sample of the router with these router_ids.
func (s *Store) Add(ids []string, sample Sample) {
	for _, id := range ids {
		if !s.add(id, nil, sample) {
			s.add(id, s.restore(id, sample.At), sample)
		}
	}
}

// add adds a sample to a router; false without one. The router is fresh where there is none.
func (s *Store) add(id string, fresh *router, sample Sample) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sample.At.Sub(s.swept) > s.window/24 {
		s.sweep(sample.At)
	}
	r := s.routers[id]
	if r == nil {
		if fresh == nil {
			return false
		}
		r = fresh
		s.routers[strings.Clone(id)] = r
		if share := s.share(); share < s.shared {
			s.shared = share
			s.fit()
		}
	}
	r.add(sample)
	r.fit(s.shared)
	return true
}

// share is how many bytes a router may take. It changes with each eighth of the number of
// routers only, since all of them have to fit into a smaller one; mu is held.
func (s *Store) share() int {
	n := uint(max(len(s.routers), 1))
	unit := uint(1) << max(bits.Len(n)-4, 0)
	return min(MaxRouter, s.limit/int((n+unit-1)/unit*unit)) //nolint:gosec // a number of routers
}

// fit makes all routers fit; mu is held.
func (s *Store) fit() {
	for _, r := range s.routers {
		r.fit(s.shared)
	}
}

// sweep drops routers whose last sample is older than the window, and makes the others fit;
// mu is held.
func (s *Store) sweep(now time.Time) {
	s.swept = now
	for id, r := range s.routers {
		if now.Sub(r.last) > s.window {
			delete(s.routers, id)
		}
	}
	s.shared = s.share()
	s.fit()
}

// Size returns the bytes of all values.
func (s *Store) Size() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.routers {
		n += r.size()
	}
	return n
}

// Query selects series of a router.
type Query struct {
	Series []string      // names, or beginnings that end with *; none for all
	From   time.Time     // zero for the window of the store
	Step   time.Duration // whole minutes; 0 for the step of the store
}

// Answer has the values of a query: for each series one for each step, nil for a gap. The
// last step has not ended yet.
type Answer struct {
	From   time.Time
	Step   time.Duration
	Series map[string][]*uint64
}

// MaxPoints is how many steps an answer has at most; more are made longer.
const MaxPoints = 1440

// slack is how much older than what was asked for a query may be, since time passes until
// it comes here.
const slack = minute

// Get returns the history of a router up to a time. A router that is not known has no series.
func (s *Store) Get(id string, q Query, now time.Time) Answer {
	if q.From.IsZero() {
		q.From = now.Add(-s.window)
	}
	s.mu.Lock()
	r := s.routers[id]
	if s.disk == nil || r != nil && !q.From.Before(now.Add(-s.window-slack)) {
		defer s.mu.Unlock()
		return r.answer(q, s.window, minute, now)
	}
	var recent *router
	if r != nil {
		recent = r.clone()
	}
	s.mu.Unlock()
	return s.old(id, recent, q, now).answer(q, Days, diskStep, now)
}

// answer answers a query of what the router has, which is nil for nothing, in steps of whole
// units.
func (r *router) answer(q Query, window, unit time.Duration, now time.Time) Answer {
	step := max((q.Step + unit - minute).Truncate(unit), unit)
	if r != nil {
		step = max(step, time.Duration(r.step)*minute)
	}
	if oldest := now.Add(-window); q.From.Before(oldest) {
		q.From = oldest
	}
	for now.Sub(q.From) > MaxPoints*step+slack {
		step += unit
	}
	out := Answer{From: q.From.Truncate(step), Step: step, Series: make(map[string][]*uint64)}
	if r == nil {
		return out
	}
	for i := range r.series {
		if name := r.series[i].name; q.wants(name) {
			out.Series[name] = r.values(&r.series[i], out.From, step, now)
		}
	}
	return out
}

func (q Query) wants(name string) bool {
	return len(q.Series) == 0 || slices.ContainsFunc(q.Series, func(pattern string) bool {
		prefix, many := strings.CutSuffix(pattern, "*")
		return name == pattern || many && strings.HasPrefix(name, prefix)
	})
}
