package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/aprakasa/mikronec/internal/bus"
)

// clock returns the time since a start, by a clock that is never set but may stand still
// while the machine sleeps, and the time of day.
type clock func() (mono, wall time.Duration)

func systemClock() clock {
	base := time.Now()
	return func() (mono, wall time.Duration) {
		now := time.Now()
		return now.Sub(base), time.Duration(now.UnixNano())
	}
}

// lease is until when this instance may do what. Times are those of the clock that is
// never set.
type lease struct {
	clock  clock
	began  time.Time
	asked  chan struct{} // capacity 1: somebody needs to know whether the lease holds
	start  atomic.Int64  // of the last renewal that succeeded
	fresh  atomic.Int64  // until then shards may be taken
	stop   atomic.Int64  // until then the instance is sure of its shards
	alone  atomic.Int64  // until then it goes on because NATS was asked and cannot be reached
	skew   atomic.Int64  // time of day less clock, when NATS was asked last
	margin atomic.Int64  // by which the two may drift apart
	over   atomic.Pointer[error]
}

func newLease(c clock) lease {
	return lease{clock: c, began: time.Now(), asked: make(chan struct{}, 1)}
}

func (l *lease) now() time.Duration {
	mono, _ := l.clock()
	return mono
}

// ask has the lease renewed at once.
func (l *lease) ask() {
	select {
	case l.asked <- struct{}{}:
	default:
	}
}

// slept tells whether the machine has slept since NATS was asked last.
func (l *lease) slept(mono, wall time.Duration) bool {
	return int64(wall-mono)-l.skew.Load() > l.margin.Load()
}

// certain tells whether the shards of this instance are its own without asking NATS.
func (l *lease) certain() bool {
	mono, wall := l.clock()
	return int64(mono) < l.stop.Load() && !l.slept(mono, wall)
}

// mayTake tells whether shards may be taken.
func (l *lease) mayTake() bool {
	return l.certain() && int64(l.now()) < l.fresh.Load()
}

// lasts tells whether the lease does not lapse within d.
func (l *lease) lasts(d time.Duration) bool {
	return l.certain() && int64(l.now()+d) < l.stop.Load()
}

func (l *lease) permit() error {
	if over := l.over.Load(); over != nil {
		return *over
	}
	mono, wall := l.clock()
	if now := int64(mono); !l.slept(mono, wall) && (now < l.stop.Load() || now < l.alone.Load()) {
		return nil
	}
	l.ask()
	return ErrLapsed
}

// renewed notes a renewal that succeeded and began at start.
func (l *lease) renewed(start time.Duration, t Timing) {
	l.notice(t)
	l.start.Store(int64(start))
	l.fresh.Store(int64(start + t.Fresh))
	l.stop.Store(int64(start + t.Stop))
	l.alone.Store(0)
}

// unreachable notes that NATS was asked in vain, and that this instance goes on until it
// has asked once more.
func (l *lease) unreachable(t Timing) {
	l.notice(t)
	l.alone.Store(int64(l.now() + 2*t.Renew + t.Renew/2))
}

// notice sets the clocks that slept compares.
func (l *lease) notice(t Timing) {
	mono, wall := l.clock()
	l.margin.Store(int64(t.Expire - t.Stop))
	l.skew.Store(int64(wall - mono))
}

// keepLease renews the lease until ctx ends or another instance has the name of this one.
func (f *Fleet) keepLease(ctx context.Context) {
	every := f.o.Timing.Renew
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-f.lease.asked:
		}
		err := f.renew(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, ErrReplaced):
			f.o.Log.Error("this instance ends its part in the fleet", "error", err)
			f.wg.Go(func() { f.end(context.Background(), err) })
			return
		case err != nil:
			f.o.Log.Warn("cannot renew the lease of this instance", "error", err)
			timer.Reset(every / 4)
		default:
			timer.Reset(every)
		}
		select { // however often somebody asks
		case <-ctx.Done():
		case <-time.After(every / 16):
		}
	}
}

// renew writes the record of this instance. If its lease had lapsed, it counts again only
// after all claims were read that others may have written meanwhile.
func (f *Fleet) renew(ctx context.Context) error {
	t := f.o.Timing
	ctx, cancel := context.WithTimeout(ctx, t.Renew)
	defer cancel()
	start, sure := f.lease.now(), f.lease.certain()
	err := f.writeRecord(ctx)
	if err == nil && !sure {
		err = f.catchUp(ctx)
	}
	switch {
	case err == nil:
		f.lease.renewed(start, t)
		f.mu.Lock()
		f.idle = f.err != nil
		f.mu.Unlock()
		f.look()
	case errors.Is(err, ErrReplaced), f.lease.lasts(t.Renew/4 + t.Renew): // the next attempt ends in time
	case f.o.Partition != Stop:
		f.lease.unreachable(t)
	}
	return err
}

// writeRecord writes the record in place of the last one that is known. If it is another
// one by now, its life tells whether that was this instance: a write without an answer, or
// the record has expired.
func (f *Fleet) writeRecord(ctx context.Context) error {
	for range 3 {
		revision, err := f.conn.Put(ctx, f.members, f.o.Instance, f.own(false), f.revision.Load())
		if err == nil {
			f.revision.Store(revision)
			return nil
		}
		if !errors.Is(err, bus.ErrRevision) {
			return err
		}
		there, err := f.members.Get(ctx, f.o.Instance)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			f.revision.Store(0)
			continue
		}
		if err != nil {
			return err
		}
		var r record
		if err := json.Unmarshal(there.Value(), &r); err != nil || r.Life != f.life {
			return fmt.Errorf("%w: %q", ErrReplaced, f.o.Instance)
		}
		f.revision.Store(there.Revision())
	}
	return bus.ErrRevision
}

// catchUp waits until all claims have been seen that were written before.
func (f *Fleet) catchUp(ctx context.Context) error {
	last, err := bus.LastRevision(ctx, f.claims)
	if err != nil {
		return err
	}
	for f.follow.Seen() < last {
		select {
		case <-ctx.Done():
			return fmt.Errorf("read the claims: %w", ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil
}
