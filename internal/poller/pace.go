package poller

import "time"

// pace adapts the interval to the load of the router.
//
// The interval doubles, up to eight times the configured one, after one poll that
// took more than a fifth of it or three consecutive polls with a cpu-load above 80. It
// halves again after five consecutive polls that took at most an eighth of the shorter
// interval with a cpu-load of at most 70.
type pace struct {
	base     time.Duration
	interval time.Duration
	hot      int // consecutive polls with a cpu-load above hotLoad
	calm     int // consecutive polls that allow a shorter interval
}

const (
	stretchMost = 8
	hotLoad     = 80
	calmLoad    = 70
	hotPolls    = 3
	calmPolls   = 5
	shareOfPoll = 5 // a poll may take a fifth of the interval
	shareToCalm = 8 // and an eighth of a shorter one
	unknownLoad = -1
)

func newPace(base time.Duration) pace { return pace{base: base, interval: base} }

// learn takes the duration of a poll and the cpu-load it read, or unknownLoad.
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

// stretched reports whether the interval is longer than configured.
func (p *pace) stretched() bool { return p.interval > p.base }
