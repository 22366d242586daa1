package sim

import (
	"slices"
	"time"
)

// edits are the commands that change rows in any menu.
var edits = map[string]command{
	"add":                (*call).add,
	"set":                (*call).set,
	"comment":            (*call).set,
	"unset":              (*call).unset,
	"remove":             (*call).remove,
	"enable":             func(x *call) error { return x.flag("false") },
	"disable":            func(x *call) error { return x.flag("true") },
	"move":               (*call).move,
	"reset-counters":     (*call).resetCounters,
	"reset-counters-all": (*call).resetCounters,
}

// edit calls f with the table, updated to the present, under the lock.
func (x *call) edit(f func(w *world, t *table) error) error {
	d := x.c.d
	d.mu.Lock()
	defer d.mu.Unlock()
	d.world.advance(time.Now())
	return f(&d.world, d.world.table(x.menu.path)) // nil where the menu has commands only
}

// change is what the arguments of add or set do to a row.
type change struct {
	pairs []string // values to store
	gone  []string // optional fields that become absent
}

func (c *change) apply(r *row) *row {
	r = r.with(c.pairs...)
	for _, name := range c.gone {
		r = r.without(name)
	}
	return r
}

// change checks the arguments. Those that name rows or places are not stored; creating
// also allows those of add.
func (x *call) change(w *world, creating bool) (c change, err error) {
	fields := make([]*field, len(x.args))
	for i, a := range x.args { // an unknown name counts before a bad value
		f := w.writable(x.menu, a.name)
		switch {
		case a.name == ".id" || a.name == "numbers" || creating && x.places(a.name):
		case f == nil:
			return c, unknownParameter(a.name)
		default:
			fields[i] = f
		}
	}
	for i, a := range x.args {
		f := fields[i]
		if f == nil {
			continue
		}
		if a.value == "" && f.opt && !f.kind.text() {
			c.gone = append(c.gone, a.name) // "" and null of REST clear a field
			continue
		}
		if a.value == "" && f.set && f.preset == "" && !f.must {
			c.pairs = append(c.pairs, a.name, "")
			continue
		}
		shown, err := f.kind.check(w, a.name, a.value)
		if err != nil {
			return c, err
		}
		c.pairs = append(c.pairs, a.name, shown)
	}
	return c, nil
}

// places reports whether an argument of add says where the row goes or what it is like.
func (x *call) places(name string) bool {
	return name == "copy-from" || name == "place-before" && slices.Contains(x.menu.verbs, "move")
}

func (x *call) add() error {
	return x.edit(func(w *world, t *table) error {
		c, err := x.change(w, true)
		if err != nil {
			return err
		}
		r := &row{words: w.presets(t.menu), born: w.last, user: noUser}
		if from, ok := x.arg("copy-from"); ok {
			if like := t.item(from); like != nil {
				r.words = like.words
			} else {
				return errNoItem
			}
		} else if err := x.complete(w); err != nil {
			return err
		}
		before, err := x.before(t)
		if err != nil {
			return err
		}
		if r, err = t.checked(w, c.apply(r)); err != nil {
			return err
		}
		if r = t.ordered(r); t.kindOf != "" {
			r.id = w.table(interfaces).nextConfigured()
		}
		x.ret = []string{"ret", idText(t.add(r).id)}
		if before != nil {
			t.rows = slices.Insert(slices.Clone(t.rows[:len(t.rows)-1]), slices.Index(t.rows, before), r)
		}
		w.changed(x, t, nil, r)
		return nil
	})
}

// complete returns an error if a required argument is missing.
func (x *call) complete(w *world) error {
	for i := range x.menu.fields {
		if f := &x.menu.fields[i]; f.must && f.when.holds(w) && !x.has(f.name) {
			return argument(missing, f.name)
		}
	}
	return nil
}

