package sim

import (
	"slices"
	"strconv"
	"strings"
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

// journal has what /system/history and /safe-mode need. It is part of the world.
type journal struct {
	past    []*past
	changes uint64 // so far, the source of ids

	// Only one session has safe mode, but the changes of all are undone.
	owner    *conn // nil: safe mode is not active
	user     string
	rollback time.Time // when the changes are undone; zero while the owner is connected
}

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

// journaled returns the journal, which is created at first use.
func (w *world) journaled() *journal {
	if w.journal == nil {
		w.journal = &journal{}
	}
	return w.journal
}

// rollback returns when the changes of safe mode are undone; zero for never.
func (w *world) rollback() time.Time {
	if w.journal == nil {
		return time.Time{}
	}
	return w.journal.rollback
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
	w.renamed(t, before, after)
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
	j := w.journaled()
	if len(j.past) == maxHistory {
		if j.past[0].safe {
			j.release()
		}
		j.past = j.past[1:]
	}
	j.changes++
	p.id, p.at, p.by, p.safe = j.changes, w.last, x.c.account.name, j.owner != nil
	p.text = p.path[strings.LastIndexByte(p.path, '/')+1:] + p.text // texts assumed
	j.past = append(j.past, p)
}

// release ends safe mode and keeps the changes.
func (j *journal) release() {
	j.take(nil)
	for _, p := range j.past {
		p.safe = false
	}
}

// take gives safe mode to a connection, or to none.
func (j *journal) take(owner *conn) {
	j.owner, j.user, j.rollback = owner, "", time.Time{}
	if owner != nil {
		j.user = owner.account.name
	}
}

// unroll ends safe mode and undoes the changes, the last one first.
func (j *journal) unroll(w *world) {
	j.take(nil)
	for _, p := range slices.Backward(j.past) {
		if t := w.made(p.path); p.safe && t != nil {
			w.undo(t, p)
		}
	}
	j.past = slices.DeleteFunc(j.past, func(p *past) bool { return p.safe })
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
		w.renamed(t, p.after, nil)
	case p.after == nil:
		t.add(p.before) // at the end: its place is not remembered
		w.mirror(t, nil, p.before)
		w.refer(t, idText(p.before.id), p.before.text("name"))
	default:
		t.replace(p.before)
		w.mirror(t, p.after, p.before)
		w.renamed(t, p.after, p.before)
	}
}

// leaves begins the rollback if the connection has taken safe mode. Listeners wake up to
// wait for it.
func (w *world) leaves(c *conn) {
	if w.journal == nil || w.journal.owner != c {
		return
	}
	w.journal.rollback = time.Now().Add(rollbackDelay)
	for _, t := range w.tables {
		if t.watchers > 0 {
			t.wake()
		}
	}
}

func init() {
	// with makes a command of what it does to the journal.
	with := func(f func(x *call, w *world, j *journal) error) command {
		return func(x *call) error {
			return x.edit(func(w *world, _ *table) error { return f(x, w, w.journaled()) })
		}
	}
	// Any session may release or unroll the safe mode of another one. The console asks
	// before it takes it; the text of the API is assumed.
	take := func(x *call, _ *world, j *journal) error {
		if j.owner != nil && j.owner != x.c {
			return failure("safe mode is already taken by another session")
		}
		j.take(x.c)
		return nil
	}
	release := func(_ *call, _ *world, j *journal) error { j.release(); return nil }
	behave("/safe-mode", behavior{fill: empty, extra: map[string]command{
		"print": (*call).safeMode, "take": with(take), "release": with(release),
		"unroll": with(func(_ *call, w *world, j *journal) error { j.unroll(w); return nil }),
		"toggle": with(func(x *call, w *world, j *journal) error {
			if j.owner == x.c {
				return release(x, w, j)
			}
			return take(x, w, j)
		}),
	}})
	behave("/system/history", behavior{fill: fillHistory})
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
		j := x.c.d.world.journaled()
		words = []string{"enabled", strconv.FormatBool(j.owner != nil), "current", strconv.FormatBool(j.owner == x.c)}
		if j.owner != nil {
			words = append(words, "user", j.user, "owner", "api "+j.user+"@"+j.owner.from)
		}
	})
	return p.once([]*row{{words: attrs(words...)}}, m)
}

// fillHistory shows the last changes, the newest first.
func fillHistory(w *world, t *table) {
	for _, p := range slices.Backward(w.journaled().past) {
		t.rows = append(t.rows, &row{id: p.id, user: noUser, words: attrs("action", p.text, "by", p.by, "policy", "write",
			"time", w.p.date(p.at), "undoable", strconv.FormatBool(!p.safe), "redoable", "false", "floating-undo", strconv.FormatBool(p.safe))})
	}
}
