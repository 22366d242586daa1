package poller

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// forms are those that are wanted now, in place of those of the round before.
func (p *Poller) forms(forms []Form) []Form {
	p.mu.Lock()
	defer p.mu.Unlock()
	forms = forms[:0]
	for form := range p.wanted {
		forms = append(forms, form)
	}
	return forms
}

// run polls at once what somebody has just begun to watch, and then at the ticks
// of this poller's phase.
func (p *Poller) run(ctx context.Context, s *state) {
	active := make(map[Form]bool)
	follow := followers{out: make(chan heard), stop: make(map[int]context.CancelFunc)}
	ctx, end := context.WithCancel(ctx)
	defer end() // of the followers, too
	var forms []Form
	for {
		p.loseThread(s)
		forms = p.forms(forms)
		s.arm(forms, active)
		p.adjust(ctx, s, &follow, forms)
		now := time.Now()
		due := s.due(forms, now)
		if len(due) > 0 {
			p.poll(ctx, s, forms, due, s.lag(due, now))
			p.schedule(s, forms, due)
		}
		timer := time.NewTimer(time.Until(s.soonest(forms)))
		select {
		case <-timer.C:
		case <-p.wake:
		case h := <-follow.out:
			p.hear(s, forms, h)
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// schedule gives the topics that were asked their next tick. The first tick of a
// topic may lie too close to the poll that its first watcher caused; it is then
// passed over. A topic that others were watching keeps its tick, or those of a
// combined event would part.
func (p *Poller) schedule(s *state, forms []Form, due []int) {
	now := time.Now()
	skipped := 0
	for _, i := range due {
		t := s.topics[i]
		interval := t.interval(s.pace.interval, p.opts.Scrape, i, forms)
		into := (time.Duration(now.UnixNano()) - time.Duration(p.phase%uint64(interval))) % interval
		planned, next := t.next, now.Add(interval-into)
		switch {
		case t.now && !planned.After(now) && interval-into < interval/2:
			next = next.Add(interval)
		case !t.now:
			skipped = max(skipped, int(now.Sub(planned)/t.every))
		}
		t.next, t.every, t.now = next, interval, false
	}
	if skipped > 0 {
		p.mu.Lock()
		p.info.Skipped += skipped
		p.mu.Unlock()
		p.opts.Observer.Skipped(skipped)
	}
}

// poll asks the topics that are due and publishes what they brought.
func (p *Poller) poll(ctx context.Context, s *state, forms []Form, due []int, lag time.Duration) {
	began := time.Now()
	results, err := p.ask(ctx, s, due, began)
	if ctx.Err() != nil {
		return // nobody watches any more
	}
	p.record(s, due, results, began, err)
	p.opts.Observer.Polled(time.Since(began), lag, err != nil)
	if err != nil {
		return
	}
	now := time.Now()
	p.note(s, forms, due, results, now)
	for _, i := range due {
		if t := s.topics[i]; t.rates != nil && results[i].err == nil {
			results[i].rows = t.rates.add(results[i].rows, now)
		}
	}
	for _, publication := range s.publications(forms, due, results, began, now) {
		p.publish(publication)
	}
	for _, i := range due {
		s.topics[i].keep(results[i].rows)
	}
}

// publish hands something over. Those who come later would take a snapshot that
// nobody watches any more for the present; changes and lines are handed over all
// the same, since those that follow lead on from them.
func (p *Poller) publish(pub publication) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.wanted[pub.form] == nil && pub.form.isSnapshot() {
		return
	}
	pub.hand(p.out)
}

// ask sends the commands of the topics and collects the answers, by topic. The
// error is set where nothing could be asked at all.
func (p *Poller) ask(ctx context.Context, s *state, due []int, now time.Time) ([]result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.opts.Timeout, p.late)
	defer cancel()
	results := make([]result, len(s.topics))
	commands := make([]routeros.Command, 0, len(due))
	asked := make([]int, 0, len(due))
	for _, i := range due {
		if t := s.topics[i]; now.Before(t.absentUntil) {
			results[i].err = t.absent
		} else {
			commands = append(commands, t.command())
			asked = append(asked, i)
		}
	}
	if len(commands) == 0 {
		return results, nil
	}
	calls, err := p.runner.StartAll(ctx, commands...)
	if err != nil {
		return nil, err
	}
	mute := true
	// The last one first: it mostly is the last to finish, and those before it
	// then cost no waiting.
	for k, i := range slices.Backward(asked) {
		reply, err := calls[k].Wait()
		results[i] = result{rows: reply.Rows, n: reply.Len, err: err}
		_, refused := errors.AsType[*routeros.TrapError](err)
		mute = mute && err != nil && !refused
		s.topics[i].learn(err, now.Add(p.opts.Absence))
	}
	if !mute {
		return results, nil
	}
	err = results[asked[0]].err
	if errors.Is(err, routeros.ErrTimeout) {
		p.out.Silent(now, err)
	}
	return nil, err
}

// record notes how the poll went and lets the pace learn from it.
func (p *Poller) record(s *state, due []int, results []result, began time.Time, err error) {
	took := time.Since(began)
	var failed map[string]error
	if err == nil {
		load := unknownLoad
		for _, i := range due {
			load = max(load, cpuLoad(s.topics[i], results[i]))
			if e := results[i].err; e != nil {
				if failed == nil {
					failed = make(map[string]error)
				}
				failed[s.topics[i].Name] = e
			}
		}
		s.pace.learn(took, load)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.info.Last = began.Add(took)
	p.info.Took = took
	p.info.Polls++
	p.info.Err = err
	p.info.Topics = failed
	p.info.Interval = s.pace.interval
	p.info.Stretched = s.pace.stretched()
}
