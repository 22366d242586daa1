package alert

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/poller"
)

// View is an alert that fires.
type View struct {
	Transition
	// Unknown means that nothing is known at present: the router is down, or a menu cannot
	// be read.
	Unknown bool `json:"unknown,omitempty"`
	// Clearing means that the condition no longer holds, and the time of clear_for passes.
	Clearing bool `json:"clearing,omitempty"`
	// Untold means that nobody was told, because of quiet hours or a silence.
	Untold bool `json:"untold,omitempty"`
	// Silenced is until when nothing is told; nil if it is not silenced.
	Silenced *time.Time `json:"silenced_until,omitempty"`
}

// Firing returns the alerts that fire, of the routers that visible permits, those of the
// server under the empty id; the newest ones first.
func (e *Engine) Firing(visible func(routerID string) bool) []View {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := []View{}
	for _, r := range e.all() {
		if !visible(r.id) {
			continue
		}
		for _, a := range r.alerts {
			if a.phase == pending {
				continue
			}
			t := e.transition(r, a, Firing, a.started)
			t.Group = 0
			v := View{Transition: t, Unknown: a.silent, Clearing: a.phase == clearing, Untold: a.told.IsZero()}
			if until, ok := e.silences[t.Alert]; ok {
				v.Silenced = &until
			}
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b View) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(a.RouterID, b.RouterID), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject, b.Subject))
	})
	return list
}

// History returns the newest transitions of the routers that visible permits, the newest
// one first.
func (e *Engine) History(visible func(routerID string) bool, most int) []Transition {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := []Transition{}
	for _, t := range slices.Backward(e.history) {
		if len(list) >= min(most, maxHistory) {
			break
		}
		if visible(t.RouterID) {
			t.Group = 0
			list = append(list, t)
		}
	}
	return list
}

// ErrUnknownAlert means that no alert of this id fires.
var ErrUnknownAlert = errcode.New(errcode.NotFound, "no alert with this id fires")

// Silence silences an alert that fires: nothing is told of it for a time, but that it ends.
// A time of 0 ends the silence. It returns the router_id of the alert.
func (e *Engine) Silence(id string, visible func(routerID string) bool, d time.Duration) (View, error) {
	for _, v := range e.Firing(visible) {
		if v.Alert != id {
			continue
		}
		until := time.Now().Add(d)
		e.mu.Lock()
		e.silences[id] = until
		if v.Silenced = &until; d == 0 {
			delete(e.silences, id)
			v.Silenced = nil
		}
		e.mu.Unlock()
		return v, nil
	}
	return View{}, ErrUnknownAlert
}

// Counts are the numbers for metrics.
type Counts struct {
	Rules   int
	Firing  map[Severity]int
	Pending int
	Lost    int // transitions that were not handed on
}

// Counts returns the present numbers.
func (e *Engine) Counts() Counts {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := Counts{Rules: len(e.rules), Firing: map[Severity]int{Info: 0, Warning: 0, Critical: 0}, Lost: e.lost}
	for _, r := range e.all() {
		for _, a := range r.alerts {
			if a.phase == pending {
				c.Pending++
			} else {
				c.Firing[a.rule.Severity]++
			}
		}
	}
	return c
}

// body is the event of the topic alerts: the fields after router_id.
func (t *Transition) body() []byte {
	public := *t
	public.RouterID, public.To, public.Group = "", nil, 0
	fields, _ := json.Marshal(struct {
		Topic string `json:"topic"`
		Type  Status `json:"type"`
		Transition
		TS int64 `json:"ts"`
	}{poller.Alerts.Name, t.Status, public, t.At.Unix()})
	return fields[1:]
}

// Cost is what a rule set asks of one router.
type Cost struct {
	Topic string
	Every time.Duration // 0 for events, which the router reports by itself where it can
}

// CostOf returns what rules ask of a router that all of them are about.
func CostOf(rules []*Rule) []Cost {
	var list []Cost
	for _, v := range variants(rules) {
		c := Cost{Topic: v.Topic.Name, Every: v.Least()}
		if v.Topic.Kind == poller.Events {
			c.Every = 0
		}
		list = append(list, c)
	}
	return list
}
