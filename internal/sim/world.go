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
	opts   *Options
	p      *Personality
	booted time.Time
	off    bool      // after /system/shutdown, until Reboot
	up     time.Time // when the device accepts connections again after a reboot
	tables map[string]*table
	random *rand.Rand
	ppp    population
	hot    population
	// last is the time up to which advance has updated the state.
	last time.Time
}

// command implements a command of a menu.
type command func(*call) error

// menus are all menus by path; "" is the root. init fills it, because commands look up
// menus.
var menus = map[string]*menu{}

// directories are the paths above menus, which exist but have no commands.
var directories = map[string]bool{}

func define(list ...*menu) {
	for _, m := range list {
		menus[m.path] = m
		for i, c := range m.path {
			if c == '/' {
				directories[m.path[:i]] = true
			}
		}
	}
}

// menu returns the menu, or nil if the device does not have it.
func (w *world) menu(path string) *menu {
	if w.absent(path) {
		return nil
	}
	if path == "/system/health" {
		return healthMenu(w.p.Health)
	}
	return menus[path]
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
		if p := path[:i]; w.menu(p) == nil && (w.absent(p) || !directories[p]) {
			return p[strings.LastIndexByte(p, '/')+1:]
		}
	}
	return ""
}

// table returns the table of a menu, which is created at first use. It does not check
// whether the device has the menu.
func (w *world) table(path string) *table {
	if t, ok := w.tables[path]; ok {
		return t
	}
	m := menus[path]
	if path == "/system/health" {
		m = healthMenu(w.p.Health)
	}
	t := &table{menu: m, next: max(m.base, 1)}
	if m.fill != nil {
		m.fill(w, t) // may create other tables, which must not change this one yet
	}
	w.tables[path] = t
	return t
}

// sessions returns the rows of a menu, none if the device does not have it.
func (w *world) sessions(path string) []*row {
	if w.absent(path) {
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
	w.churn(&w.ppp, pppActive, now, w.replacePPP)
	w.churn(&w.hot, hotspotActive, now, w.replaceHotspot)
}

// next returns the time of the next change by itself; zero for never.
func (w *world) next() time.Time {
	a, b := w.ppp.due, w.hot.due
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// reboot resets what does not survive a reboot: sessions, dynamic rows, counters, the
// log. Ids of dynamic rows are not reused.
func (w *world) reboot(now time.Time) {
	w.booted, w.last, w.off = now, now, false
	w.ppp.due, w.hot.due = time.Time{}, time.Time{}
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
		again.born = now
		t.rows = append(t.rows, &again)
	}
}
