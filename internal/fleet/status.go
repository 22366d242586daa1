package fleet

import (
	"slices"
	"strings"
	"time"
)

// Status is the fleet as this instance sees it.
type Status struct {
	Instance  string
	Members   []Member      // those who live, by name
	Unowned   int           // shards that nobody owns
	Connected bool          // to NATS
	Lag       time.Duration // since the start of the last renewal that succeeded: above Timing.Renew it is late
	Permit    error         // as of Fleet.Permit
	Moves     Moves
}

// Member is one instance.
type Member struct {
	Instance string
	Version  string
	Since    time.Time // when it joined, by its own clock
	Shards   int       // that it owns
	Leaving  bool
}

// Status returns the state of the fleet. It may be called at any time.
func (f *Fleet) Status() Status {
	s := Status{Instance: f.o.Instance, Connected: f.conn.Connected(), Permit: f.lease.permit()}
	s.Lag = f.lease.now() - time.Duration(f.lease.start.Load())
	f.mu.Lock()
	defer f.mu.Unlock()
	s.Moves = f.moves
	owned := make(map[string]int)
	for i := range f.shards {
		owned[f.ownerOf(&f.shards[i]).Instance]++
	}
	s.Unowned = owned[""]
	for name, m := range f.others {
		if m.live() {
			s.Members = append(s.Members, Member{
				Instance: name, Version: m.Version, Since: m.Since, Shards: owned[name], Leaving: m.Leaving,
			})
		}
	}
	slices.SortFunc(s.Members, func(a, b Member) int { return strings.Compare(a.Instance, b.Instance) })
	return s
}
