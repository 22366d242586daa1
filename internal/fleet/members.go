package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/aprakasa/mikronec/internal/bus"
)

// record is a member as the bucket has it.
type record struct {
	Life    string    `json:"life"` // of this run; another one with the same name has another
	Version string    `json:"version"`
	Since   time.Time `json:"since"`
	Leaving bool      `json:"leaving,omitempty"` // takes nothing any more
	Left    bool      `json:"left,omitempty"`    // has stopped everything
}

// member is what an instance knows of another one, or of itself.
type member struct {
	record
	revision uint64
	present  bool          // there is a record
	first    time.Duration // when this life was first seen
	seen     time.Duration // when a record or a renewal was last seen
}

// live tells whether a member can own shards.
func (m *member) live() bool { return m.present && !m.Left }

func (f *Fleet) memberChanged(c bus.Change) {
	now := f.lease.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.look()
	m := f.others[c.Key]
	if m == nil {
		m = &member{first: now}
		f.others[c.Key] = m
	}
	if c.Value == nil {
		m.present = false
		if c.Key == f.o.Instance {
			f.lease.ask() // expired, or removed by someone: write it again
		}
		return
	}
	var r record
	if err := json.Unmarshal(c.Value, &r); err != nil {
		f.o.Log.Error("the record of a member of the fleet is damaged", "instance", c.Key, "error", err)
		return
	}
	if r.Life != m.Life {
		m.first = now
	}
	m.record, m.revision, m.present, m.seen = r, c.Revision, true, now
}

// membersRead notes that the members were read whole: from now on, until Settle has
// passed, one that is missing may be about to come back.
func (f *Fleet) membersRead() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readAt = f.lease.now()
	f.look()
}

// gone tells whether a holder of claims has died or left, so that they can be taken. Its
// caller holds mu.
func (f *Fleet) gone(holder claim, now time.Duration) bool {
	m := f.others[holder.Instance]
	switch {
	case m == nil: // never seen: its record expired before this instance came
		return now >= f.readAt+f.o.Timing.Settle
	case m.Left, m.present && m.Life != holder.Life: // it said so, or the name has started again
		return true
	case m.present:
		return f.expiresLate(m, now)
	}
	return now >= max(m.seen+f.o.Timing.Expire, f.readAt+f.o.Timing.Settle)
}

// expiresLate tells whether a member has not renewed its record for too long and the record
// is there nevertheless, as it is when the clock of NATS was set back. That this instance
// sees its own renewals proves that it would have seen those of others. Its caller holds mu.
func (f *Fleet) expiresLate(m *member, now time.Duration) bool {
	t := f.o.Timing
	own := f.others[f.o.Instance]
	return own != nil && m != own && f.lease.mayTake() && now < own.seen+2*t.Renew && now >= max(m.seen, f.readAt)+t.Expire+t.Settle
}

// candidates returns the names of those who may get shards, in order. Its caller holds mu.
func (f *Fleet) candidates() (names []string) {
	now := f.lease.now()
	for name, m := range f.others {
		if m.live() && !m.Leaving && !f.expiresLate(m, now) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// own returns the value of the record of this instance.
func (f *Fleet) own(left bool) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	value, err := json.Marshal(record{
		Life: f.life, Version: f.o.Version, Since: f.lease.began, Leaving: f.draining, Left: left,
	})
	if err != nil {
		panic(err) // a struct of strings, a time and bools
	}
	return value
}

// register makes the record of this instance. One of the same name is waited for until it
// has shown that it lives, or has expired.
func (f *Fleet) register(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, f.o.Timing.Expire+f.o.Timing.Settle, ErrReplaced)
	defer cancel()
	var seen uint64 // revision of the other one
	for {
		start := f.lease.now()
		revision, err := f.conn.Put(ctx, f.members, f.o.Instance, f.own(false), 0)
		if err == nil {
			f.revision.Store(revision)
			f.lease.renewed(start, f.o.Timing)
			return nil
		}
		if !errors.Is(err, bus.ErrRevision) {
			return errors.Join(err, context.Cause(ctx))
		}
		other, err := f.members.Get(ctx, f.o.Instance) // only to wait; Put decides
		switch {
		case errors.Is(err, jetstream.ErrKeyNotFound):
			continue
		case err != nil:
			return errors.Join(err, context.Cause(ctx))
		case seen != 0 && other.Revision() != seen:
			return fmt.Errorf("%w: %q, which renews its lease", ErrReplaced, f.o.Instance)
		case seen == 0:
			f.o.Log.Warn("the fleet has an instance of this name; waiting whether it lives", "instance", f.o.Instance)
		}
		seen = other.Revision()
		if f.hasLeft(other.Value()) {
			_, _ = f.conn.Delete(ctx, f.members, f.o.Instance, seen)
			continue
		}
		select {
		case <-time.After(f.o.Timing.Renew / 4):
		case <-ctx.Done():
			return fmt.Errorf("%w: %q", context.Cause(ctx), f.o.Instance)
		}
	}
}

func (*Fleet) hasLeft(value []byte) bool {
	var r record
	return json.Unmarshal(value, &r) == nil && r.Left
}
