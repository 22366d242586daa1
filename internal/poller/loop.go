package poller

import (
	"context"
	"slices"
	"time"
)

// loop is the state of a running poller, owned by its goroutine. The loop ends when
// no variant has been wanted for Options.Retention, and the state with it.
type loop struct {
	*Poller
	sources  []*source // of the variants that are wanted or retained, in the order of topics
	variants []Variant // wanted at the last refresh
	before   []Variant // wanted at the refresh before
	retained []retained
	trackers map[*Topic]tracker // of topics of the kind Events
	pace     pace
	collecting
	due      []*source // of the current poll
	asking   bool      // a poll waits for answers
	answered time.Time // when the router last answered a command
	spent    int       // bytes since the last poll was recorded
	login    login
	changed  <-chan struct{} // closed when there may be another session
}

// retained is a variant that is no longer wanted, whose state is kept: a watcher who
// returns within Options.Retention gets updates that continue the earlier ones.
type retained struct {
	Variant
	at time.Time // when it was paused
}

// maxWait is the interval of what is not read periodically.
const maxWait = time.Hour

// run polls at once when a variant becomes wanted, and then at the ticks of the
// poller's phase. A variant is wanted while it has a watcher, and for Options.Linger
// after that.
func (p *Poller) run(ctx context.Context) {
	l := &loop{Poller: p, pace: newPace(p.opts.Interval, p.opts.Budget)}
	l.login.number, l.changed = p.runner.Logins()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer l.endListens()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		next, more := l.refresh(time.Now())
		if !more {
			return
		}
		now := time.Now()
		l.checkLogin(now)
		l.takeListens(now)
		begin := l.adjustListens(now)
		if l.findDue(now); len(l.due) > 0 || len(begin) > 0 {
			l.poll(ctx, now, begin)
		}
		timer.Reset(time.Until(earlier(next, l.nextDue())))
		select {
		case <-timer.C:
		case <-p.wake:
		case <-l.changed:
		case <-ctx.Done():
			return
		}
	}
}

// refresh reads which variants are wanted. It starts and pauses variants, and expires
// those that were retained for Options.Retention. It returns when it has to be called
// again, the zero time for never, and false for more if the loop must end.
func (l *loop) refresh(now time.Time) (next time.Time, more bool) {
	l.before, l.variants = l.variants, l.before[:0]
	next = l.takeVariants(now)
	for _, v := range l.variants {
		if !slices.Contains(l.before, v) {
			l.makeDue(v, now)
		}
	}
	for _, v := range l.before {
		if !slices.Contains(l.variants, v) {
			l.sink.Update(Update{Kind: Paused, Variant: v, At: now})
			l.retained = append(l.retained, retained{v, now})
		}
	}
	l.retained = slices.DeleteFunc(l.retained, func(r retained) bool {
		return slices.Contains(l.variants, r.Variant)
	})
	for len(l.retained) > 0 { // in the order in which they were paused
		until := l.retained[0].at.Add(l.opts.Retention)
		if now.Before(until) {
			return earlier(next, until), true
		}
		l.expire(now)
	}
	return next, len(l.variants) > 0 || !l.end()
}

// earlier returns the earlier time; a may be zero for never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// takeVariants lists the variants that are wanted. It returns when the first of them
// stops being wanted unless a watcher returns, the zero time for never.
func (l *loop) takeVariants(now time.Time) (next time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wanted = slices.DeleteFunc(l.wanted, func(w want) bool {
		if w.watchers == 0 {
			until := w.left.Add(l.opts.Linger)
			if !now.Before(until) {
				return true
			}
			next = earlier(next, until)
		}
		l.variants = append(l.variants, w.Variant)
		return false
	})
	l.info.Running = len(l.variants) > 0 && !l.closed
	return next
}

// end marks the loop as ended, unless there is a new watcher.
func (l *loop) end() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.wanted) > 0 {
		return false
	}
	l.running = false
	l.stop()
	return true
}

