package exchange

import (
	"time"

	"github.com/nats-io/nats.go"

	"github.com/aprakasa/mikronec/internal/hub"
)

// Route is a router_id in the fleet. It implements [hub.Seeder] for the feed of the
// router_id, and takes the events of the router's device where that is of this instance.
type Route struct {
	x     *Exchange
	id    string // router_id
	token string

	// Guarded by Exchange.mu.
	feed   *hub.Feed   // nil before Attach
	source hub.Watcher // the device of this instance; nil while another one has the router
	owner  string      // the instance that has it; empty for nobody
	tag    uint64      // of owner, see ownerTag
	epoch  uint64      // of the ownership; a later one is greater
	tracks map[hub.Track]*track
	status *message // the last one of the owner, with its sequence as n; nil for none
	state  []byte   // that the owner has described; nil for none
	unseen item     // the status that this instance has sent and that has not come back; no route for none
	closed bool
}

// track is one track of a route. It is guarded by Exchange.mu, but for what the dispatcher
// owns.
type track struct {
	route   *Route
	name    hub.Track
	subject string             // of the republished events
	sub     *nats.Subscription // nil without
	viewers bool               // the hub has viewers
	left    time.Time          // when the last one left
	needs   bool               // the owner is to be asked
	broken  bool               // messages wait for a seed
	asking  bool               // it is being asked
	drops   uint64             // how often it was followed no longer
	watched bool               // the owner was asked to watch it

	// Of the owner.
	active  bool
	clients map[string]struct{} // instances that watch it, also this one
	leave   func()              // ends the watch on the device
	body    []byte              // the newest snapshot; nil for none
	full    func() []byte       // the newest state; nil for none
	stated  bool                // the state was sent in this incarnation
	sent    place
	pending []item        // sent, and not yet delivered
	begun   chan struct{} // closed when the first message of the incarnation was delivered

	// Owned by the dispatcher, but for at, which is written with mu held.
	at      place // delivered
	waiting []arrival
	parts   assembly
}

// arrival is a message with its place in the order.
type arrival struct {
	*message
	seq uint64
}

// item is an event to be sent, or that was sent.
type item struct {
	t      *track // nil for a status
	route  *Route
	form   hub.Form
	place  place
	body   []byte
	full   func() []byte
	sticky bool
	probe  uint64 // the last one that was sent before
}

// Open adds a router_id. Nobody has the router before Own or Follow is called.
func (x *Exchange) Open(id string) *Route {
	r := &Route{x: x, id: id, token: token(id), tracks: make(map[hub.Track]*track)}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.routes[r.token] = r
	return r
}

// Attach gives the route its feed, which was opened with the route as its watcher.
func (r *Route) Attach(feed *hub.Feed) {
	r.x.mu.Lock()
	defer r.x.mu.Unlock()
	r.feed = feed
	r.x.touch(r)
}

// Own tells that this instance has the session of the router, whose device takes watches.
// The epoch is as for Follow.
func (r *Route) Own(epoch uint64, device hub.Watcher) {
	r.x.mu.Lock()
	defer r.x.mu.Unlock()
	r.source = device
	r.setOwner(r.x.opts.Instance, epoch)
	for _, t := range r.tracks {
		t.needs = false
		t.leave = nil // of another device, which is closed
		t.active = false
		t.full, t.body, t.stated = nil, nil, false
	}
	r.x.touch(r)
}

// Follow tells that another instance has the session, or nobody if it is empty. Its epoch is
// greater than those before, unless NATS has lost them: then it may also be one that another
// instance had.
func (r *Route) Follow(instance string, epoch uint64) {
	r.x.mu.Lock()
	defer r.x.mu.Unlock()
	if r.owner == instance && r.epoch == epoch {
		return
	}
	r.source = nil
	r.setOwner(instance, epoch)
	for _, t := range r.tracks {
		t.needs, t.watched = true, false
		t.active, t.leave, t.pending = false, nil, nil
		t.full, t.body, t.stated = nil, nil, false
		r.x.forgetClients(t)
	}
	r.x.strange[r] = struct{}{}
	r.x.touch(r)
}

// setOwner needs mu.
func (r *Route) setOwner(instance string, epoch uint64) {
	r.owner, r.tag, r.epoch = instance, ownerTag(instance), epoch
}

// ownership is the incarnation before the first one of the present owner; mu is held.
func (r *Route) ownership() incarnation { return incarnation{owner: r.tag, epoch: r.epoch} }

// takes reports whether a message of an incarnation is one of the present owner. An owner before
// may be late, and one that another NATS has told so may have a greater epoch; of a new owner
// this instance hears before it asks for anything. mu is held.
func (r *Route) takes(inc incarnation) bool {
	return inc.epoch == r.epoch && inc.owner == r.tag
}

// reached is where the track is in the messages of the present owner; mu is held.
func (t *track) reached() place {
	if !t.route.takes(t.at.inc) {
		return place{}
	}
	return t.at
}

// Close removes the router_id. The feed is closed by its owner.
func (r *Route) Close() {
	r.x.mu.Lock()
	r.closed = true
	if r.x.routes[r.token] == r {
		delete(r.x.routes, r.token)
	}
	delete(r.x.dirty, r)
	delete(r.x.strange, r)
	var subs []*nats.Subscription
	for _, t := range r.tracks {
		r.x.forgetClients(t)
		if t.sub != nil {
			subs = append(subs, t.sub)
			delete(r.x.subjects, t.subject)
		}
	}
	r.x.mu.Unlock()
	for _, sub := range subs {
		_ = sub.Unsubscribe()
	}
}

// track needs mu.
func (r *Route) track(name hub.Track) *track {
	t := r.tracks[name]
	if t == nil {
		t = &track{
			route: r, name: name, subject: r.x.opts.Subject("live", r.token, tokenOf(name)),
			needs: r.source == nil, broken: true, clients: make(map[string]struct{}),
		}
		r.tracks[name] = t
	}
	return t
}

// Watch implements [hub.Watcher].
func (r *Route) Watch(name hub.Track) (leave func()) {
	r.x.mu.Lock()
	defer r.x.mu.Unlock()
	t := r.track(name)
	t.viewers = true
	r.x.touch(r)
	return func() {
		r.x.mu.Lock()
		defer r.x.mu.Unlock()
		t.viewers, t.left = false, time.Now()
		r.x.touch(r)
	}
}

// Reseed implements [hub.Seeder].
func (r *Route) Reseed(name hub.Track) {
	r.x.mu.Lock()
	defer r.x.mu.Unlock()
	r.track(name).needs = true
	r.x.touch(r)
}

// wanted reports whether the track has viewers here, or had them a moment ago.
func (t *track) wanted(now time.Time) bool {
	return t.viewers || now.Sub(t.left) < t.route.x.opts.Timing.Linger
}
