package alert

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Board keeps what the engine knows, see package board: the engine is the part with the
// names of [Prefixes]. Touch has a name written; it is called with a lock held.
type Board interface{ Touch(name string) }

type noBoard struct{}

func (noBoard) Touch(string) {}

// What the engine keeps on the board: a snapshot of each router and of the server, silences,
// and what was told.
const (
	routerPrefix  = "router"
	serverPrefix  = "server"
	silencePrefix = "silence"
	toldPrefix    = "told"
)

// Prefixes are those of the names of the engine on its board.
func Prefixes() []string { return []string{routerPrefix, serverPrefix, silencePrefix, toldPrefix} }

// name is the name of a router on the board.
func (r *router) name() string {
	if r.id == "" {
		return serverPrefix + "." + hash(r.instance)
	}
	return routerPrefix + "." + hash(r.id)
}

// snapshot is what is kept of a router, or of the server of an instance.
type snapshot struct {
	Router   string         `json:"router,omitempty"`
	Instance string         `json:"instance,omitempty"` // that wrote it
	State    sessionState   `json:"state,omitempty"`
	Boot     *time.Time     `json:"boot,omitempty"`
	Rebooted *time.Time     `json:"rebooted,omitempty"` // and this was not told yet
	Alerts   []keptAlert    `json:"alerts,omitempty"`
	Counted  []keptCounting `json:"counted,omitempty"`
}

// keptAlert is an alert of a snapshot.
type keptAlert struct {
	Transition

	Phase  phase     `json:"phase"`
	Turned time.Time `json:"turned"`
	Silent bool      `json:"silent,omitempty"`
	Told   bool      `json:"told,omitempty"`
}

// keptCounting is what a rule has counted.
type keptCounting struct {
	Rule    string    `json:"rule"`
	Subject string    `json:"subject,omitempty"`
	At      []int64   `json:"at"` // milliseconds
	N       []float64 `json:"n"`
}

// Limits of a snapshot, and how late what is not urgent is written: that a condition has
// begun to hold, what was counted, when a router has started.
const (
	maxKept     = 200 // alerts
	maxKeptItem = 64  // events of one rule
	maxCounting = 50
	lazily      = 20 * time.Second
)

// keep has a router written, soon; mu is held. What was told or has ended is written at
// once, see keepNow.
func (e *Engine) keep(r *router, now time.Time) {
	if r.unkept.IsZero() {
		r.unkept = now
	}
}

// keepNow needs mu.
func (e *Engine) keepNow(r *router) {
	r.unkept = time.Time{}
	e.board.Touch(r.name())
}

// encode returns the snapshot of a router; nil for nothing to keep. mu is held.
func (e *Engine) encode(r *router) []byte {
	s := snapshot{Router: r.id, Instance: e.opts.Instance, State: r.state}
	if !r.keptBoot.IsZero() {
		boot := r.keptBoot.Round(0).UTC()
		s.Boot = &boot
	}
	if !r.rebooted.IsZero() {
		found := r.rebooted.Round(0).UTC()
		s.Rebooted = &found
	}
	for _, a := range r.alerts {
		k := keptAlert{Transition: e.transition(r, a, Firing, a.started), Phase: a.phase, Turned: a.turned, Silent: a.silent, Told: !a.told.IsZero()}
		if k.Group = 0; a.phase == pending {
			k.Value, k.Reason = nil, "" // they change all the time
		}
		s.Alerts = append(s.Alerts, k)
	}
	slices.SortFunc(s.Alerts, func(a, b keptAlert) int {
		if (a.Phase == pending) != (b.Phase == pending) {
			return int(b.Phase) - int(a.Phase)
		}
		return strings.Compare(a.Alert, b.Alert)
	})
	s.Alerts = s.Alerts[:min(len(s.Alerts), maxKept)]
	for k, w := range r.windows {
		if w.rule.When.Op != Drops && len(w.items) > 0 && len(s.Counted) < maxCounting {
			s.Counted = append(s.Counted, w.kept(k))
		}
	}
	slices.SortFunc(s.Counted, func(a, b keptCounting) int { return strings.Compare(a.Rule+" "+a.Subject, b.Rule+" "+b.Subject) })
	if r.id == "" && len(s.Alerts) == 0 && len(s.Counted) == 0 {
		return nil
	}
	text, _ := json.Marshal(s) // it has a form in JSON
	return text
}

// kept returns the items of a window; those of a long one as fewer.
func (w *window) kept(k key) keptCounting {
	out := keptCounting{Rule: k.rule, Subject: k.subject}
	step := (len(w.items) + maxKeptItem - 1) / maxKeptItem
	for part := range slices.Chunk(w.items, max(step, 1)) {
		sum := 0.0
		for _, i := range part {
			sum += i.n
		}
		out.At, out.N = append(out.At, part[len(part)-1].at.UnixMilli()), append(out.N, sum)
	}
	return out
}

// decodeSnapshot returns nil for one that cannot be read.
func decodeSnapshot(value []byte) *snapshot {
	var s snapshot
	if value == nil || json.Unmarshal(value, &s) != nil {
		return nil
	}
	return &s
}

// Learn implements the part of a board.
func (e *Engine) Learn(name string, value []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	prefix, rest, _ := strings.Cut(name, ".")
	switch prefix {
	case routerPrefix, serverPrefix:
		s := decodeSnapshot(value)
		r := e.named[name]
		switch {
		case r != nil && e.begun:
			if s != nil && s.Instance != e.opts.Instance {
				e.catchUp(r, s, time.Now())
			}
		case s == nil:
			delete(e.others, name)
		default:
			e.others[name] = s
		}
	case silencePrefix:
		delete(e.silences, rest)
		var until time.Time
		if value != nil && json.Unmarshal(value, &until) == nil {
			e.silences[rest] = until
		}
	case toldPrefix:
		e.history.learn(name, value)
	}
}

// Merge implements the part of a board.
func (e *Engine) Merge(name string, old []byte) []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	prefix, rest, _ := strings.Cut(name, ".")
	switch prefix {
	case routerPrefix, serverPrefix:
		last, left := e.left[name]
		before := decodeSnapshot(old)
		switch r := e.named[name]; {
		case r != nil:
			return e.encode(r)
		case left && last != nil && before != nil && before.Instance != e.opts.Instance:
			e.others[name] = before
			return old // the next owner has written already
		case left:
			return last
		}
		return old
	case silencePrefix:
		if until, ok := e.silences[rest]; ok {
			text, _ := json.Marshal(until.Round(0).UTC())
			return text
		}
		return nil
	case toldPrefix:
		return e.history.merge(name, old)
	}
	return old
}

// Wrote implements the part of a board.
func (e *Engine) Wrote(name string, err error) {
	if err != nil {
		return // it is tried again
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.left, name)
	e.history.wrote(name)
}
