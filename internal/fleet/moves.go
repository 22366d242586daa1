package fleet

import (
	"context"
	"time"
)

// Moves of shards since this instance has joined.
type Moves struct {
	Taken uint64 // from nobody, or from one that was gone
	Given uint64 // handed to another instance
	Lost  uint64 // given up: another instance has the claim, or NATS was out of reach under the rule Stop
}

// Moves are limited: in each Timing.Move, an instance hands over one shard in moveParts of
// its own, and none while it has less than a tenth above its share.
const moveParts = 20

// keepShards looks at all shards whenever something has changed, and from time to time,
// until ctx ends.
func (f *Fleet) keepShards(ctx context.Context) {
	tick := time.NewTicker(f.o.Timing.Renew / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-f.wake:
		}
		f.mu.Lock()
		if f.o.Partition == Stop && !f.lease.certain() && !f.idle {
			f.o.Log.Warn("NATS is out of reach; this instance closes its sessions (FLEET_PARTITION=stop)")
			f.idle = true
		}
		f.plan()
		for i := range f.shards {
			if s := &f.shards[i]; !s.busy && f.next(i) != rest {
				s.busy = true
				f.wg.Go(func() { f.settle(ctx, i) })
			}
		}
		f.mu.Unlock()
	}
}

// plan chooses the shards that are moved to members which should have them. Its caller
// holds mu.
func (f *Fleet) plan() {
	now, t := f.lease.now(), f.o.Timing
	if f.idle || f.draining || !f.lease.mayTake() || f.movedAt != 0 && now < f.movedAt+t.Move {
		return
	}
	held := 0
	for i := range f.shards {
		if f.shards[i].held != 0 {
			held++
		}
	}
	names := f.candidates()
	if !f.tooMany(held, names) {
		return
	}
	left := max(held/moveParts, 1)
	for i := range f.shards {
		s := &f.shards[i]
		if s.held == 0 || s.leaving || s.to != "" {
			continue
		}
		first := order(i, names)[0]
		if first == f.o.Instance || now < f.others[first].first+t.Young {
			continue
		}
		s.to, f.movedAt = first, now
		if left--; left == 0 {
			return
		}
	}
}

// tooMany tells whether an instance that has so many shards should give others of them.
func (*Fleet) tooMany(held int, names []string) bool {
	return len(names) >= 2 && held*len(names)*10 > Shards*11
}

// Drain hands every shard to another instance and leaves the fleet. If ctx ends before, or
// NATS is out of reach, the rest is given without a new owner, and others take it. Give
// was called for all shards when Drain returns.
func (f *Fleet) Drain(ctx context.Context) {
	f.mu.Lock()
	f.draining = true
	f.mu.Unlock()
	f.lease.ask() // tells the others, so that they hand nothing to this one
	f.look()
	for !f.empty() && f.conn.Connected() && f.Err() == nil && ctx.Err() == nil {
		time.Sleep(2 * time.Millisecond)
	}
	f.end(ctx, ErrLeft)
	f.wg.Wait()
}

// empty tells whether this instance has no shard, and no callback is under way.
func (f *Fleet) empty() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.shards {
		if s := &f.shards[i]; s.busy || s.held != 0 || s.claim == f.me() {
			return false
		}
	}
	return true
}

// end gives what is left, tells the others that this instance has left unless it was
// replaced, and closes done. It is called once.
func (f *Fleet) end(ctx context.Context, why error) {
	f.mu.Lock()
	if f.err != nil {
		f.mu.Unlock()
		<-f.done
		return
	}
	f.err, f.idle = why, true
	f.mu.Unlock()
	f.lease.over.Store(&why)
	f.look()
	for limit := time.Now().Add(giveTime); f.holds() && time.Now().Before(limit); {
		time.Sleep(2 * time.Millisecond)
	}
	f.stop()
	if why == ErrLeft {
		f.leave(ctx)
	}
	close(f.done)
}

// holds tells whether a shard was not given yet.
func (f *Fleet) holds() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.shards {
		if f.shards[i].held != 0 {
			return true
		}
	}
	return false
}

// leave removes the record of this instance, having said in it that nothing runs any more:
// who reads that does not wait.
func (f *Fleet) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.o.Timing.Renew)
	defer cancel()
	for range 2 { // a renewal may have been under way
		revision, err := f.conn.Put(ctx, f.members, f.o.Instance, f.own(true), f.revision.Load())
		if err == nil {
			_, err = f.conn.Delete(ctx, f.members, f.o.Instance, revision)
		}
		if err == nil {
			return
		}
		f.o.Log.Warn("cannot tell the fleet that this instance leaves", "error", err)
		if there, err := f.members.Get(ctx, f.o.Instance); err == nil {
			f.revision.Store(there.Revision())
		}
	}
}
