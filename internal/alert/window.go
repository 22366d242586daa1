package alert

import (
	"slices"
	"time"
)

// window holds what happened within a time: events that are counted, or numbers.
type window struct {
	rule  *Rule
	items []item // oldest first
}

type item struct {
	at time.Time
	n  float64
}

// Bounds of the windows of one router, and of one window.
const (
	maxWindows = 256
	maxItems   = 2 * maxCount
)

// window returns the window of a rule and a subject; nil if there are too many. mu is held.
func (r *router) window(rule *Rule, subject string) *window {
	k := key{rule.Name, subject}
	w := r.windows[k]
	if w == nil {
		if len(r.windows) >= maxWindows {
			return nil
		}
		if r.windows == nil {
			r.windows = make(map[key]*window)
		}
		w = &window{rule: rule}
		r.windows[k] = w
	}
	return w
}

// add adds a number, and drops what is older than the time of the rule.
func (w *window) add(n float64, now time.Time) {
	w.cut(now)
	if len(w.items) >= maxItems {
		w.items = slices.Delete(w.items, 0, 1)
	}
	w.items = append(w.items, item{now, n})
}

func (w *window) cut(now time.Time) {
	old := 0
	for old < len(w.items) && now.Sub(w.items[old].at) > w.rule.When.Within {
		old++
	}
	w.items = slices.Delete(w.items, 0, old)
}

func (w *window) sum() (sum float64) {
	for _, i := range w.items {
		sum += i.n
	}
	return sum
}

func (w *window) highest() (highest float64) {
	for _, i := range w.items {
		highest = max(highest, i.n)
	}
	return highest
}

// counted judges a rule that counts; mu is held.
func (e *Engine) counted(r *router, k key, w *window, reason string, now time.Time) {
	sum := w.sum()
	is := yesIf(sum > w.rule.When.Value)
	if is == no && sum > 0 && r.alerts[k] != nil && r.alerts[k].phase != pending {
		is = keep // what fires ends when the time has passed without any
	}
	e.judge(r, w.rule, finding{subject: k.subject, is: is, value: &sum, reason: reason}, now)
}

// expire lets the time of windows pass; mu is held.
func (e *Engine) expire(r *router, now time.Time) {
	for k, w := range r.windows {
		if w.rule.When.Op == Drops {
			continue // numbers are judged when they are read
		}
		before := len(w.items)
		if w.cut(now); len(w.items) == before {
			continue
		}
		reason := ""
		if a := r.alerts[k]; a != nil {
			reason = a.reason
		}
		e.counted(r, k, w, reason, now)
		if len(w.items) == 0 {
			delete(r.windows, k)
		}
	}
}

// burst limits the events of a rule at a router.
type burst struct {
	rule  *Rule
	began time.Time
	n     int // told since began
	more  int // not told since began
}

// maxBurst is how many events of a rule at a router are told one by one in a minute; the
// others are told as a number.
const maxBurst = 30

// happened takes an event of a source; mu is held. reason is what a router wrote.
func (e *Engine) happened(r *router, source, subject, reason string, now time.Time) {
	for _, rule := range r.rules {
		if rule.When.Source.Name != source || !matches(rule.subjects, subject) {
			continue
		}
		e.occurred(r, rule, subject, reason, now)
	}
}

// occurred takes an event of a rule; mu is held.
func (e *Engine) occurred(r *router, rule *Rule, subject, reason string, now time.Time) {
	if rule.When.Within > 0 {
		if source := rule.When.Source.Name; source != "login.failed" {
			subject = "" // all users of a router are counted together
		}
		if w := r.window(rule, subject); w != nil {
			w.add(1, now)
			e.keep(r, now)
			e.counted(r, key{rule.Name, subject}, w, reason, now)
		}
		return
	}
	if now.Before(e.calm) {
		return
	}
	if r.recent == nil {
		r.recent = make(map[string]*burst)
	}
	b := r.recent[rule.Name]
	if b == nil {
		b = &burst{rule: rule, began: now}
		r.recent[rule.Name] = b
	}
	if b.n >= maxBurst {
		b.more++
		return
	}
	b.n++
	e.tellEvent(r, rule, e.eventOf(r, rule, subject, reason, now))
}

// tellEvent tells an event or, in quiet hours, only remembers it; mu is held.
func (e *Engine) tellEvent(r *router, rule *Rule, t Transition) {
	if e.hushed(r, rule, t.Subject, t.At) {
		e.remember(t)
		return
	}
	e.enqueue(t)
}

// summarize tells the number of events that were not told one by one; mu is held.
func (e *Engine) summarize(r *router, now time.Time) {
	for name, b := range r.recent {
		if now.Sub(b.began) < time.Minute {
			continue
		}
		delete(r.recent, name)
		if b.more > 0 {
			t := e.eventOf(r, b.rule, "", "", now)
			t.Count = b.more
			e.tellEvent(r, b.rule, t)
		}
	}
}
