package history

import (
	"errors"
	"slices"
	"time"
)

// Days is how far back a [Disk] goes.
const Days = 30 * 24 * time.Hour

// diskStep is the step of a disk; that of a router with more series than fit into its part
// of the memory is longer.
const diskStep = 5 * time.Minute

// minWindow is how far back a store with a disk goes at least, so that an hour that is
// written is whole.
const minWindow = 2 * time.Hour

// Block has the values of one router and one hour, in a form of this package.
type Block struct {
	Router string // router_id
	Data   []byte
}

// Disk keeps blocks. An hour is a number of hours since 1970. Its methods may be called
// concurrently.
type Disk interface {
	// Save writes blocks of an hour, in place of those that there are, all or none.
	Save(hour int64, blocks []Block) error
	// Load calls take with the blocks of a router of some hours, the last one included. What
	// take is given is valid until it returns.
	Load(router string, from, to int64, take func(hour int64, data []byte)) error
	// Prune drops what is older than an hour.
	Prune(before int64) error
}

// NewLasting returns a store whose routers are also kept on a disk, by [Store.Flush].
func NewLasting(window time.Duration, limit int, disk Disk) *Store {
	s := New(max(window, minWindow), limit)
	s.disk = disk
	return s
}

// hourOf is the hour of a time.
func hourOf(at time.Time) int64 { return at.Unix() / 3600 }

// restore returns a router with what the disk has of the window. What cannot be read is a gap.
func (s *Store) restore(id string, now time.Time) *router {
	r := &router{step: steps[0], window: s.window, saved: hourOf(now)}
	r.slot = r.slotOf(now)
	s.load(id, r, now.Add(-s.window), now)
	return r
}

func (s *Store) load(id string, r *router, from, to time.Time) {
	if s.disk == nil {
		return
	}
	_ = s.disk.Load(id, hourOf(from), hourOf(to), func(hour int64, data []byte) {
		_ = r.fill(hour, data)
	})
}

// old returns a router with what the disk has from a time on, and what is in memory.
func (s *Store) old(id string, recent *router, q Query, now time.Time) *router {
	r := &router{step: int(diskStep / minute), window: Days}
	r.slot = r.slotOf(now)
	if recent != nil {
		r.fillFrom(recent)
	}
	from := now.Add(-Days)
	if q.From.After(from) {
		from = q.From
	}
	s.load(id, r, from, now)
	return r
}

// Flush writes the hours that have ended to the disk, with all also the one that has not,
// and drops what is too old. What is not written is tried again with the next one. No lock
// is held while it is written.
func (s *Store) Flush(now time.Time, all bool) error {
	if s.disk == nil {
		return nil
	}
	last := hourOf(now)
	if !all {
		last--
	}
	var failed error
	for hour := hourOf(now.Add(-s.window)) + 1; hour <= last; hour++ {
		blocks := s.blocks(hour)
		if len(blocks) == 0 {
			continue
		}
		if err := s.disk.Save(hour, blocks); err != nil {
			failed = errors.Join(failed, err)
			break
		}
		if hour < hourOf(now) {
			s.saved(hour, blocks)
		}
	}
	return errors.Join(failed, s.disk.Prune(hourOf(now.Add(-Days))))
}

// blocks are the values of an hour of routers of which it was not written. The lock is
// let go after each router.
func (s *Store) blocks(hour int64) (blocks []Block) {
	for _, id := range s.ids() {
		s.mu.Lock()
		if r := s.routers[id]; r != nil && r.saved <= hour && hour <= hourOf(r.last) {
			if data := r.block(hour); data != nil {
				blocks = append(blocks, Block{id, data})
			}
		}
		s.mu.Unlock()
	}
	return blocks
}

// saved notes that an hour that has ended was written.
func (s *Store) saved(hour int64, blocks []Block) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range blocks {
		if r := s.routers[b.Router]; r != nil {
			r.saved = hour + 1
		}
	}
}

// ids are the routers, in an order that makes writing to a tree cheap.
func (s *Store) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, len(s.routers))
	for id := range s.routers {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
