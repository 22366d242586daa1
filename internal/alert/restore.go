package alert

import (
	"slices"
	"time"
)

// restore gives a router, or the server, what another process knew of it: this program
// before a restart, or the instance that had the router. fires are the alerts that
// somebody was told of, which a snapshot may not know yet, or not any more. mu is held.
func (e *Engine) restore(r *router, fires []Transition, now time.Time) {
	told := make(map[string]Transition)
	for _, t := range fires {
		if t.RouterID == r.id && t.Instance == r.instance {
			told[t.Alert] = t
		}
	}
	if s := e.others[r.name()]; s != nil {
		r.state = s.State
		if s.Boot != nil {
			r.boot, r.keptBoot, r.other = *s.Boot, *s.Boot, true
		}
		if s.Rebooted != nil {
			r.rebooted = *s.Rebooted
		}
		e.take(r, s, told, now)
		delete(e.others, r.name())
	}
	r.restored = now
	for id, t := range told {
		rule := e.ruleOf(r, t)
		switch {
		case rule == nil:
			t.Status, t.Reason, t.At = Resolved, "rule removed", now
			t.ID += "-" + string(Resolved)
			e.enqueue(t)
		case r.alerts[key{rule.Name, t.Subject}] == nil:
			e.restoreAlert(r, rule, keptAlert{Transition: t, Phase: firing, Turned: t.Started}, t.At)
		}
		delete(told, id)
	}
}

// catchUpTime is for how long an owner takes over what the one before it writes late.
const catchUpTime = time.Minute

// catchUp takes the snapshot that the owner before this one has written while this one had
// the router already; mu is held.
func (e *Engine) catchUp(r *router, s *snapshot, now time.Time) {
	if now.Sub(r.restored) > catchUpTime {
		return
	}
	if r.boot.IsZero() && s.Boot != nil {
		r.boot, r.keptBoot, r.other = *s.Boot, *s.Boot, true
	}
	if s.Rebooted != nil && !r.booted && r.rebooted.IsZero() {
		r.rebooted = *s.Rebooted
	}
	told := make(map[string]Transition)
	for _, t := range e.outbox.Fires() {
		told[t.Alert] = t
	}
	e.take(r, s, told, now)
	e.keep(r, now)
}

// take takes the alerts of a snapshot that are not known; mu is held.
func (e *Engine) take(r *router, s *snapshot, told map[string]Transition, now time.Time) {
	for _, k := range s.Alerts {
		rule := e.ruleOf(r, k.Transition)
		if rule == nil {
			continue
		}
		if a := r.alerts[key{rule.Name, k.Subject}]; a != nil {
			if k.Since.Before(a.since) && a.phase == pending {
				a.since, a.turned = k.Since, k.Turned // it went on
			}
			continue
		}
		e.restoreAlert(r, rule, k, told[k.Alert].At)
	}
	for _, k := range s.Counted {
		i := slices.IndexFunc(r.rules, func(rule *Rule) bool { return rule.Name == k.Rule && rule.When.Within > 0 })
		if i < 0 || len(k.At) != len(k.N) {
			continue
		}
		if w := r.window(r.rules[i], k.Subject); w != nil {
			w.prepend(k)
			w.cut(now)
		}
	}
}

// prepend puts what another process has counted before what this one has counted since.
func (w *window) prepend(k keptCounting) {
	var before []item
	for n := range k.At {
		before = append(before, item{time.UnixMilli(k.At[n]), k.N[n]})
	}
	for _, own := range w.items {
		if n := len(k.At); n == 0 || own.at.UnixMilli() > k.At[n-1] {
			before = append(before, own)
		}
	}
	w.items = before
}

// ruleOf returns the rule of a transition; nil if there is none any more.
func (e *Engine) ruleOf(r *router, t Transition) *Rule {
	i := slices.IndexFunc(r.rules, func(rule *Rule) bool { return rule.Name == t.Rule && rule.When.Source.Name == t.Source })
	if i < 0 {
		return nil
	}
	return r.rules[i]
}

// restoreAlert adds an alert of which nothing is known at present; told is zero if nobody
// knows of it. mu is held.
func (e *Engine) restoreAlert(r *router, rule *Rule, k keptAlert, told time.Time) {
	a := &active{
		rule: rule, subject: k.Subject, phase: k.Phase, value: k.Value, reason: k.Reason,
		since: k.Since, started: k.Started, turned: k.Turned, told: told, silent: true, restored: time.Now(),
	}
	if a.phase == clearing {
		a.phase = firing // whether it still clears is seen by the next reading
	}
	if k.From != nil {
		a.from = *k.From
	}
	if r.alerts == nil {
		r.alerts = make(map[key]*active)
	}
	r.alerts[key{rule.Name, k.Subject}] = a
	if rule.When.Within > 0 && rule.When.Op != Drops && a.phase == firing { // what was counted may not be known: the time begins again
		if w := r.window(rule, k.Subject); w != nil && len(w.items) == 0 {
			w.add(rule.When.Value, time.Now())
		}
	}
}

const (
	sweepEvery = time.Minute
	sweepAfter = 10 * time.Minute // of the start: until then routers may not be there yet
)

// sweep ends what is kept of routers and instances that are gone, in a fleet at the one
// instance that sends.
func (e *Engine) sweep(routers Routers, now time.Time) {
	e.mu.Lock()
	due := now.Sub(e.swept) >= sweepEvery && now.Sub(e.calm) >= sweepAfter && e.opts.Sends()
	if due {
		e.swept = now
	}
	e.mu.Unlock()
	if !due {
		return
	}
	known := make(map[string]bool)
	for _, m := range routers.List() {
		known[m.ID] = true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	gone := func(id, instance string) bool {
		if id != "" {
			return !known[id]
		}
		return instance != e.opts.Instance && (e.opts.Alive == nil || !e.opts.Alive(instance))
	}
	for name, s := range e.others {
		if gone(s.Router, s.Instance) {
			delete(e.others, name)
			e.left[name] = nil
			e.board.Touch(name)
		}
	}
	for _, t := range e.outbox.Fires() {
		if !gone(t.RouterID, t.Instance) {
			continue
		}
		t.Status, t.At, t.Reason, t.Again = Resolved, now, "router removed", false
		if t.RouterID == "" {
			t.Reason = "instance gone"
		}
		t.ID += "-" + string(Resolved)
		e.enqueue(t)
	}
	e.history.prune(e.board)
}
