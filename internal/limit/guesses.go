package limit

import (
	"context"
	"sync"
	"time"
)

// GuessWindow is the time over which failed logins to routers are counted.
const GuessWindow = time.Minute

// Guesses limits logins to routers that fail: of each key, and at each router. Above the
// limit of its own a key has to wait. Above that of a router those have to wait who failed
// there: others still have one try at a time, so that nobody locks out those who know the
// password. Attempts that are under way count as failed until they end, so that many at
// the same time are no way around the limit.
//
// Memory is proportional to the failures within GuessWindow, of which each key has no more
// than the limit, and to the attempts under way.
type Guesses struct {
	max int

	mu      sync.Mutex
	tallies map[guesser]*tally // guarded by mu
	changed chan struct{}      // closed when an attempt ends; guarded by mu
}

// guesser is a key, a router (with an empty key), or a key at a router.
type guesser struct{ key, router string }

// tally is guarded by Guesses.mu.
type tally struct {
	failed   []time.Time // within GuessWindow, the oldest first
	underWay int
}

// NewGuesses allows a number of failed logins per GuessWindow; 0 means no limit.
func NewGuesses(failures int) *Guesses {
	return &Guesses{max: failures, tallies: make(map[guesser]*tally), changed: make(chan struct{})}
}

// Begin begins an attempt of a key at a router. It waits while those under way could exceed
// the limit. end must be called with the result. Where the limit is reached, end is nil and
// retry is the time until one more is allowed. The error is the cause of ctx.
//
// known is whether the key has connected this router before: then the failures of others
// do not count.
func (g *Guesses) Begin(ctx context.Context, key, router string, known bool) (end func(failed bool), retry time.Duration, err error) {
	if g.max <= 0 {
		return func(bool) {}, 0, nil
	}
	all := []guesser{{key: key}, {router: router}, {key, router}}
	for {
		g.mu.Lock()
		wait, retry := g.check(all, known)
		if retry == 0 && !wait {
			for _, who := range all {
				g.tally(who).underWay++
			}
			g.mu.Unlock()
			return func(failed bool) { g.end(all, failed) }, 0, nil
		}
		changed := g.changed
		g.mu.Unlock()
		if retry > 0 {
			return nil, retry, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, 0, context.Cause(ctx)
		}
	}
}

// check reports whether an attempt has to wait for others to end, or until when the limit
// is reached; mu is held.
func (g *Guesses) check(all []guesser, known bool) (wait bool, retry time.Duration) {
	own, router, both := g.tally(all[0]), g.tally(all[1]), g.tally(all[2])
	defer g.forget(all)
	switch {
	case len(own.failed) >= g.max:
		return false, g.untilBelow(own)
	case !known && len(router.failed) >= g.max && len(both.failed) > 0:
		return false, g.untilBelow(router)
	case len(own.failed) > 0 && len(own.failed)+own.underWay >= g.max:
		return true, 0
	}
	// Where nothing of the key has failed yet, its routers do not wait for one another.
	return !known && both.underWay > 0 && len(router.failed)+router.underWay >= g.max, 0
}

// untilBelow is the time until a tally is below the limit.
func (g *Guesses) untilBelow(t *tally) time.Duration {
	return max(time.Until(t.failed[len(t.failed)-g.max].Add(GuessWindow)), time.Millisecond)
}

// tally returns a tally without what is too old; mu is held.
func (g *Guesses) tally(who guesser) *tally {
	t := g.tallies[who]
	if t == nil {
		t = &tally{}
		g.tallies[who] = t
	}
	for len(t.failed) > 0 && time.Since(t.failed[0]) >= GuessWindow {
		t.failed = t.failed[1:]
	}
	return t
}

func (g *Guesses) end(all []guesser, failed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, who := range all {
		t := g.tally(who)
		if t.underWay--; failed {
			t.failed = append(t.failed, time.Now())
		}
	}
	g.forget(all)
	close(g.changed)
	g.changed = make(chan struct{})
}

// forget forgets tallies that count nothing; mu is held. Those that are not asked for
// again are looked at with others.
func (g *Guesses) forget(all []guesser) {
	for _, who := range all {
		if t := g.tally(who); t.underWay == 0 && len(t.failed) == 0 {
			delete(g.tallies, who)
		}
	}
	looked := 0
	for who := range g.tallies { // Go's random order
		if t := g.tally(who); t.underWay == 0 && len(t.failed) == 0 {
			delete(g.tallies, who)
		}
		if looked++; looked == 4 {
			break
		}
	}
}
