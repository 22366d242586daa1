package poller

import (
	"context"
	"slices"
	"time"
)

// loop is what a running poller knows from poll to poll. Its goroutine owns it.
// It ends once nobody has watched anything for Options.Retention, and everything
// that was learned about the router's menus ends with it.
type loop struct {
	*Poller
	sources  []*source // of the variants that are wanted or retained, in the order of topics
	variants []Variant // wanted now
	before   []Variant // wanted at the look before
	retained []retained
	trackers map[*Topic]tracker // of topics of the kind Events
	follow   followers
	pace     pace
	due      []*source // of this poll; made again for each
}

// retained is a variant that nobody wants, and when that began. What its viewers
// have can still be continued.
type retained struct {
	Variant
	at time.Time
}

// farAway is when something is due that is not.
const farAway = time.Hour

// run polls at once what somebody has just begun to watch, and then at the ticks
// of this poller's phase.
func (p *Poller) run(ctx context.Context) {
	l := &loop{Poller: p, pace: newPace(p.opts.Interval), follow: followers{out: make(chan listenEvent)}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // of the followers, too
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		next, more := l.look(time.Now())
		if !more {
			return
		}
		l.adjust(ctx)
		now := time.Now()
		if l.findDue(now); len(l.due) > 0 {
			l.poll(ctx, now)
		}
		timer.Reset(time.Until(earlier(next, l.soonest())))
		select {
		case <-timer.C:
		case <-p.wake:
		case e := <-l.follow.out:
			l.hear(e)
		case <-ctx.Done():
			return
		}
	}
}

// look takes in what is wanted now: what nobody has watched for Linger is paused,
// and what nobody has wanted for Retention is let go. It returns when the next of
// these will be, the zero time for never, and false where the loop is to end.
func (l *loop) look(now time.Time) (next time.Time, more bool) {
	l.before, l.variants = l.variants, l.before[:0]
	next = l.takeWanted(now)
	for _, v := range l.variants {
		if !slices.Contains(l.before, v) {
			l.arm(v, now)
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
	for len(l.retained) > 0 { // those that were paused first come first
		until := l.retained[0].at.Add(l.opts.Retention)
		if now.Before(until) {
			return earlier(next, until), true
		}
		l.expire(now)
	}
	return next, len(l.variants) > 0 || !l.end()
}

// earlier is the earlier of two times, of which a may be zero for never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// takeWanted lists what is wanted, and when the first of it will not be wanted
// any more, unless somebody returns to it.
func (l *loop) takeWanted(now time.Time) (next time.Time) {
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

// end gives up the loop, unless somebody has come meanwhile.
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

// arm makes what a variant reads due at once, for the viewer who has just come.
// A log that can be followed gets the time that a listen needs to begin.
func (l *loop) arm(v Variant, now time.Time) {
	for _, t := range v.Topic.sources() {
		s := l.source(t)
		if v.Topic.Follow && v.Topic.Recheck == 0 {
			s.next = now.Add(followStart)
		} else {
			s.now = true
		}
	}
}

// expire lets go of the variant that was retained first, and of what only it
// needed.
func (l *loop) expire(now time.Time) {
	v := l.retained[0].Variant
	l.retained = slices.Delete(l.retained, 0, 1)
	l.sink.Update(Update{Kind: Invalidated, Variant: v, At: now})
	delete(l.trackers, v.Topic)
	l.sources = slices.DeleteFunc(l.sources, func(s *source) bool {
		uses := func(v Variant) bool { return slices.Contains(v.Topic.sources(), s.Topic) }
		return !slices.ContainsFunc(l.variants, uses) &&
			!slices.ContainsFunc(l.retained, func(r retained) bool { return uses(r.Variant) })
	})
}

// source finds or makes the source of a topic.
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

// tracker finds or makes the tracker of a topic of events.
func (l *loop) tracker(t *Topic) tracker {
	if l.trackers == nil {
		l.trackers = make(map[*Topic]tracker)
	}
	if l.trackers[t] == nil {
		l.trackers[t] = t.track(l.opts.Page)
	}
	return l.trackers[t]
}

// wantedBy is whether a menu is read for a variant that is wanted: for one for
// which following it is not enough, and for one for which it is. The facts are
// neither.
func (l *loop) wantedBy(t *Topic) (needed, readers, followers bool) {
	for _, v := range l.variants {
		switch {
		case !slices.Contains(v.Topic.sources(), t):
			continue
		case v.Topic.Kind == FactsOnly:
		case v.Topic.Follow:
			followers = true
		default:
			readers = true
		}
		needed = true
	}
	return needed, readers, followers
}

// interval is how often a source is read now. One that is followed, and wanted
// only where following is enough, is read to make sure and no more; one that is
// read for the facts alone, as often as those are wanted.
func (l *loop) interval(s *source) time.Duration {
	switch _, readers, followers := l.wantedBy(s.Topic); {
	case readers, followers && !s.followed:
		return max(l.pace.interval, s.MinInterval)
	case followers:
		return max(l.pace.interval, l.recheck(s.Topic))
	}
	return max(l.pace.interval, l.opts.Scrape, s.MinInterval)
}

// recheck is how often a menu that is followed is read all the same.
func (l *loop) recheck(t *Topic) time.Duration {
	least := farAway
	for _, v := range l.variants {
		if v.Topic.Follow && v.Topic.Recheck > 0 && slices.Contains(v.Topic.sources(), t) {
			least = min(least, v.Topic.Recheck)
		}
	}
	return least
}

// findDue lists the sources whose time has come, in their order.
func (l *loop) findDue(now time.Time) {
	l.due = l.due[:0]
	for _, s := range l.sources {
		if needed, _, _ := l.wantedBy(s.Topic); needed && (s.now || !s.next.After(now)) {
			l.due = append(l.due, s)
		}
	}
}

// soonest is when the next source is due.
func (l *loop) soonest() time.Time {
	next := time.Now().Add(farAway)
	for _, s := range l.sources {
		if needed, _, _ := l.wantedBy(s.Topic); needed && s.next.Before(next) {
			next = s.next
		}
	}
	return next
}

// schedule gives the sources that were read their next tick. The first tick may
// lie too close to the poll that a viewer's coming caused; it is then passed
// over. A source that others were watching keeps its tick, or those of a group
// would part.
func (l *loop) schedule() {
	now := time.Now()
	skipped := 0
	for _, s := range l.due {
		interval := l.interval(s)
		into := (time.Duration(now.UnixNano()) - time.Duration(l.phase%uint64(interval))) % interval
		planned, next := s.next, now.Add(interval-into)
		switch {
		case s.now && !planned.After(now) && interval-into < interval/2:
			next = next.Add(interval)
		case !s.now:
			skipped = max(skipped, int(now.Sub(planned)/s.every))
		}
		s.next, s.every, s.now = next, interval, false
	}
	if skipped > 0 {
		l.mu.Lock()
		l.info.Skipped += skipped
		l.mu.Unlock()
		l.opts.Observer.Skipped(skipped)
	}
}
