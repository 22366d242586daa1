package alert

import (
	"slices"
	"time"
)

// active is an alert that is not at rest. Engine.mu guards it.
type active struct {
	rule    *Rule
	subject string
	phase   phase
	value   *float64
	reason  string
	since   time.Time // the condition has held since
	started time.Time // it has fired since
	turned  time.Time // the phase began
	told    time.Time // last; zero if nobody knows of it
	silent  bool      // its source says nothing at present
	from    float64   // of drops: the number before
	// restored is when it was taken over from another process; zero if it was not.
	restored time.Time
}

type phase uint8

const (
	pending phase = iota
	firing
	clearing
)

// verdict is what a reading says of a condition.
type verdict uint8

const (
	no   verdict = iota
	yes          // it holds
	keep         // it does not hold, and what fires goes on
)

func yesIf(holds bool) verdict {
	if holds {
		return yes
	}
	return no
}

func keepUnless(holds, ended bool) verdict {
	switch {
	case holds:
		return yes
	case ended:
		return no
	}
	return keep
}

// finding is what was found of a subject.
type finding struct {
	subject string
	is      verdict
	value   *float64
	reason  string
	since   time.Time // the condition has held since then; zero for now
	from    float64
}

// maxSubjects limits the alerts of one router.
const maxSubjects = 1000

// judge moves an alert by a finding; mu is held.
func (e *Engine) judge(r *router, rule *Rule, f finding, now time.Time) {
	k := key{rule.Name, f.subject}
	a := r.alerts[k]
	if a == nil {
		if f.is != yes || len(r.alerts) >= maxSubjects {
			return
		}
		if f.since.IsZero() {
			f.since = now
		}
		if r.alerts == nil {
			r.alerts = make(map[key]*active)
		}
		a = &active{rule: rule, subject: f.subject, since: f.since, turned: f.since, from: f.from}
		r.alerts[k] = a
		e.keep(r, now)
	}
	if a.silent {
		a.silent = false
		e.keepNow(r)
	}
	switch {
	case f.is == yes:
		a.value, a.reason = f.value, f.reason
		if a.phase == clearing {
			a.phase = firing
			e.keepNow(r)
		}
	case a.phase == pending:
		delete(r.alerts, k)
		e.keep(r, now)
		return
	case f.is == keep:
		a.phase = firing
	case a.phase == firing:
		a.value = f.value
		a.phase, a.turned = clearing, now
		e.keepNow(r)
	}
	if a.phase != pending && e.opts.Alive != nil {
		e.keep(r, now) // other instances show the number
	}
	e.step(r, k, a, now)
}

// step moves an alert by the time that has passed; mu is held.
func (e *Engine) step(r *router, k key, a *active, now time.Time) {
	if a.silent {
		return // what another process knew is not known to hold still
	}
	switch {
	case a.phase == pending && now.Sub(a.turned) >= a.rule.For && !now.Before(e.calm):
		a.phase, a.started, a.turned = firing, now, now
		e.keepNow(r)
	case a.phase == clearing && now.Sub(a.turned) >= a.rule.ClearFor:
		e.end(r, k, a, now)
		return
	}
	if a.phase == pending {
		return
	}
	again := !a.told.IsZero()
	if again && (a.rule.Repeat == 0 || now.Sub(a.told) < a.rule.Repeat || a.phase == clearing) {
		return
	}
	if e.hushed(r, a.rule, a.subject, now) {
		return
	}
	t := e.transition(r, a, Firing, now)
	if t.Again = again; again {
		t.ID += "-" + now.UTC().Format("20060102T150405")
	}
	a.told = now
	e.keepNow(r)
	e.enqueue(t)
}

// hushed reports whether nothing is told of an alert now; mu is held.
func (e *Engine) hushed(r *router, rule *Rule, subject string, now time.Time) bool {
	return rule.Quiet.silent(rule.Severity, now) || now.Before(e.silences[r.fingerprint(rule.Name, subject)])
}

// end ends an alert; mu is held. It is told to those who were told that it fires.
func (e *Engine) end(r *router, k key, a *active, now time.Time) {
	delete(r.alerts, k)
	e.keepNow(r)
	if a.phase != pending && !a.told.IsZero() {
		e.enqueue(e.transition(r, a, Resolved, now))
	}
}

// lostSource is called when what some rules need is not known any more; mu is held.
func (e *Engine) lostSource(r *router, of func(*Rule) bool) {
	for k, a := range r.alerts {
		switch {
		case !of(a.rule):
		case a.phase == pending:
			delete(r.alerts, k)
		default:
			a.phase, a.silent = firing, true
			e.keepNow(r)
		}
	}
}

// gone ends the alerts of a rule whose subject a complete reading does not have; mu is
// held.
func (e *Engine) gone(r *router, rule *Rule, seen map[string]bool, now time.Time) {
	for k, a := range r.alerts {
		if k.rule == rule.Name && !seen[k.subject] {
			a.reason = "no longer there"
			e.end(r, k, a, now)
		}
	}
}

// advance moves all alerts to a time.
func (e *Engine) advance(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, rule := range e.server.rules {
		if rule.When.Source.Name == "server.audit_slow" {
			e.judge(e.server, rule, finding{is: yesIf(e.opts.AuditSlow())}, now)
		}
	}
	for _, r := range e.all() {
		e.expire(r, now)
		e.summarize(r, now)
		e.tellReboot(r, now)
		for k, a := range r.alerts {
			if r.isStale(a.rule, now) && now.Sub(a.restored) > catchUpTime {
				e.silent(r, k, a, now)
			}
			if r.alerts[k] != nil {
				e.step(r, k, a, now)
			}
		}
		if !r.unkept.IsZero() && now.Sub(r.unkept) >= lazily {
			e.keepNow(r)
		}
	}
	for id, until := range e.silences {
		if !now.Before(until) {
			delete(e.silences, id)
			e.board.Touch(silencePrefix + "." + id)
		}
	}
}

// silent notes that nothing is known of an alert any more; mu is held.
func (e *Engine) silent(r *router, k key, a *active, now time.Time) {
	switch {
	case a.phase == pending:
		delete(r.alerts, k)
		e.keep(r, now)
	case !a.silent || a.phase == clearing:
		a.phase, a.silent = firing, true
		e.keepNow(r)
	}
}

// isStale reports whether what a rule needs was not read for a while.
func (r *router) isStale(rule *Rule, now time.Time) bool {
	if rule.When.Source.topic == "" || rule.When.Source.event || rule.When.isEvent() {
		return false
	}
	i := slices.IndexFunc(r.asked, func(a asked) bool { return a.Topic.Name == rule.When.Source.topic })
	if i < 0 {
		return false
	}
	v := r.asked[i]
	last, known := r.fresh[v.Topic]
	return !known || now.Sub(last) > 3*max(v.Least(), r.stretched)+15*time.Second
}
