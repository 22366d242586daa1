package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/bus"
)

// claim is a shard as the bucket has it: who owns it.
type claim struct {
	Instance string `json:"instance"` // "" for nobody
	Life     string `json:"life"`     // of the owner; the claim is void when the name has another
}

// shard is what this instance knows of a shard, and does with it. Guarded by Fleet.mu.
type shard struct {
	claim    claim
	revision uint64        // of the claim
	held     uint64        // epoch of the last Take, 0 after Give
	leaving  bool          // Give is under way or has ended, and the claim is not handed on yet
	to       string        // whom it is moved to; "" for nobody
	told     Owner         // by the last callback
	busy     bool          // settle is at work
	void     bool          // nobody owns it, or its owner has gone
	voidAt   time.Duration // since when
	notYet   time.Duration // nothing is tried until then
}

func (f *Fleet) claimChanged(c bus.Change) {
	i, err := strconv.Atoi(c.Key)
	if err != nil || i < 0 || i >= Shards {
		return // of another version
	}
	var to claim
	if c.Value != nil {
		if err := json.Unmarshal(c.Value, &to); err != nil {
			f.o.Log.Error("a claim of the fleet is damaged", "shard", i, "error", err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &f.shards[i]
	if c.Revision != 0 && c.Revision <= s.revision {
		return // it is the own one, and known already
	}
	s.claim, s.revision, s.notYet = to, c.Revision, 0
	f.look()
}

// look has all shards looked at.
func (f *Fleet) look() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// me is the claim of this instance.
func (f *Fleet) me() claim { return claim{Instance: f.o.Instance, Life: f.life} }

// claimed tells whether a shard that is held is this instance's still. Its caller holds mu.
func (f *Fleet) claimed(s *shard) bool { return s.claim == f.me() && s.revision == s.held }

// ownerOf returns the owner by the claim, if it lives. Its caller holds mu.
func (f *Fleet) ownerOf(s *shard) Owner {
	m := f.others[s.claim.Instance]
	if s.claim != f.me() && (m == nil || !m.live() || m.Life != s.claim.Life) {
		return Owner{}
	}
	return Owner{Instance: s.claim.Instance, Epoch: s.revision}
}

// step is what is to be done with a shard.
type step int

const (
	rest step = iota // nothing
	drop             // it is lost: give it
	hand             // give it, and hand the claim on
	take             // it was claimed for this instance
	grab             // claim it
	tell             // it has another owner
)

// next returns what is to be done with a shard now. Its caller holds mu.
func (f *Fleet) next(i int) step {
	s, now := &f.shards[i], f.lease.now()
	mine := s.claim == f.me()
	switch {
	case s.held != 0 && (f.idle || !f.claimed(s)):
		return drop
	case now < s.notYet:
		return rest
	case mine && !f.idle && (f.draining || s.held != 0 && s.to != ""):
		return hand
	case mine && s.held == 0 && !f.idle && f.lease.certain():
		return take
	case !mine && f.myTurn(i, now):
		return grab
	case s.held == 0 && s.told != f.ownerOf(s):
		return tell
	}
	return rest
}

// myTurn tells whether nobody owns a shard and this instance is the one to take it: the
// first choice at once, the second after a while. Its caller holds mu.
func (f *Fleet) myTurn(i int, now time.Duration) bool {
	s := &f.shards[i]
	void := s.claim.Instance == "" || f.gone(s.claim, now)
	if void && !s.void {
		s.voidAt = now
	}
	if s.void = void; !void || f.idle || f.draining || !f.lease.mayTake() {
		return false
	}
	rank := slices.Index(order(i, f.candidates()), f.o.Instance)
	return rank >= 0 && now >= s.voidAt+time.Duration(rank)*f.o.Timing.Second
}

// settle does what is to be done with a shard until it is at rest, or waits for something.
func (f *Fleet) settle(ctx context.Context, i int) {
	f.slots <- struct{}{}
	defer func() { <-f.slots }()
	s := &f.shards[i]
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		now := f.next(i)
		switch now {
		case rest:
			s.busy = false
			return
		case drop:
			f.moves.Lost++
			f.give(ctx, i)
			s.held, s.leaving, s.to = 0, false, ""
		case hand:
			f.hand(ctx, i)
		case take:
			s.held, s.told = s.revision, Owner{Instance: f.o.Instance, Epoch: s.revision}
			f.unlocked(func() { f.o.Take(i, s.told.Epoch) }) // told changes here only
		case grab:
			if f.write(ctx, i, f.me()) {
				f.moves.Taken++
			}
		case tell:
			s.told = f.ownerOf(s)
			f.unlocked(func() { f.o.Changed(i) })
		}
	}
}

// unlocked calls f without the lock, which its caller holds.
func (f *Fleet) unlocked(call func()) {
	f.mu.Unlock()
	defer f.mu.Lock()
	call()
}

// give has this instance stop what it does at a shard. Its caller holds mu.
func (f *Fleet) give(ctx context.Context, i int) {
	f.shards[i].leaving = true
	f.unlocked(func() {
		ctx, cancel := context.WithTimeout(ctx, giveTime)
		defer cancel()
		f.o.Give(ctx, i)
	})
}

// hand gives a shard to the member that it is moved to, or when this instance leaves, to
// the next one; to nobody if there is none. Its caller holds mu.
func (f *Fleet) hand(ctx context.Context, i int) {
	s := &f.shards[i]
	if s.held != 0 {
		f.give(ctx, i)
	}
	var to claim
	for _, name := range order(i, f.candidates()) {
		if name != f.o.Instance && (s.to == "" || s.to == name) {
			to = claim{Instance: name, Life: f.others[name].Life}
			break
		}
	}
	s.held, s.leaving = 0, false
	if s.to != "" && to.Instance == "" && !f.draining {
		s.to = "" // who was to have it is gone; take it again
		return
	}
	s.to = ""
	if f.write(ctx, i, to) {
		f.moves.Given++
	}
}

// write replaces the claim of a shard as it is known, and tells whether it did. Its caller
// holds mu.
func (f *Fleet) write(ctx context.Context, i int, to claim) bool {
	s := &f.shards[i]
	revision := s.revision
	value, err := json.Marshal(to)
	if err != nil {
		panic(err) // a struct of strings
	}
	var written uint64
	f.unlocked(func() {
		ctx, cancel := context.WithTimeout(ctx, f.o.Timing.Renew)
		defer cancel()
		written, err = f.conn.Put(ctx, f.claims, strconv.Itoa(i), value, revision)
	})
	switch {
	case err == nil:
		if written > s.revision {
			s.claim, s.revision = to, written
		}
		return true
	case errors.Is(err, bus.ErrUncertain):
		s.notYet = f.lease.now() + f.o.Timing.Renew // the claim may be there; it will be told
	default:
		s.notYet = f.lease.now() + f.o.Timing.Renew/4
	}
	return false
}