// makeDue makes the sources of a variant due at once. Those that are read only if they
// cannot be followed get the time that a listen needs to begin.
func (l *loop) makeDue(v Variant, now time.Time) {
	for _, t := range v.Topic.sources() {
		s := l.source(t)
		if s.Listen && s.Recheck == 0 {
			s.next, s.now = now.Add(followStart), false
		} else {
			s.now, s.fresh = true, true
		}
	}
}

// expire removes the variant that was paused first, with the state that only it needs.
func (l *loop) expire(now time.Time) {
	v := l.retained[0].Variant
	l.retained = slices.Delete(l.retained, 0, 1)
	l.sink.Update(Update{Kind: Invalidated, Variant: v, At: now})
	delete(l.trackers, v.Topic)
	l.dropCollector(v.Topic)
	l.sources = slices.DeleteFunc(l.sources, func(s *source) bool {
		uses := func(v Variant) bool { return v.needs(s.Topic) }
		return !slices.ContainsFunc(l.variants, uses) &&
			!slices.ContainsFunc(l.retained, func(r retained) bool { return uses(r.Variant) })
	})
}

// source returns the source of a topic.
func (l *loop) source(t *Topic) *source {
	for _, s := range l.sources {
		if s.Topic == t {
			return s
		}
	}
	s := newSource(t)
	l.sources = append(l.sources, s)
	slices.SortFunc(l.sources, func(a, b *source) int { return slices.Index(topics, a.Topic) - slices.Index(topics, b.Topic) })
	return s
}

// tracker returns the tracker of a topic of the kind Events.
func (l *loop) tracker(t *Topic) tracker {
	if l.trackers == nil {
		l.trackers = make(map[*Topic]tracker)
	}
	if l.trackers[t] == nil {
		l.trackers[t] = t.track(l.opts.Page)
	}
	return l.trackers[t]
}

// findDue sets due, in the order of sources.
func (l *loop) findDue(now time.Time) {
	l.due = l.due[:0]
	for _, s := range l.sources {
		if needed, _ := l.needed(s); !needed {
			continue
		}
		tick := s.now || !s.next.After(now)
		s.early = !tick && !s.soon.IsZero() && !s.soon.After(now)
		if tick || s.early {
			l.due = append(l.due, s)
		}
	}
}

// nextDue is when the next source is due.
func (l *loop) nextDue() time.Time {
	now := time.Now()
	next := now.Add(maxWait)
	for _, s := range l.sources {
		if needed, _ := l.needed(s); !needed {
			continue
		}
		if s.now {
			return now
		}
		if s.next.Before(next) {
			next = s.next
		}
		if !s.soon.IsZero() && s.soon.Before(next) {
			next = s.soon
		}
	}
	return next
}

// schedule sets the next tick of the sources that were read. The first tick after a
// poll for a new watcher is skipped if it is less than half an interval away, unless
// the source had a tick planned for it: the parts of a group stay together. With soon,
// that is the next tick of all: they were asked by what does not hold any more.
func (l *loop) schedule(soon bool) {
	now := time.Now()
	skipped := 0
	for _, s := range l.due {
		s.soon = time.Time{}
		if s.early {
			s.now, s.repeat = s.repeat, false
			continue
		}
		interval := l.interval(s)
		if soon {
			interval = l.pace.tick()
		}
		into := (time.Duration(now.UnixNano()) - time.Duration(l.phase%uint64(interval))) % interval
		planned, next := s.next, now.Add(interval-into)
		switch {
		case interval == maxWait:
			next = now.Add(maxWait) // it has no tick, which may be a moment away
		case s.now && !planned.After(now) && interval-into < interval/2:
			next = next.Add(interval)
		case !s.now:
			skipped = max(skipped, int(now.Sub(planned)/s.every))
		}
		s.next, s.every, s.now, s.repeat = next, interval, s.repeat, false
	}
	if skipped > 0 {
		l.mu.Lock()
		l.info.Skipped += skipped
		l.mu.Unlock()
		l.opts.Observer.Skipped(skipped)
	}
}
