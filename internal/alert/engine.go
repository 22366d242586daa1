package alert

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
)

// Routers is what the engine needs of the manager.
type Routers interface {
	List() []manager.Router
	PublishAlert(id string, body []byte)
}

// Outbox takes what is to be told. Tell is called in order, by one goroutine.
type Outbox interface{ Tell(Transition) }

// Options of an Engine. Zero fields mean the defaults.
type Options struct {
	// Calm is the time after the start in which nothing fires: routers connect one after
	// the other. 1 min.
	Calm time.Duration
	// Firing are alerts that fired when the program ended. They are not told again.
	Firing []Transition
	// AuditSlow reports whether lines of the audit log wait; nil for no.
	AuditSlow func() bool
}

// Engine evaluates rules. Its methods may be called from any goroutine; those that the
// manager and pollers call do not block.
type Engine struct {
	outbox    Outbox
	auditSlow func() bool
	changed   chan struct{} // capacity 1: routers came or went
	queued    chan struct{} // capacity 1: there is something in queue
	ticks     time.Duration

	mu       sync.Mutex // taken after Manager.mu; nothing of the manager is called while it is held
	rules    []*Rule    // guarded by mu
	routers  map[string]*router
	server   *router // the subject of rules about the server
	calm     time.Time
	restored map[string][]Transition // alerts of routers that are not there yet, by router_id
	queue    []Transition            // to be told
	history  []Transition            // the newest ones, oldest first
	silences map[string]time.Time    // until when, by alert
	events   uint64                  // number of events, for their ids
	lost     int                     // transitions that found the queue full
}

const (
	tick       = time.Second
	maxHistory = 1000
	maxQueue   = 100_000
)

// New returns an engine without rules.
func New(outbox Outbox, opts Options) *Engine {
	if opts.Calm == 0 {
		opts.Calm = time.Minute
	}
	if opts.AuditSlow == nil {
		opts.AuditSlow = func() bool { return false }
	}
	e := &Engine{
		outbox: outbox, auditSlow: opts.AuditSlow, ticks: tick,
		changed: make(chan struct{}, 1), queued: make(chan struct{}, 1),
		routers: make(map[string]*router), server: &router{}, calm: time.Now().Add(opts.Calm),
		restored: make(map[string][]Transition), silences: make(map[string]time.Time),
	}
	for _, t := range opts.Firing {
		e.restored[t.RouterID] = append(e.restored[t.RouterID], t)
	}
	return e
}

// Run evaluates the rules until ctx ends.
func (e *Engine) Run(ctx context.Context, routers Routers) {
	ticker := time.NewTicker(e.ticks)
	defer ticker.Stop()
	e.Changed()
	for {
		select {
		case <-ctx.Done():
			e.leaveAll()
			e.tellQueued(routers)
			return
		case <-e.changed:
			e.reconcile(routers.List())
		case <-e.queued:
		case <-ticker.C:
			e.advance(time.Now())
		}
		e.tellQueued(routers)
	}
}

// Changed is called when a router came, went, or has another session.
func (e *Engine) Changed() { signal(e.changed) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // a signal is pending
	}
}

// Replace replaces the rules. Alerts of rules that keep their name go on; others end.
func (e *Engine) Replace(rules []*Rule) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rules = slices.Clone(rules)
	now := time.Now()
	for _, r := range e.all() {
		e.retain(r, now)
		e.choose(r)
	}
	signal(e.changed)
}

// all returns the routers and the server; mu is held.
func (e *Engine) all() []*router {
	list := make([]*router, 0, len(e.routers)+1)
	for _, r := range e.routers {
		list = append(list, r)
	}
	return append(list, e.server)
}

// choose sets the rules of a router; mu is held.
func (e *Engine) choose(r *router) {
	r.rules = nil
	for _, rule := range e.rules {
		if isServer := r == e.server; rule.When.Source.server == isServer && (isServer || rule.covers(r.id)) {
			r.rules = append(r.rules, rule)
		}
	}
	for _, t := range e.restored[r.id] {
		if i := slices.IndexFunc(r.rules, func(rule *Rule) bool { return rule.Name == t.Rule }); i >= 0 {
			e.restore(r, r.rules[i], t)
		}
	}
	delete(e.restored, r.id)
}

// retain ends the alerts of rules that are gone, and gives the others their new rule; mu is
// held.
func (e *Engine) retain(r *router, now time.Time) {
	for k, a := range r.alerts {
		i := slices.IndexFunc(e.rules, func(rule *Rule) bool {
			return rule.Name == k.rule && rule.When.Source == a.rule.When.Source && (r == e.server || rule.covers(r.id))
		})
		if i >= 0 {
			a.rule = e.rules[i]
			continue
		}
		a.reason = "rule removed"
		e.end(r, k, a, now)
	}
	r.windows = nil
}

// enqueue adds something to tell; mu is held. What finds the queue full is lost, and
// counted.
func (e *Engine) enqueue(t Transition) {
	e.history = append(e.history, t)
	if len(e.history) > 2*maxHistory {
		e.history = slices.Clone(e.history[len(e.history)-maxHistory:])
	}
	if len(e.queue) >= maxQueue {
		e.lost++
		return
	}
	e.queue = append(e.queue, t)
	signal(e.queued)
}

// tellQueued hands on what is queued. Nothing is locked meanwhile.
func (e *Engine) tellQueued(routers Routers) {
	e.mu.Lock()
	queue := e.queue
	e.queue = nil
	e.mu.Unlock()
	for _, t := range queue {
		e.outbox.Tell(t)
		if t.RouterID != "" {
			routers.PublishAlert(t.RouterID, t.body())
		}
	}
}

// reconcile takes the list of routers: it begins and ends to ask them.
func (e *Engine) reconcile(list []manager.Router) {
	present := make(map[string]bool, len(list))
	var leaves []func()
	var asks []func()
	e.mu.Lock()
	now := time.Now()
	for _, m := range list {
		present[m.ID] = true
		r := e.routers[m.ID]
		if r == nil {
			r = &router{id: m.ID}
			e.routers[m.ID] = r
			e.choose(r)
		}
		leave, ask := r.adjust(m.Device)
		leaves, asks = append(leaves, leave...), append(asks, ask...)
		e.state(r, m.Device.Status().Link, now)
	}
	for id, r := range e.routers {
		if !present[id] {
			leaves = append(leaves, r.leave()...)
			e.forget(r, now)
			delete(e.routers, id)
		}
	}
	e.mu.Unlock()
	for _, do := range append(asks, leaves...) { // what stays asked is not interrupted
		do()
	}
}

// leaveAll ends to ask all routers.
func (e *Engine) leaveAll() {
	e.mu.Lock()
	var leaves []func()
	for _, r := range e.routers {
		leaves = append(leaves, r.leave()...)
	}
	e.mu.Unlock()
	for _, leave := range leaves {
		leave()
	}
}

// StateChanged takes the state of a session.
func (e *Engine) StateChanged(c manager.StateChanged) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r := e.routers[c.RouterID]; r != nil {
		e.state(r, c.Status, time.Now())
	}
}

// Follow implements the follower of devices.
func (e *Engine) Follow(ids []string, u poller.Update) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, id := range ids {
		if r := e.routers[id]; r != nil {
			e.update(r, u)
		}
	}
}

// WrongKey counts a request with a wrong API key.
func (e *Engine) WrongKey() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.happened(e.server, "server.wrong_keys", "", "", time.Now())
}
