package sim

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// world is the state of the device. It is guarded by Device.mu, which callers of its
// methods hold. It has no goroutine: advance updates it to the present.
type world struct {
	opts    *Options
	p       *Personality
	version int // of p, see versionNumber
	booted  time.Time
	off     bool      // after /system/shutdown, until Reboot
	up      time.Time // when the device accepts connections again after a reboot
	tables  map[string]*table
	random  *rand.Rand
	ppp     population
	hot     population
	journal *journal // nil before the first change and the first safe mode
	// last is the time up to which advance has updated the state.
	last time.Time
}

// command implements a command of a menu.
type command func(*call) error

// menu returns the menu, or nil if the device does not have it.
func (w *world) menu(path string) *menu {
	if w.absent(path) {
		return nil
	}
	return w.declared(path)
}

// declared returns the declaration that fits the version and the board, or nil.
func (w *world) declared(path string) *menu {
	for _, m := range catalog().menus[path] {
		if m.when.holds(w) {
			return m
		}
	}
	return nil
}

// directory reports whether the device has a menu below the path.
func (w *world) directory(path string) bool {
	return slices.ContainsFunc(catalog().above[path], func(m *menu) bool { return m.when.holds(w) && !w.absent(m.path) })
}

// absent reports whether the device does not have the menu: its package or hardware is
// missing.
func (w *world) absent(path string) bool {
	below := func(top string) bool { return path == top || strings.HasPrefix(path, top+"/") }
	return slices.ContainsFunc(w.p.Absent, below) || slices.ContainsFunc(w.opts.Missing, below)
}

// unknown returns the first element of the path that does not exist, or "".
func (w *world) unknown(path string) string {
	for i := 1; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		if p := path[:i]; w.menu(p) == nil && (w.absent(p) || !w.directory(p)) {
			return p[strings.LastIndexByte(p, '/')+1:]
		}
	}
	return ""
}

// table returns the table of a menu, which is created at first use, or at each use if its
// rows are computed. It does not check whether a package is missing. It is nil where the
// menu has commands only.
func (w *world) table(path string) *table {
	if t, ok := w.tables[path]; ok {
		return t
	}
	m := w.declared(path)
	if m == nil || !m.rows() {
		return nil
	}
	t := &table{menu: m, next: max(m.base, 1)}
	if m.fill != nil {
		m.fill(w, t) // may create other tables, which must not change this one yet
	} else {
		w.sow(t)
	}
	if !m.computed {
		w.tables[path] = t
	}
	return t
}

// sessions returns the rows of a menu, none if the device does not have it.
func (w *world) sessions(path string) []*row {
	if w.menu(path) == nil {
		return nil
	}
	return w.table(path).rows
}

// made returns the table if it exists, for changes: a table that is created later is
// filled from the changed state.
func (w *world) made(path string) *table { return w.tables[path] }

func (w *world) moment(now time.Time) *moment {
	return &moment{now: now, booted: w.booted, seed: w.opts.Seed, p: w.p}
}

// advance updates the state to now.
func (w *world) advance(now time.Time) {
	if now.Before(w.last) {
		return
	}
	w.last = now
	if due := w.rollback(); !due.IsZero() && !now.Before(due) {
		w.journal.unroll(w)
	}
	w.churn(&w.ppp, pppActive, now, w.replacePPP)
	w.churn(&w.hot, hotspotActive, now, w.replaceHotspot)
}

// next returns the time of the next change by itself; zero for never.
func (w *world) next() (first time.Time) {
	for _, t := range []time.Time{w.ppp.due, w.hot.due, w.rollback()} {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// reboot resets what does not survive a reboot: sessions, dynamic rows, counters, the
// log. Ids of dynamic rows are not reused.
func (w *world) reboot(now time.Time) {
	w.booted, w.last, w.off = now, now, false
	w.ppp.due, w.hot.due = time.Time{}, time.Time{}
	if j := w.journal; j != nil {
		j.unroll(w) // assumed
		j.past = nil
	}
	for _, path := range []string{logLines, userActive, interfaces, simpleQueues, pppActive, hotspotActive} {
		if t := w.made(path); t != nil {
			t.restart(now)
		}
	}
	for _, path := range []string{pppActive, hotspotActive} {
		if t := w.made(path); t != nil {
			t.fill(w, t)
		}
	}
	for _, t := range w.tables {
		if len(t.seeds) > 0 {
			t.recount(now)
		}
	}
	w.log(now, "system,info", "router rebooted")
}

// restart keeps configured rows, with counters at zero, and drops dynamic ones.
func (t *table) restart(now time.Time) {
	old := t.rows
	t.rows = nil
	for _, r := range old {
		configured := (t.path == interfaces || t.path == simpleQueues) && r.text("dynamic") != "true"
		if !configured {
			t.emit(event{row: r, dead: true})
			continue
		}
		again := *r
		again.born, again.zero = now, 0
		t.rows = append(t.rows, &again)
	}
}

// recount lets the counters of the rows begin at zero.
func (t *table) recount(now time.Time) {
	rows := slices.Clone(t.rows)
	for i, r := range rows {
		if r.flows != nil {
			again := *r
			again.born, again.zero = now, 0
			rows[i] = &again
		}
	}
	t.rows = rows
}
