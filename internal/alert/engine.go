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

// Outbox takes what is to be told. Tell is called in order, by one goroutine. Fires are the
// alerts that were told, by this process or another one, and have not ended; it is called
// with a lock held.
type Outbox interface {
	Tell(t Transition)
	Fires() []Transition
}

// Options of an Engine. Zero fields mean the defaults.
type Options struct {
	// Calm is the time after the start in which nothing fires: routers connect one after
	// the other. 1 min.
	Calm time.Duration
	// AuditSlow reports whether lines of the audit log wait; nil for no.
	AuditSlow func() bool
	// Board keeps what is known over a restart, and shares it with other instances; nil for
	// none. The engine is the part with the names of [Prefixes].
	Board Board
	// Of a fleet: the name of this instance, whether it is the one that cleans up, and which
	// instances there are. Nil functions: this one is the only one.
	Instance string
	Sends    func() bool
	Alive    func(instance string) bool
}

// Engine evaluates rules. Its methods may be called from any goroutine; those that the
// manager and pollers call do not block.
type Engine struct {
	outbox  Outbox
	board   Board
	opts    Options
	changed chan struct{} // capacity 1: routers came or went
	queued  chan struct{} // capacity 1: there is something in queue
	ticks   time.Duration

	mu       sync.Mutex // taken after Manager.mu; nothing of the manager is called while it is held
	rules    []*Rule    // guarded by mu, as are the following
	begun    bool       // there were rules
	routers  map[string]*router
	named    map[string]*router // those that are here, and the server, by name on the board
	server   *router            // the subject of rules about the server
	calm     time.Time
	others   map[string]*snapshot // of routers that are not here, by name on the board
	left     map[string][]byte    // of routers that were here, to be written; nil for removed
	queue    []Transition         // to be told
	history  history
	silences map[string]time.Time // until when, by alert
	swept    time.Time            // others were looked at last
	events   uint64               // number of events, for their ids
	lost     int                  // transitions that found the queue full
}

const (
	tick     = time.Second
	maxQueue = 100_000
)

// New returns an engine without rules.
func New(outbox Outbox, opts Options) *Engine {
	if opts.Calm == 0 {
		opts.Calm = time.Minute
	}
	if opts.AuditSlow == nil {
		opts.AuditSlow = func() bool { return false }
	}
	if opts.Board == nil {
		opts.Board = noBoard{}
	}
	if opts.Sends == nil {
		opts.Sends = func() bool { return true }
	}
	now := time.Now()
	e := &Engine{
		outbox: outbox, board: opts.Board, opts: opts, ticks: tick,
		changed: make(chan struct{}, 1), queued: make(chan struct{}, 1),
		routers: make(map[string]*router), server: &router{instance: opts.Instance}, calm: now.Add(opts.Calm), swept: now,
		others: make(map[string]*snapshot), left: make(map[string][]byte), history: newHistory(), silences: make(map[string]time.Time),
	}
	e.named = map[string]*router{e.server.name(): e.server}
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
			e.tellQueued(routers)
			e.leaveAll()
			return
		case <-e.changed:
			e.reconcile(routers.List())
		case <-e.queued:
		case <-ticker.C:
			e.advance(time.Now())
			e.sweep(routers, time.Now())
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
	if !e.begun {
		e.begun = true
		e.restore(e.server, e.outbox.Fires(), now)
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
	e.remember(t)
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

// reconcile takes the list of routers: it begins and ends to ask those that are here. One
// that has moved to another instance is only left: its alerts go on there.
func (e *Engine) reconcile(list []manager.Router) {
	present, here := make(map[string]bool, len(list)), make(map[string]bool, len(list))
	var leaves []func()
	var asks []func()
	e.mu.Lock()
	now := time.Now()
	fires := sync.OnceValue(e.outbox.Fires)
	for _, m := range list {
		present[m.ID] = true
		if here[m.ID] = m.Here; !m.Here {
			continue
		}
		r := e.routers[m.ID]
		if r == nil {
			r = &router{id: m.ID}
			e.routers[m.ID], e.named[r.name()] = r, r
			e.choose(r)
			e.restore(r, fires(), now)
		}
		leave, ask := r.adjust(m.Device)
		leaves, asks = append(leaves, leave...), append(asks, ask...)
		e.state(r, m.Device.Status().Link, now)
	}
	for id, r := range e.routers {
		if here[id] {
			continue
		}
		leaves = append(leaves, r.leave()...)
		var last []byte
		if present[id] {
			last = e.encode(r)
			e.others[r.name()] = decodeSnapshot(last)
		} else {
			e.forget(r, now)
		}
		delete(e.routers, id)
		delete(e.named, r.name())
		e.left[r.name()] = last
		e.board.Touch(r.name())
	}
	e.mu.Unlock()
	for _, do := range append(asks, leaves...) { // what stays asked is not interrupted
		do()
	}
}

// leaveAll ends to ask all routers, and has what is known of them kept.
func (e *Engine) leaveAll() {
	e.mu.Lock()
	var leaves []func()
	for _, r := range e.all() {
		leaves = append(leaves, r.leave()...)
		e.board.Touch(r.name())
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
