package sim

import (
	"slices"
	"strconv"
	"time"
)

const (
	// maxHistory is how many changes /system/history keeps. Safe mode with more ends, and
	// nothing is undone (MikroTik documentation, "Configuration Management").
	maxHistory = 100
	// rollbackDelay is the time from the end of the connection that took safe mode to the
	// undoing of its changes, measured on 7.23 by danikf/tik4net.
	rollbackDelay = 2 * time.Second
)

// past is one change of the configuration.
type past struct {
	id       uint64
	at       time.Time
	by, text string
	safe     bool // is undone with safe mode
	path     string
	before   *row     // nil for a new row
	after    *row     // nil for a removed one
	order    []uint64 // the ids before a move, otherwise nil
}

// safeMode is the safe mode of the device. Only one session has it, but the changes of all
// are undone.
type safeMode struct {
	owner    *conn // nil: not active
	user     string
	rollback time.Time // when the changes are undone; zero while the owner is connected
}

// changed records a change of a row by a command, and makes it in other menus that show
// the row.
func (w *world) changed(x *call, t *table, before, after *row) {
	verb := " changed"
	switch {
	case before == nil:
		verb = " added"
	case after == nil:
		verb = " removed"
	}
	w.mirror(t, before, after)
	w.record(x, &past{text: verb, path: t.path, before: before, after: after})
}

// moved records the order of the rows before a move.
func (w *world) moved(x *call, t *table) {
	order := make([]uint64, len(t.rows))
	for i, r := range t.rows {
		order[i] = r.id
	}
	w.record(x, &past{text: " moved", path: t.path, order: order})
}

func (w *world) record(x *call, p *past) {
	if len(w.history) == maxHistory {
		if w.history[0].safe {
			w.release()
		}
		w.history = w.history[1:]
	}
	w.changes++
	p.id, p.at, p.by, p.safe = w.changes, w.last, x.c.account.name, w.safe.owner != nil
	p.text = lastElement(p.path) + p.text // texts assumed
	w.history = append(w.history, p)
}

// release ends safe mode and keeps the changes.
func (w *world) release() {
	w.safe = safeMode{}
	for _, p := range w.history {
		p.safe = false
	}
}

// unroll ends safe mode and undoes the changes, the last one first.
func (w *world) unroll() {
	w.safe = safeMode{}
	for _, p := range slices.Backward(w.history) {
		if t := w.made(p.path); p.safe && t != nil {
			w.undo(t, p)
		}
	}
	w.history = slices.DeleteFunc(w.history, func(p *past) bool { return p.safe })
}

func (w *world) undo(t *table, p *past) {
	switch {
	case p.order != nil:
		t.rows = slices.Clone(t.rows)
		slices.SortStableFunc(t.rows, func(a, b *row) int {
			return slices.Index(p.order, a.id) - slices.Index(p.order, b.id)
		})
	case p.before == nil:
		t.remove(p.after.id)
		w.mirror(t, p.after, nil)
	case p.after == nil:
		t.add(p.before) // at the end: its place is not remembered
		w.mirror(t, nil, p.before)
	default:
		t.replace(p.before)
		w.mirror(t, p.after, p.before)
	}
}

// leaves begins the rollback if the connection has taken safe mode. Listeners wake up to
// wait for it.
func (w *world) leaves(c *conn) {
	if w.safe.owner != c {
		return
	}
	w.safe.rollback = time.Now().Add(rollbackDelay)
	for _, t := range w.tables {
		if t.watchers > 0 {
			t.wake()
		}
	}
}

func lastElement(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}

func init() {
	behave("/safe-mode", behavior{fill: empty, extra: map[string]command{
		"print":   (*call).safeMode,
		"take":    func(x *call) error { return x.edit(func(w *world, _ *table) error { return x.takeSafeMode(w) }) },
		"release": func(x *call) error { return x.edit(func(w *world, _ *table) error { w.release(); return nil }) },
		"unroll":  func(x *call) error { return x.edit(func(w *world, _ *table) error { w.unroll(); return nil }) },
		"toggle": func(x *call) error {
			return x.edit(func(w *world, _ *table) error {
				if w.safe.owner == x.c {
					w.release()
					return nil
				}
				return x.takeSafeMode(w)
			})
		},
	}})
	behave("/system/history", behavior{fill: fillHistory})
}

// takeSafeMode: the console asks what to do with the safe mode of another session; the text
// of the API is assumed. Any session may release or unroll it.
func (x *call) takeSafeMode(w *world) error {
	if w.safe.owner != nil && w.safe.owner != x.c {
		return failure("safe mode is already taken by another session")
	}
	w.safe = safeMode{owner: x.c, user: x.c.account.name}
	return nil
}

// safeMode prints the only row of /safe-mode. What owner has is assumed.
func (x *call) safeMode() error {
	p := &printing{call: x, query: parseQuery(x.words), round: noSection}
	if err := p.options(); err != nil {
		return err
	}
	_, m := p.snapshot()
	var words []string
	x.c.d.locked(func() {
		s := &x.c.d.world.safe
		words = []string{"enabled", strconv.FormatBool(s.owner != nil), "current", strconv.FormatBool(s.owner == x.c)}
		if s.owner != nil {
			words = append(words, "user", s.user, "owner", "api "+s.user+"@"+s.owner.from)
		}
	})
	return p.once([]*row{{words: attrs(words...)}}, m)
}

// fillHistory shows the last changes, the newest first.
func fillHistory(w *world, t *table) {
	for _, p := range slices.Backward(w.history) {
		t.rows = append(t.rows, &row{id: p.id, user: noUser, words: attrs("action", p.text, "by", p.by, "policy", "write",
			"time", w.p.date(p.at), "undoable", strconv.FormatBool(!p.safe), "redoable", "false", "floating-undo", strconv.FormatBool(p.safe))})
	}
}
