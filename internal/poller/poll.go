package poller

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// poll reads the sources that are due and hands on what they brought.
func (l *loop) poll(ctx context.Context, began time.Time) {
	defer l.schedule()
	lag := l.lag(began)
	err := l.ask(ctx, began)
	if ctx.Err() != nil || errors.Is(err, errNobodyWatches) {
		return
	}
	l.record(began, err)
	l.opts.Observer.Polled(time.Since(began), lag, err != nil)
	if err == nil {
		l.handOn(time.Now())
	}
	for _, s := range l.due {
		s.release()
	}
}

// abortBy says how the poll under way is ended, nil where there is none. It
// reports whether the one before was.
func (l *loop) abortBy(cancel context.CancelFunc) (aborted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	aborted = l.aborted
	l.abort, l.aborted = cancel, false
	return aborted
}

// lag is how long after its tick the poll begins; nothing for sources that are
// read because somebody has just begun to watch.
func (l *loop) lag(now time.Time) time.Duration {
	lag := time.Duration(0)
	for _, s := range l.due {
		if !s.now && !s.next.IsZero() {
			lag = max(lag, now.Sub(s.next))
		}
	}
	return lag
}

// ask sends the commands of the sources and collects the answers. The error is
// set where nothing could be asked at all, nothing was answered, or nobody waits
// any more.
func (l *loop) ask(ctx context.Context, began time.Time) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, l.opts.Timeout, l.timeout)
	defer cancel()
	l.abortBy(cancel)
	defer func() {
		if l.abortBy(nil) {
			err = errNobodyWatches
		}
	}()
	commands := make([]routeros.Command, 0, len(l.due))
	asked := make([]*source, 0, len(l.due))
	for _, s := range l.due {
		s.reading = Reading{Topic: s.Topic, Asked: began, Answered: began}
		if began.Before(s.absentUntil) {
			s.reading.Err = s.absent
			continue
		}
		s.keep = l.delta(s.Topic)
		commands = append(commands, s.command())
		asked = append(asked, s)
	}
	if len(commands) == 0 {
		return nil
	}
	calls, err := l.runner.StartAll(ctx, commands...)
	if err != nil {
		return err
	}
	mute := true
	// The last one first: it mostly is the last to finish, and those before it
	// then cost no waiting.
	for k, s := range slices.Backward(asked) {
		reply, err := calls[k].Wait()
		s.take(reply, err, began.Add(l.opts.Absence))
		_, refused := errors.AsType[*routeros.TrapError](err)
		mute = mute && err != nil && !refused
	}
	if !mute {
		return nil
	}
	err = asked[0].reading.Err
	if errors.Is(err, routeros.ErrTimeout) {
		l.runner.FailIfSilent(began, err)
	}
	return err
}

// delta reports whether the rows of a topic are kept by those who watch changes.
func (l *loop) delta(t *Topic) bool {
	return slices.ContainsFunc(l.variants, func(v Variant) bool { return v.Delta && v.Topic == t })
}

// record notes how the poll went and lets the pace learn from it.
func (l *loop) record(began time.Time, err error) {
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
		l.pace.learn(took, load)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.info.Last = began.Add(took)
	l.info.Took = took
	l.info.Polls++
	l.info.Err = err
	l.info.Topics = failed
	l.info.Interval = l.pace.interval
	l.info.Stretched = l.pace.stretched()
}

// handOn notes the facts and gives each variant what it gets out of a poll.
func (l *loop) handOn(now time.Time) {
	l.noteFacts(now)
	for _, s := range l.due {
		if s.Rates && s.reading.Err == nil {
			s.addRates(l.interval(s))
		}
	}
	for _, v := range l.variants {
		if v.isSnapshot() && !l.isWanted(v) {
			continue // who comes later would take it for the present
		}
		readings := make([]Reading, 0, len(l.due))
		for _, s := range l.due {
			if slices.Contains(v.Topic.sources(), s.Topic) {
				readings = append(readings, s.reading)
			}
		}
		switch {
		case len(readings) == 0, v.Topic.Kind == FactsOnly:
		case v.Topic.Kind == Events:
			for _, r := range readings {
				l.handOnEvents(v, r, now)
			}
		case len(readings) == len(v.Topic.sources()): // a group is whole or nothing
			l.update(Update{Kind: Read, Variant: v, Readings: readings, At: now})
		}
	}
}

// isWanted reports whether somebody watches a variant or has left it just now.
func (l *loop) isWanted(v Variant) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.wanted, func(w want) bool {
		return w.Variant == v && (w.watchers > 0 || time.Since(w.left) < l.opts.Linger)
	})
}

func (l *loop) handOnEvents(v Variant, r Reading, now time.Time) {
	events, gap := l.tracker(v.Topic).reading(r)
	if gap {
		l.update(Update{Kind: Invalidated, Variant: v, At: now})
	}
	if len(events) > 0 {
		l.update(Update{Kind: Happened, Variant: v, Events: events, At: now})
	}
}

// update hands on one update, with the interval where it is a longer one.
func (l *loop) update(u Update) {
	if l.pace.stretched() {
		u.Interval = l.pace.interval
	}
	l.sink.Update(u)
}
