package sim

import (
	"slices"
	"strings"
	"time"
)

// edits are the commands that change rows in any menu.
var edits = map[string]command{
	"add":     (*call).add,
	"set":     (*call).set,
	"comment": (*call).set,
	"unset":   (*call).unset,
	"remove":  (*call).remove,
	"enable":  func(x *call) error { return x.flag("false") },
	"disable": func(x *call) error { return x.flag("true") },
	"move":    (*call).move,
}

// edit calls f with the table, updated to the present, under the lock.
func (x *call) edit(f func(w *world, t *table) error) error {
	d := x.c.d
	d.mu.Lock()
	defer d.mu.Unlock()
	d.world.advance(time.Now())
	return f(&d.world, d.world.table(x.menu.path)) // nil where the menu has commands only
}

// pairs returns the arguments to be stored. It is an error if the menu does not accept
// one of them.
func (x *call) pairs() ([]string, error) {
	var pairs []string
	for _, a := range x.args {
		switch {
		case a.name == ".id" || a.name == "numbers":
		case !slices.Contains(x.menu.params, a.name):
			return nil, unknownParameter(a.name)
		default:
			pairs = append(pairs, a.name, canonical(a.name, a.value))
		}
	}
	return pairs, nil
}

// canonical returns a flag in the spelling of print.
func canonical(name, value string) string {
	if v, ok := truth(value); ok && name == "disabled" {
		if v {
			return "true"
		}
		return "false"
	}
	return value
}

func (x *call) add() error {
	pairs, err := x.pairs()
	if err != nil {
		return err
	}
	for _, name := range x.menu.must {
		if !x.has(name) {
			return argument(missing, name)
		}
	}
	return x.edit(func(w *world, t *table) error {
		fresh := &row{words: attrs(t.preset...), born: w.last, user: noUser}
		r, err := t.checked(w, fresh.with(pairs...))
		if err != nil {
			return err
		}
		x.ret = []string{"ret", idText(t.add(r).id)}
		return nil
	})
}

// checked lets the menu validate and complete a row.
func (t *table) checked(w *world, r *row) (*row, error) {
	if t.check == nil {
		return r, nil
	}
	return t.check(w, t, r)
}

func (x *call) set() error {
	pairs, err := x.pairs()
	if err != nil {
		return err
	}
	return x.edit(func(w *world, t *table) error {
		return x.each(t, func(r *row) error {
			changed, err := t.checked(w, r.with(pairs...))
			if err != nil {
				return err
			}
			t.replace(changed)
			return nil
		})
	})
}

func (x *call) unset() error {
	name, ok := x.arg("value-name")
	if !ok {
		return argument(missing, "value-name")
	}
	return x.edit(func(_ *world, t *table) error {
		if !slices.Contains(t.params, name) {
			return argument(badName, "value-name")
		}
		return x.each(t, func(r *row) error {
			t.replace(r.without(name))
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
			t.remove(r.id)
			return nil
		})
	})
}

func (x *call) flag(disabled string) error {
	return x.edit(func(_ *world, t *table) error {
		return x.each(t, func(r *row) error {
			if r.text("disabled") != disabled {
				t.replace(r.with("disabled", disabled))
			}
			return nil
		})
	})
}

// move puts rows before the row of the argument destination, or last.
func (x *call) move() error {
	return x.edit(func(_ *world, t *table) error {
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
		t.rows = slices.Insert(rest, at, moved...)
		return nil
	})
}

// each calls f for the rows that the command names; a singleton has just one.
func (x *call) each(t *table, f func(r *row) error) error {
	rows, err := x.items(t)
	for _, r := range rows {
		if err = f(r); err != nil {
			break
		}
	}
	return err
}

// items finds the rows of .id or numbers: comma-separated ids or names. It is an error
// if one of them does not exist.
func (x *call) items(t *table) ([]*row, error) {
	if t.single {
		return t.rows, nil
	}
	list, ok := x.arg(".id")
	if !ok {
		if list, ok = x.arg("numbers"); !ok {
			return nil, argument(missing, ".id")
		}
	}
	if r := t.item(list); r != nil { // a name may contain a comma
		return []*row{r}, nil
	}
	var rows []*row
	for s := range strings.SplitSeq(list, ",") {
		r := t.item(s)
		if r == nil {
			return nil, errNoItem
		}
		if !slices.Contains(rows, r) {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// item finds a row by id, or by name in menus that have names.
func (t *table) item(s string) *row {
	if id, ok := parseID(s); ok {
		if i := t.position(id); i >= 0 {
			return t.rows[i]
		}
	}
	return t.find("name", s)
}
