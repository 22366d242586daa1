package sim

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// world is the state of the device behind its connections. Device.mu guards it;
// every method is called with that lock held. Nothing in it runs by itself:
// advance catches up with the clock whenever somebody looks.
type world struct {
	opts   *Options
	p      *Personality
	booted time.Time
	off    bool      // after /system/shutdown, until Reboot
	up     time.Time // when the device takes connections again after a reboot
	tables map[string]*table
	random *rand.Rand
	ppp    population
	hot    population
	// last is the latest point of time that advance has reached.
	last time.Time
}

// command runs what a menu offers besides the generic verbs.
type command func(*call) error

// menus are all directories by path, "" the root. It is filled by init, because
// commands look menus up.
var menus = map[string]*menu{}

// directories are the paths above menus, which exist without having commands.
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

// menu returns the directory, nil if this device has none such.
func (w *world) menu(path string) *menu {
	if w.absent(path) {
		return nil
	}
	if path == "/system/health" {
		return healthMenu(w.p.Health)
	}
	return menus[path]
}

// absent reports whether the package of the path is missing, or the board has
// no such hardware.
func (w *world) absent(path string) bool {
	below := func(top string) bool { return path == top || strings.HasPrefix(path, top+"/") }
	return slices.ContainsFunc(w.p.Absent, below) || slices.ContainsFunc(w.opts.Missing, below)
}

// unknown finds the element of the path that does not exist, "" if all do.
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

// table returns the rows of a menu, made at first use. It does so for a menu
// that this device hides, too: who comes from a command has found it before.
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
		m.fill(w, t) // may make other tables, which must not write to this one yet
	}
	w.tables[path] = t
	return t
}

// sessions are the rows of a menu that may be hidden.
func (w *world) sessions(path string) []*row {
	if w.absent(path) {
		return nil
	}
	return w.table(path).rows
}

// made returns the table if somebody has used it before: changes need not be
// told to tables that will be made from the changed state anyway.
func (w *world) made(path string) *table { return w.tables[path] }

func (w *world) moment(now time.Time) *moment {
	return &moment{now: now, booted: w.booted, seed: w.opts.Seed, p: w.p}
}

// advance lets happen what was due until now.
func (w *world) advance(now time.Time) {
	if now.Before(w.last) {
		return
	}
	w.last = now
	w.churn(&w.ppp, pppActive, now, w.replacePPP)
	w.churn(&w.hot, hotspotActive, now, w.replaceHotspot)
}

// next is when something will happen by itself, zero for never.
func (w *world) next() time.Time {
	a, b := w.ppp.due, w.hot.due
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// reboot starts everything that does not survive anew: sessions, dynamic rows,
// counters, the log. Ids of dynamic rows go on where they were, so that none
// comes back for another row.
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

// restart keeps the rows that were configured and drops those that the running
// system had made. Counters of the former begin again.
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
