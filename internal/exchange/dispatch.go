package exchange

import (
	"slices"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/hub"
)

// dispatch is the goroutine that delivers: messages in the order of the stream, and seeds
// between them. Only it moves [track.at].
func (x *Exchange) dispatch() {
	for {
		select {
		case <-x.done.Done():
			return
		case msg := <-x.in:
			x.take(msg)
		case do := <-x.calls:
			do()
		}
	}
}

func (x *Exchange) take(msg *nats.Msg) {
	if msg.Subject == x.states {
		x.learn(msg.Data)
		return
	}
	seq := sequenceOf(msg.Header)
	if msg.Subject == x.probeBack {
		x.probed(msg.Data)
		if seq < x.order.last {
			x.check()
		}
		x.reach(seq)
		return
	}
	if seq == 0 || x.order.alone > 0 {
		return
	}
	m, err := decode(msg.Data)
	if err != nil {
		return // of another version; its number is missed
	}
	x.mu.Lock()
	t, r := x.subjects[msg.Subject], (*Route)(nil)
	if m.form == hub.StatusEvent {
		r = x.routes[x.routeToken(msg.Subject)]
	}
	var feed *hub.Feed
	switch {
	case t != nil && t.route.takes(m.inc):
		feed = t.route.feed
	case t == nil && r != nil && r.takes(m.inc):
		feed = r.feed
	}
	x.mu.Unlock()
	switch {
	case feed == nil:
	case t == nil:
		x.takeStatus(r, feed, &m, seq)
	default:
		x.takeTrack(t, feed, arrival{&m, seq})
	}
	x.reach(seq)
}

// reach tells the hub how far this instance has come, and applies the seeds up to there.
func (x *Exchange) reach(seq uint64) {
	if x.order.alone > 0 || seq <= x.order.last && len(x.delayed) == 0 {
		return
	}
	x.order.last = max(x.order.last, seq)
	if len(x.delayed) == 0 {
		return
	}
	x.opts.Hub.Advance(x.order.last)
	delayed := x.delayed
	x.delayed = nil
	for _, p := range delayed {
		x.seed(p)
	}
}

// routeToken is the token of the router_id in a subject.
func (x *Exchange) routeToken(subject string) string {
	name, ok := strings.CutSuffix(strings.TrimPrefix(subject, x.live), "."+statusToken)
	if !ok {
		return ""
	}
	return name
}

func (x *Exchange) takeStatus(r *Route, feed *hub.Feed, m *message, seq uint64) {
	if m.pieces != 1 || m.unpack(m.body) != nil {
		return
	}
	if !feed.Deliver(hub.Delivery{Seq: seq, Track: hub.Status, Form: hub.StatusEvent, Body: m.body, Sticky: m.sticky}) {
		feed.SeedStatus(hub.Body{Seq: seq, Data: m.body}, m.sticky)
		return
	}
	x.order.last = seq
	x.mu.Lock()
	defer x.mu.Unlock()
	m.n = seq
	r.status, r.unseen = m, item{}
}

// takeTrack delivers a message of a track, or keeps it until the track is seeded. The first
// one of an incarnation needs no seed.
func (x *Exchange) takeTrack(t *track, feed *hub.Feed, a arrival) {
	x.mu.Lock()
	own, broken := t.active, t.broken
	x.mu.Unlock()
	if own {
		x.takeOwn(t, feed, a)
		return
	}
	whole, err := t.parts.add(a.message)
	switch {
	case err != nil || !whole: // a piece that is missing makes a gap
	case broken && a.n > 1:
		t.keep(a)
	default:
		x.follow(t, feed, a)
	}
}

// takeOwn delivers what this instance has sent itself, from its memory.
func (x *Exchange) takeOwn(t *track, feed *hub.Feed, m arrival) {
	if m.piece+1 < m.pieces {
		return
	}
	x.mu.Lock()
	at := place{m.inc, m.n}
	if t.broken || at.inc != t.sent.inc || len(t.pending) == 0 || m.n < t.pending[0].place.n {
		x.mu.Unlock()
		return // of an earlier incarnation
	}
	i := t.pending[0]
	if i.place != at { // one before was lost
		t.renew()
		x.mu.Unlock()
		return
	}
	t.pending[0] = item{}
	t.pending = t.pending[1:]
	x.mu.Unlock()
	d := hub.Delivery{Seq: m.seq, Track: t.name, Form: i.form, Body: i.body, Full: i.full, Restarts: at.n == 1}
	if !x.deliver(t, feed, d, at) {
		x.mu.Lock()
		t.needs, t.broken = true, true // another incarnation, at the next tick
		x.mu.Unlock()
		x.check()
	}
}

