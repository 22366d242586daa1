package poller

import (
	"context"
	"errors"
	"slices"
	"time"
)

// poll starts listens, reads the sources that are due and delivers their readings. If it
// is given up for lack of watchers, they stay due: a watcher may have returned at that
// moment.
func (l *loop) poll(ctx context.Context, began time.Time, begin []*source) {
	lag := l.lag(began)
	commands, err := l.ask(ctx, began, begin)
	switch {
	case errors.Is(err, errUnwatched):
		for _, s := range l.due {
			s.now = true
		}
	case ctx.Err() == nil:
		forgot := l.checkLogin(time.Now()) // the answers may be of another session
		if commands > 0 || err != nil {
			l.record(began, err, forgot)
			l.opts.Observer.Polled(time.Since(began), lag, err != nil)
		}
		l.deliver(time.Now(), err)
		l.schedule(forgot)
	}
	for _, s := range l.due {
		s.release()
	}
}

// setAbort sets the function that ends the current poll, nil without a poll. It
// reports whether the poll before was ended by giveUp.
func (l *loop) setAbort(cancel context.CancelFunc) (aborted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	aborted = l.aborted
	l.abort, l.aborted = cancel, false
	return aborted
}

// lag is the delay of the poll after its tick. Sources that are due because of a new
// watcher do not count.
func (l *loop) lag(now time.Time) time.Duration {
	lag := time.Duration(0)
	for _, s := range l.due {
		if !s.now && !s.early && !s.next.IsZero() {
			lag = max(lag, now.Sub(s.next))
		}
	}
	return lag
}

// ask starts listens, sends the commands of the sources and waits for the replies. It
// returns how many commands read something. It fails if no command could be sent, if none
// was answered (a trap is an answer), or with errUnwatched if the poll was given up.
func (l *loop) ask(ctx context.Context, began time.Time, begin []*source) (asked int, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, l.opts.Timeout, l.timeout)
	defer cancel()
	l.setAbort(cancel)
	defer func() {
		if l.setAbort(nil) {
			err = errUnwatched
		}
	}()
	var questions []question
	for _, s := range l.due {
		s.reading = Reading{Topic: s.Topic, Asked: began, Answered: began}
		if began.Before(s.absentUntil) {
			s.reading.Err = s.absent
			continue
		}
		s.keep = l.delta(s.Topic)
		if s.asked = l.part(s, began); s.asked != nothing {
			questions = append(questions, question{source: s, part: s.asked})
		}
	}
	l.asking = true
	defer func() { l.asking = false }()
	if err := l.send(ctx, began, begin, questions); err != nil {
		return len(questions), err
	}
	err = l.wait(questions, began)
	for _, s := range l.due {
		l.present(s)
	}
	return len(questions), err
}

// delta reports whether a Delta variant of the topic is wanted, whose rows the sink
// may keep.
func (l *loop) delta(t *Topic) bool {
	return slices.ContainsFunc(l.variants, func(v Variant) bool { return v.Delta && v.Topic == t })
}

// record updates Info and the pace. A poll during which there was a login has waited for
// that, so it says nothing about the router.
func (l *loop) record(began time.Time, err error, login bool) {
	took := time.Since(began)
	var failed map[string]error
	if err == nil {
		load := unknownLoad
		for _, s := range l.due {
			if s.load != nil && s.reading.Err == nil {
				load = max(load, s.load(s.reading))
			}
			if s.reading.Err != nil {
				if failed == nil {
					failed = make(map[string]error)
				}
				failed[s.Name] = s.reading.Err
			}
		}
		if !login {
			l.pace.learn(took, load)
			l.pace.spend(l.spent)
		}
		l.spent = 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.info.Last = began.Add(took)
	l.info.Took = took
	l.info.Polls++
	l.info.Err = err
	l.info.Topics = failed
	l.info.Interval = l.pace.tick()
	l.info.Stretched = l.pace.stretched()
}

// deliver stores the facts and delivers the updates of a poll. If the poll failed as a
// whole, only the trackers of events are told: the state of tables stands, and viewers
// learn about the session from its status.
func (l *loop) deliver(now time.Time, failed error) {
	for _, s := range l.due {
		if s.reading.Err == nil {
			s.reading.Err = failed
		}
		if s.Rates && s.reading.Err == nil && s.reading.Rows != nil {
			s.addRates(l.interval(s))
		}
	}
	l.noteFacts(now)
	if failed == nil {
		l.keepTables(now)
		l.collect(now)
	}
	for _, v := range l.variants {
		if failed != nil && v.Topic.Kind != Events {
			continue
		}
		if v.isSnapshot() && !l.isWanted(v) {
			continue // it was paused; a later viewer would get an outdated snapshot
		}
		if v.Topic.collect != nil {
			l.deliverCollected(v, now)
			continue
		}
		readings := make([]Reading, 0, len(l.due))
		for _, s := range l.due {
			if v.needs(s.Topic) && !s.reading.unknown {
				readings = append(readings, s.reading)
			}
		}
		switch {
		case len(readings) == 0, v.Topic.Kind == FactsOnly:
		case v.Topic.Kind == Events:
			for _, r := range readings {
				if !r.same {
					l.deliverEvents(v, r, now)
				}
			}
		case len(readings) == len(v.Topic.sources()) && l.isNew(v, readings): // a group is complete
			if v.Topic.join != nil {
				readings = []Reading{v.Topic.join(readings)}
				readings[0].Topic = v.Topic
			}
			l.update(Update{Kind: Read, Variant: v, Readings: readings, At: now})
		}
	}
}

// isNew reports whether readings have something for a variant: all rows at a tick, changes
// only if there are any. Large tables are delivered whole at ticks only.
func (l *loop) isNew(v Variant, readings []Reading) bool {
	same, early, size := true, false, 0
	for _, r := range readings {
		same, early, size = same && r.same, early || r.early, size+len(r.Rows)
	}
	if v.isSnapshot() {
		return !early || !same && size <= largeTable
	}
	return !same || v.Volatile && !early
}

// isWanted reports whether a variant is still wanted.
func (l *loop) isWanted(v Variant) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.wanted, func(w want) bool {
		return w.Variant == v && (w.watchers > 0 || time.Since(w.left) < l.opts.Linger)
	})
}

func (l *loop) deliverEvents(v Variant, r Reading, now time.Time) {
	events, gap := l.tracker(v.Topic).onReading(r)
	if gap {
		l.update(Update{Kind: Invalidated, Variant: v, At: now})
	}
	if c, ok := l.tracker(v.Topic).(recaller); ok {
		if before, known := c.recall(); known {
			l.update(Update{Kind: Recalled, Variant: v, Events: before, At: now})
		}
	}
	if len(events) > 0 {
		l.update(Update{Kind: Happened, Variant: v, Events: events, At: now})
	}
}

// update delivers an update, with the interval if it is longer than configured.
func (l *loop) update(u Update) {
	if l.pace.stretched() {
		u.Interval = l.pace.tick()
	}
	l.sink.Update(u)
}
