package pool

import (
	"container/list"
	"context"
	"slices"
	"sync"
)

// slots are the places for attempts to dial. An eighth of them, at least one, is kept for
// links that had a session before, and of all places as of the rest another eighth is out
// of reach for a single owner, who is the one that connected a link: whatever one owner
// connects, others find a place. Those who wait get a place in turns, owner by owner.
type slots struct {
	all        int // places
	forFirst   int // of them, for first attempts
	ofOwner    int // places of one owner
	firstOwner int // of them, for first attempts

	mu     sync.Mutex
	taken  int                    // guarded by mu
	first  int                    // of taken, by first attempts; guarded by mu
	owners map[string]*slotsOwner // those with a place or waiting for one; guarded by mu
	turns  []string               // owners that wait, the next one first; guarded by mu
}

// slotsOwner is guarded by slots.mu.
type slotsOwner struct {
	taken, first  int
	again, firsts list.List // of chan struct{}: waiting attempts, closed when they get a place
}

func newSlots(all int) *slots {
	kept := 0
	if all > 1 {
		kept = max(all/8, 1)
	}
	return &slots{
		all: all, forFirst: all - kept, ofOwner: all - kept, firstOwner: max(all-2*kept, 1),
		owners: make(map[string]*slotsOwner),
	}
}

// take waits for a place, for a first attempt of a link or for one again. The place is
// given back by calling release.
func (s *slots) take(ctx context.Context, owner string, again bool) (release func(), err error) {
	s.mu.Lock()
	o := s.owners[owner]
	if o == nil {
		o = &slotsOwner{}
		s.owners[owner] = o
	}
	queue := &o.firsts
	if again {
		queue = &o.again
	}
	ready := make(chan struct{})
	place := queue.PushBack(ready)
	if !slices.Contains(s.turns, owner) {
		s.turns = append(s.turns, owner)
	}
	s.grant()
	s.mu.Unlock()
	release = func() { s.release(owner, again) }
	select {
	case <-ready:
		return release, nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-ready: // at the same moment
		s.giveBack(owner, again)
		s.grant()
	default:
		queue.Remove(place)
		s.forget(owner)
	}
	return nil, context.Cause(ctx)
}

func (s *slots) release(owner string, again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.giveBack(owner, again)
	s.grant()
}

// giveBack needs mu.
func (s *slots) giveBack(owner string, again bool) {
	o := s.owners[owner]
	s.taken--
	o.taken--
	if !again {
		s.first--
		o.first--
	}
	s.forget(owner)
}

// forget forgets an owner that neither has nor waits for a place; mu is held.
func (s *slots) forget(owner string) {
	o := s.owners[owner]
	if o.again.Len()+o.firsts.Len() == 0 {
		s.turns = slices.DeleteFunc(s.turns, func(other string) bool { return other == owner })
		if o.taken == 0 {
			delete(s.owners, owner)
		}
	}
}

// grant gives free places to those who wait; mu is held.
func (s *slots) grant() {
	for s.taken < s.all {
		i := slices.IndexFunc(s.turns, s.grantTo)
		if i < 0 {
			return
		}
		owner := s.turns[i]
		s.turns = append(slices.Delete(s.turns, i, i+1), owner)
		s.forget(owner)
	}
}

// grantTo gives a place to an owner that may have one more; mu is held.
func (s *slots) grantTo(owner string) bool {
	o := s.owners[owner]
	var ready *list.Element
	switch {
	case o.taken >= s.ofOwner:
		return false
	case o.again.Len() > 0:
		ready = o.again.Front()
		o.again.Remove(ready)
	case o.firsts.Len() > 0 && s.first < s.forFirst && o.first < s.firstOwner:
		ready = o.firsts.Front()
		o.firsts.Remove(ready)
		s.first++
		o.first++
	default:
		return false
	}
	s.taken++
	o.taken++
	close(ready.Value.(chan struct{}))
	return true
}
