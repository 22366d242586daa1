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

// view needs mu.
func (e *Engine) view(t Transition, p phase, silent, told bool) View {
	t.Group = 0
	v := View{Transition: t, Unknown: silent, Clearing: p == clearing, Untold: !told}
	if until, ok := e.silences[t.Alert]; ok {
		v.Silenced = &until
	}
	return v
}

// Firing returns the alerts that fire at all instances, of the routers that visible permits, those of the
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
			list = append(list, e.view(t, a.phase, a.silent, !a.told.IsZero()))
		}
	}
	for _, s := range e.others {
		if !visible(s.Router) {
			continue
		}
		for _, k := range s.Alerts {
			if k.Phase != pending {
				list = append(list, e.view(k.Transition, k.Phase, k.Silent, k.Told))
			}
		}
	}
	slices.SortFunc(list, func(a, b View) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(a.RouterID, b.RouterID), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject, b.Subject))
	})
	return list
}

// ErrUnknownAlert means that no alert of this id fires.
var ErrUnknownAlert = errcode.New(errcode.NotFound, "no alert with this id fires")

// Silence silences an alert that fires: nothing is told of it for a time, but that it ends.
// A time of 0 ends the silence. All instances take it. It returns the router_id of the alert.
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
		e.board.Touch(silencePrefix + "." + id)
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