// follow delivers a message of another instance if it is the next one.
func (x *Exchange) follow(t *track, feed *hub.Feed, m arrival) {
	x.mu.Lock()
	at := t.reached()
	x.mu.Unlock()
	switch next := (place{m.inc, m.n}); {
	case at.passed(next):
		return
	case m.n == 1, m.inc == at.inc && m.n == at.n+1:
		d := hub.Delivery{Seq: m.seq, Track: t.name, Form: m.form, Body: m.body, Restarts: m.n == 1}
		if x.deliver(t, feed, d, next) {
			return
		}
		x.check()
	}
	t.keep(m)
	feed.Suspend(t.name)
	x.mu.Lock()
	defer x.mu.Unlock()
	t.needs, t.broken = true, true
	x.touch(t.route)
}

// keep has a message wait for the seed; when there are too many, all are missed.
func (t *track) keep(m arrival) {
	if len(t.waiting) >= maxWaiting {
		t.waiting = nil
	}
	t.waiting = append(t.waiting, m)
}

// deliver hands an event to the hub. It reports false if that has come further already:
// the stream has begun from the start.
func (x *Exchange) deliver(t *track, feed *hub.Feed, d hub.Delivery, at place) bool {
	if !feed.Deliver(d) {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	t.at, t.broken = at, false
	if at.n == 1 && t.begun != nil {
		close(t.begun)
		t.begun = nil
	}
	return true
}

// plant is a seed of the owner of a track, up to a place.
type plant struct {
	t     *track
	at    place
	drops uint64 // of the track, when it was asked for
	hub.Seed
}

// seed applies a seed, when this instance has come as far in the order, and then the messages
// that came meanwhile. The dispatcher calls it.
func (x *Exchange) seed(p plant) {
	t := p.t
	if x.order.alone > 0 {
		return
	}
	if p.Tail > x.order.last {
		x.delayed = append(x.delayed, p)
		return
	}
	x.mu.Lock()
	if t.drops != p.drops {
		x.mu.Unlock()
		return // it was asked for again
	}
	t.asking = false
	feed := t.route.feed
	stale := !t.route.takes(p.at.inc)
	if stale { // of an owner before
		t.needs = true
		x.touch(t.route)
	}
	skip := stale || t.active || t.sub == nil || t.route.closed || feed == nil || p.at.inc.before(t.reached().inc) && !t.broken
	t.waiting = slices.DeleteFunc(t.waiting, func(a arrival) bool { return !t.route.takes(a.inc) })
	x.mu.Unlock()
	if skip {
		return
	}
	x.opts.Hub.Advance(x.order.last)
	waiting := p.add(t.waiting)
	t.waiting = nil
	feed.Seed(t.name, p.Seed)
	x.mu.Lock()
	if t.broken || !t.reached().passed(p.at) {
		t.at = p.at
	}
	t.broken = false
	x.mu.Unlock()
	for _, m := range waiting {
		x.follow(t, feed, m)
	}
}

// add adds the messages that follow the seed to it, up to one that is no event, and returns
// the others. The hub has come further in the order, and takes them in a seed alone.
func (p *plant) add(waiting []arrival) (rest []arrival) {
	for i, m := range waiting {
		if p.at.passed(place{m.inc, m.n}) {
			continue
		}
		if m.inc != p.at.inc || m.n != p.at.n+1 {
			return waiting[i:]
		}
		body := hub.Body{Seq: m.seq, Data: m.body}
		switch m.form {
		case hub.Change, hub.Line:
			p.History = append(p.History, body)
		case hub.Snapshot:
			p.State = &body
		default:
			return waiting[i:]
		}
		p.at.n, p.Tail = m.n, m.seq
	}
	return nil
}

func unreachableError(reason string) error { return errcode.New(errcode.Unreachable, reason) }
