package poller

import "time"

// needed reports whether a menu is needed, and whether by viewers.
func (l *loop) needed(s *source) (needed, watched bool) {
	for _, v := range l.variants {
		if v.needs(s.Topic) {
			needed, watched = true, watched || v.isLive()
		}
	}
	return needed, watched
}

// rare is the interval of a menu that no viewer needs: the shortest of those that are
// wanted.
func (l *loop) rare(s *source) time.Duration {
	shortest := maxWait
	for _, v := range l.variants {
		switch {
		case !v.needs(s.Topic):
		case v.Topic.Kind == FactsOnly:
			shortest = min(shortest, max(l.opts.Scrape, s.FactsInterval))
		default:
			shortest = min(shortest, v.Every)
		}
	}
	return shortest
}

// wantsTicks reports whether rows of a source are delivered at each tick, whether they
// have changed or not.
func (l *loop) wantsTicks(s *source) bool {
	for _, v := range l.variants {
		if v.needs(s.Topic) && v.Topic.collect == nil && (v.Volatile || v.isLive() && v.isSnapshot()) {
			return true
		}
	}
	return false
}

// interval is the present interval of a source: a longer one if no viewer needs it. One
// whose changes come from a listen has less to do.
func (l *loop) interval(s *source) time.Duration {
	_, watched := l.needed(s)
	switch {
	case s.listen != nil && s.Recheck == 0:
		return maxWait
	case !watched:
		return max(l.pace.tick(), l.rare(s), s.MinInterval)
	case s.Twice && s.taken == 1:
		return l.pace.tick()
	case s.Listen && s.split() && !l.wantsTicks(s):
		return max(l.pace.tick(), quiet)
	}
	return max(l.pace.tick(), s.MinInterval)
}
