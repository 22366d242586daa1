package poller

import "time"

// pace is how often a router is asked. It backs off from a router that has
// trouble answering and comes back, step by step, when the trouble is over.
//
// The interval doubles when a poll took more than a fifth of it, at once, or
// when the router's own cpu-load was above 80 in three polls running; eight
// times the configured interval is the most. It halves again after five polls
// running that would have been well within the rule at the shorter interval,
// with a cpu-load of 70 at most: between the two bounds it stays.
type pace struct {
	base     time.Duration
	interval time.Duration
	hot      int // polls running with a cpu-load above the bound
	calm     int // polls running that allow a shorter interval
}

const (
	stretchMost = 8
	hotLoad     = 80
	calmLoad    = 70
	hotPolls    = 3
	calmPolls   = 5
	shareOfPoll = 5 // a poll may take a fifth of the interval
	shareToCalm = 8 // and an eighth of a shorter one for that to be taken
	unknownLoad = -1
)

func newPace(base time.Duration) pace { return pace{base: base, interval: base} }

// learn takes in how long a poll took and the cpu-load that it found, which is
// unknownLoad where it found none.
func (p *pace) learn(took time.Duration, load int) {
	if load > hotLoad {
		p.hot++
	} else {
		p.hot = 0
	}
	if took*shareOfPoll > p.interval || p.hot >= hotPolls {
		p.interval = min(2*p.interval, stretchMost*p.base)
		p.hot, p.calm = 0, 0
		return
	}
	if p.interval == p.base || load > calmLoad || took*shareToCalm > p.interval/2 {
		p.calm = 0
		return
	}
	if p.calm++; p.calm >= calmPolls {
		p.interval = max(p.interval/2, p.base)
		p.calm = 0
	}
}

// stretched reports whether the router is asked less often than configured.
func (p *pace) stretched() bool { return p.interval > p.base }
