package manager

import "time"

// lineEvery is how often the log has the same line about a router, however often a router
// comes and goes; the next line has the number of those that were left out.
const lineEvery = time.Minute

// lines are the lines of the log about one router, by their message.
type lines map[string]*line

type line struct {
	at     time.Time // when it was written last
	untold int       // left out since then
}

// count counts a line. It is silent if the line was written less than lineEvery ago;
// otherwise untold is how often it was left out before.
func (l *lines) count(message string, now time.Time) (untold int, silent bool) {
	if *l == nil {
		*l = make(lines)
	}
	known := (*l)[message]
	switch {
	case known == nil:
		(*l)[message] = &line{at: now}
		return 0, false
	case now.Sub(known.at) < lineEvery:
		known.untold++
		return 0, true
	}
	untold = known.untold
	*known = line{at: now}
	return untold, false
}