// before returns the row of place-before, nil without the argument.
func (x *call) before(t *table) (*row, error) {
	s, ok := x.arg("place-before")
	if !ok {
		return nil, nil
	}
	if r := t.item(s); r != nil {
		return r, nil
	}
	return nil, errNoItem
}

// checked lets the menu validate and complete a row.
func (t *table) checked(w *world, r *row) (*row, error) {
	if t.check != nil {
		var err error
		if r, err = t.check(w, t, r); err != nil {
			return nil, err
		}
	}
	for _, u := range t.unique {
		if other := t.same(r, u.fields); other != nil {
			return nil, failure(u.text)
		}
	}
	return r, nil
}

// same returns another row that has the same values in the fields, nil if one is empty.
func (t *table) same(r *row, fields []string) *row {
	for _, other := range t.rows {
		if other.id != r.id && !slices.ContainsFunc(fields, func(name string) bool {
			v := r.text(name)
			return v == "" || other.text(name) != v
		}) {
			return other
		}
	}
	return nil
}

func (x *call) set() error {
	return x.edit(func(w *world, t *table) error {
		c, err := x.change(w, false)
		if err != nil {
			return err
		}
		return x.each(t, func(r *row) error {
			after, err := t.checked(w, c.apply(r))
			if err != nil {
				return err
			}
			t.replace(after)
			w.changed(x, t, r, after)
			return nil
		})
	})
}

func (x *call) unset() error {
	name, ok := x.arg("value-name")
	if !ok {
		return argument(missing, "value-name")
	}
	return x.edit(func(w *world, t *table) error {
		if w.writable(t.menu, name) == nil {
			return argument(badName, "value-name")
		}
		return x.each(t, func(r *row) error {
			after := r.without(name)
			t.replace(after)
			w.changed(x, t, r, after)
			return nil
		})
	})
}

func (x *call) remove() error {
	return x.edit(func(w *world, t *table) error {
		return x.each(t, func(r *row) error {
			if t.drop != nil {
				return t.drop(w, t, r)
			}
			if r.text("default") == "true" { // the text is assumed
				return failure("can not remove default item")
			}
			t.remove(r.id)
			w.changed(x, t, r, nil)
			return nil
		})
	})
}

func (x *call) flag(disabled string) error {
	return x.edit(func(w *world, t *table) error {
		return x.each(t, func(r *row) error {
			if r.text("disabled") == disabled {
				return nil
			}
			after, err := t.checked(w, r.with("disabled", disabled))
			if err == nil {
				t.replace(after)
				w.changed(x, t, r, after)
			}
			return err
		})
	})
}

// resetCounters sets the counters of the rows that are named to zero, or of all. That it
// takes all without numbers is assumed for reset-counters.
func (x *call) resetCounters() error {
	return x.edit(func(w *world, t *table) error {
		reset := func(r *row) error {
			again := *r
			again.zero = w.last.Sub(r.born)
			if i := t.position(r.id); i >= 0 { // without an event: listen does not report counters
				t.rows = slices.Clone(t.rows)
				t.rows[i] = &again
			}
			return nil
		}
		if x.has(".id") || x.has("numbers") {
			return x.each(t, reset)
		}
		for _, r := range t.rows {
			_ = reset(r)
		}
		return nil
	})
}

// move puts rows before the row of the argument destination, or last.
func (x *call) move() error {
	return x.edit(func(w *world, t *table) error {
		moved, err := x.items(t)
		if err != nil {
			return err
		}
		rest := slices.DeleteFunc(slices.Clone(t.rows), func(r *row) bool { return slices.Contains(moved, r) })
		at := len(rest)
		if to, ok := x.arg("destination"); ok {
			target := t.item(to)
			if target == nil {
				return errNoItem
			}
			if at = slices.Index(rest, target); at < 0 {
				return nil // before itself: nothing changes
			}
		}
		w.moved(x, t)
		t.rows = slices.Insert(rest, at, moved...)
		return nil
	})
}
