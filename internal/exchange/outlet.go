package exchange

import (
	"github.com/aprakasa/mikronec/internal/hub"
)

// Publish takes a snapshot of the device, as that of [hub.Feed] does. Like PublishChange,
// PublishLine, Forget and Invalidate it does not wait.
func (r *Route) Publish(name hub.Track, body []byte) {
	r.put(name, item{form: hub.Snapshot, body: body})
}

// PublishChange is documented with Publish.
func (r *Route) PublishChange(name hub.Track, change []byte, full func() []byte) {
	r.put(name, item{form: hub.Change, body: change, full: full})
}

// PublishLine is documented with Publish.
func (r *Route) PublishLine(name hub.Track, body []byte) {
	r.put(name, item{form: hub.Line, body: body})
}

// Forget is documented with Publish.
func (r *Route) Forget(name hub.Track) { r.put(name, item{form: hub.Forget}) }

// Invalidate is documented with Publish.
func (r *Route) Invalidate(name hub.Track) { r.put(name, item{form: hub.Invalidate}) }

func (r *Route) put(name hub.Track, i item) {
	r.x.mu.Lock()
	if r.source == nil || r.closed {
		r.x.mu.Unlock()
		return // the device is being closed
	}
	t := r.track(name)
	t.record(i)
	feed := r.feed
	direct := t.active && r.x.alone
	restate := t.active && !direct && i.form == hub.Change && i.body == nil && t.stated
	if t.active && !direct && !restate {
		t.push(i)
	}
	r.x.mu.Unlock()
	switch {
	case feed == nil:
	case direct:
		publish(feed, name, i)
	case restate:
		feed.Restate(name, i.full)
	}
}

// record keeps what another incarnation begins with; mu is held.
func (t *track) record(i item) {
	switch i.form {
	case hub.Snapshot:
		t.body = i.body
	case hub.Change:
		t.full = i.full
	case hub.Forget:
		t.body = nil
	case hub.Invalidate:
		t.full, t.stated = nil, false
	}
}

// push sends an event of the present incarnation; mu is held.
func (t *track) push(i item) {
	x := t.route.x
	if x.outBytes > maxOut {
		t.needs = true // another incarnation, when there is room
		return
	}
	if i.form == hub.Change && !t.stated {
		i.form, i.body = hub.State, nil
	}
	if i.form == hub.State {
		t.stated = true
	}
	t.sent.n++
	i.t, i.route, i.place, i.probe = t, t.route, t.sent, x.probes
	t.pending = append(t.pending, i)
	x.enqueue(i)
}

// renew begins another incarnation of a track, with the state where it is known; mu is
// held.
func (t *track) renew() {
	x := t.route.x
	x.counter++
	t.sent = place{inc: t.route.ownership()}
	t.sent.inc.count = x.counter
	t.pending, t.stated, t.needs, t.broken, t.begun = nil, false, false, false, make(chan struct{})
	switch {
	case t.name.Kind != hub.Snapshots && t.full != nil:
		t.push(item{form: hub.State, full: t.full})
	case t.name.Kind == hub.Snapshots && t.body != nil:
		t.push(item{form: hub.Snapshot, body: t.body})
	default:
		t.push(item{form: hub.Begin})
	}
}

// PublishStatus takes a status of the router, as [hub.Feed.PublishStatus] does.
func (r *Route) PublishStatus(body []byte, sticky bool) {
	r.x.mu.Lock()
	r.status = &message{form: hub.StatusEvent, sticky: sticky, body: body, inc: r.ownership()}
	feed, direct := r.feed, r.x.alone
	if r.source != nil && !direct {
		r.sendStatus()
	}
	r.x.mu.Unlock()
	if direct && feed != nil {
		feed.PublishStatus(body, sticky)
	}
}

// sendStatus sends the last status; mu is held.
func (r *Route) sendStatus() {
	r.unseen = item{route: r, form: hub.StatusEvent, place: place{inc: r.ownership()}, body: r.status.body, sticky: r.status.sticky, probe: r.x.probes}
	r.x.enqueue(r.unseen)
}

// sendLost sends once more what should have come back before a probe; mu is held.
func (x *Exchange) sendLost(probe uint64) {
	lost := func(i item) bool { return i.probe+2 <= probe } // one may have overtaken it in the queue
	for _, r := range x.routes {
		if r.source != nil && r.unseen.route != nil && lost(r.unseen) {
			r.sendStatus()
		}
	}
	for _, t := range x.subjects {
		if t.active && len(t.pending) > 0 && lost(t.pending[0]) {
			t.renew()
		}
	}
}

// publish hands an event to the viewers of this instance alone.
func publish(feed *hub.Feed, name hub.Track, i item) {
	switch i.form {
	case hub.Snapshot:
		feed.Publish(name, i.body)
	case hub.Change:
		feed.PublishChange(name, i.body, i.full)
	case hub.Line:
		feed.PublishLine(name, i.body)
	case hub.Forget:
		feed.Forget(name)
	case hub.Invalidate:
		feed.Invalidate(name)
	}
}

// enqueue needs mu.
func (x *Exchange) enqueue(i item) {
	x.out = append(x.out, i)
	x.outBytes += len(i.body) + 256
	signal(x.unsent)
}

// send is the goroutine that encodes and sends, in the order of the queue.
func (x *Exchange) send() {
	for {
		select {
		case <-x.done.Done():
			return
		case <-x.unsent:
		}
		for {
			x.mu.Lock()
			batch := x.out
			x.out, x.outBytes = nil, 0
			x.mu.Unlock()
			if len(batch) == 0 {
				break
			}
			for _, i := range batch {
				x.sendOne(i)
			}
		}
	}
}

func (x *Exchange) sendOne(i item) {
	body := i.body
	if i.form == hub.State {
		body = i.full()
	}
	track := statusToken
	if i.t != nil {
		track = tokenOf(i.t.name)
	}
	subject := x.opts.Subject("ev", i.route.token, track)
	m := message{form: i.form, sticky: i.sticky, inc: i.place.inc, n: i.place.n, body: body}
	for _, data := range m.encode(int(x.opts.NATS.MaxPayload()) - headersRoom) {
		// Whether it has arrived is seen when it comes back. Without a connection the client
		// keeps it for a while, and refuses it when it has too much.
		_ = x.opts.NATS.Publish(subject, data)
	}
}

// headersRoom is for what the stream adds to a message.
const headersRoom = 1024
