package poller

import "time"

// pace adapts the interval to the load of the router.
//
// The interval doubles, up to eight times the configured one, after one poll that
// took more than a fifth of it or three consecutive polls with a cpu-load above 80. It
// halves again after five consecutive polls that took at most an eighth of the shorter
// interval with a cpu-load of at most 70.
//
// With a budget of bytes, it is also at least as long as an average poll needs.
type pace struct {
	base     time.Duration
	interval time.Duration
	budget   int     // bytes a minute; 0 for no limit
	average  float64 // bytes of a poll
	hot      int     // consecutive polls with a cpu-load above hotLoad
	calm     int     // consecutive polls that allow a shorter interval
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

func newPace(base time.Duration, budget int) pace {
	return pace{base: base, interval: base, budget: budget}
}

// spend takes the bytes of a poll, and of the listens since the poll before.
func (p *pace) spend(bytes int) {
	const weight = 1.0 / 16
	if p.average == 0 {
		p.average = float64(bytes)
		return
	}
	p.average += (float64(bytes) - p.average) * weight
}

// tick is the present interval.
func (p *pace) tick() time.Duration {
	if p.budget == 0 {
		return p.interval
	}
	needed := time.Duration(p.average / float64(p.budget) * float64(time.Minute))
	return max(p.interval, min(needed.Round(p.base), maxBudgetTick))
}

// maxBudgetTick limits the interval that a budget asks for.
const maxBudgetTick = 2 * time.Minute

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
func (p *pace) stretched() bool { return p.tick() > p.base }
