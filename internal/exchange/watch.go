package exchange

import (
	"time"

	"github.com/nats-io/nats.go"

	"github.com/aprakasa/mikronec/internal/hub"
)

// plan is what one pass of reconcile has to do without the lock.
type plan struct {
	subscribe  []*track
	activate   []*track
	deactivate []func()               // ends of watches on devices
	ask        map[string][]*track    // by owner
	drop       []*track               // followed no longer
	unwatch    map[string][]*track    // by owner
	ended      []*nats.Subscription   // of drop
	feeds      map[*track]*hub.Feed   // of drop
	devices    map[*track]hub.Watcher // of activate
}

// reconcile is the goroutine that brings subscriptions and watches to what viewers and other
// instances want.
func (x *Exchange) reconcile() {
	renewEvery := x.opts.Timing.Lease / 3
	ticks := time.NewTicker(min(time.Second, renewEvery, x.opts.Timing.Linger))
	defer ticks.Stop()
	renewed := time.Now()
	for {
		select {
		case <-x.done.Done():
			return
		case <-x.wake:
		case now := <-ticks.C:
			x.expire(now)
			if now.Sub(renewed) >= renewEvery {
				renewed = now
				x.renewLeases()
			}
		}
		x.pass(time.Now())
		x.askStates()
	}
}

// expire ends the watches of instances that have not renewed them, and has routes looked at
// that may have to be asked for once more.
func (x *Exchange) expire(now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for name, c := range x.clients {
		if now.Before(c.expires) {
			continue
		}
		delete(x.clients, name)
		for t := range c.tracks {
			delete(t.clients, name)
			x.touch(t.route)
		}
	}
	for _, t := range x.subjects {
		if t.needs || !t.viewers {
			x.touch(t.route)
		}
	}
}

// pass does what is to be done for the routes that have changed.
func (x *Exchange) pass(now time.Time) {
	p := plan{ask: make(map[string][]*track), unwatch: make(map[string][]*track), feeds: make(map[*track]*hub.Feed), devices: make(map[*track]hub.Watcher)}
	x.mu.Lock()
	for r := range x.dirty {
		if r.feed == nil {
			continue // Attach touches it
		}
		for _, t := range r.tracks {
			if r.source != nil {
				x.planOwn(&p, t, now)
			} else {
				x.planFollowed(&p, t, now)
			}
		}
	}
	clear(x.dirty)
	x.mu.Unlock()
	x.do(&p)
}

// planOwn plans for a track of a router of this instance; mu is held.
func (x *Exchange) planOwn(p *plan, t *track, now time.Time) {
	if t.wanted(now) {
		t.clients[x.opts.Instance] = struct{}{}
	} else {
		delete(t.clients, x.opts.Instance)
	}
	switch on := len(t.clients) > 0; {
	case on && !t.active:
		if t.sub == nil {
			p.subscribe = append(p.subscribe, t)
		}
		p.activate = append(p.activate, t)
		p.devices[t] = t.route.source
	case on && t.needs:
		t.renew()
	case !on && t.active:
		if t.leave != nil {
			p.deactivate = append(p.deactivate, t.leave)
		}
		t.active, t.leave, t.pending = false, nil, nil
		x.planDrop(p, t)
	case !on && t.sub != nil:
		x.planDrop(p, t)
	}
}

// planFollowed plans for a track of a router of another instance; mu is held.
func (x *Exchange) planFollowed(p *plan, t *track, now time.Time) {
	switch want := t.wanted(now); {
	case want && (t.sub == nil || t.needs):
		if t.sub == nil {
			t.needs = true
			p.subscribe = append(p.subscribe, t)
		}
		if t.route.owner != "" && !t.asking {
			t.asking, t.needs = true, false
			p.ask[t.route.owner] = append(p.ask[t.route.owner], t)
		}
	case !want && t.sub != nil:
		if t.route.owner != "" {
			p.unwatch[t.route.owner] = append(p.unwatch[t.route.owner], t)
		}
		x.planDrop(p, t)
	}
}

func (x *Exchange) planDrop(p *plan, t *track) {
	if t.sub != nil {
		p.ended = append(p.ended, t.sub)
		t.sub = nil
		delete(x.subjects, t.subject)
	}
	t.needs, t.watched, t.broken, t.asking = true, false, true, false
	t.drops++
	p.drop = append(p.drop, t)
	p.feeds[t] = t.route.feed
}

func (x *Exchange) do(p *plan) {
	for _, sub := range p.ended {
		_ = sub.Unsubscribe()
	}
	for _, t := range p.drop {
		p.feeds[t].Unseed(t.name)
	}
	for _, leave := range p.deactivate {
		leave()
	}
	for _, t := range p.subscribe {
		x.subscribe(t)
	}
	for _, t := range p.activate {
		x.activate(t, p.devices[t])
	}
	for owner, tracks := range p.ask {
		x.wg.Go(func() { x.ask(owner, tracks) })
	}
	for owner, tracks := range p.unwatch {
		x.wg.Go(func() { x.unwatch(owner, tracks) })
	}
}

func (x *Exchange) subscribe(t *track) {
	x.mu.Lock()
	x.subjects[t.subject] = t // before the first message
	x.mu.Unlock()
	sub, err := x.opts.NATS.ChanSubscribe(t.subject, x.in)
	x.mu.Lock()
	closed := x.closed || t.route.closed
	if err != nil || closed {
		delete(x.subjects, t.subject)
	} else {
		t.sub = sub
	}
	x.mu.Unlock()
	if err == nil && closed {
		_ = sub.Unsubscribe()
	}
}

// activate begins an incarnation of a track, and then watches it at the device.
func (x *Exchange) activate(t *track, device hub.Watcher) {
	x.mu.Lock()
	if t.route.source != device || t.active || t.route.closed {
		x.mu.Unlock()
		return
	}
	t.active, t.asking, t.needs, t.broken = true, false, false, false
	if x.alone {
		feed, seed := t.route.feed, t.seed(0)
		x.mu.Unlock()
		x.call(func() {
			seed.Tail, seed.Since, seed.Restarts = x.order.last, x.order.last, true
			feed.Seed(t.name, seed)
		})
	} else {
		t.renew()
		x.mu.Unlock()
	}
	leave := device.Watch(t.name)
	x.mu.Lock()
	keep := t.route.source == device && t.active && !t.route.closed
	if keep {
		t.leave = leave
	}
	x.mu.Unlock()
	if !keep {
		leave()
	}
}
