package sim

import (
	"strconv"
	"strings"
	"time"
)

// get returns one property of one row, or all of them, as the value of ret. It is a command
// of the console; that the API has it in the same form is assumed.
func (x *call) get() error {
	p := &printing{call: x, round: noSection}
	p.hidden = x.unseen()
	for _, a := range x.args {
		switch a.name {
		case ".id", "number", "numbers", "value-name", "as-string", "as-string-value":
		default:
			return unknownParameter(a.name)
		}
	}
	return x.edit(func(w *world, t *table) error {
		r, err := x.only(t)
		if err != nil {
			return err
		}
		m := w.moment(w.last)
		name, one := x.arg("value-name")
		if !one {
			x.ret = []string{"ret", p.all(r, m)}
			return nil
		}
		value, ok := p.property(r, m, name)
		switch {
		case ok && name != ".id": // .id was seen to be refused
			x.ret = []string{"ret", string(value)}
		case t.field(name) == nil:
			return argument(badName, "value-name")
		}
		return nil
	})
}

// only returns the row that get is for.
func (x *call) only(t *table) (*row, error) {
	if !t.single {
		for _, name := range []string{".id", "number", "numbers"} {
			if s, ok := x.arg(name); ok {
				if r := t.item(s); r != nil {
					return r, nil
				}
				return nil, errNoItem
			}
		}
		return nil, argument(missing, "number")
	}
	return t.rows[0], nil
}

// all returns every property in the form of as-value.
func (p *printing) all(r *row, m *moment) string {
	var b strings.Builder
	add := func(name string, value []byte) {
		if p.shows(name) {
			b.WriteString(name + "=" + string(value) + ";")
		}
	}
	if !p.menu.single {
		add(".id", appendID(nil, r.id))
	}
	for name, value := range r.words.Attributes() {
		add(string(name), value)
	}
	for _, l := range p.menu.live {
		if value, ok := l.value(nil, m, r); ok {
			add(l.name, value)
		}
	}
	return strings.TrimSuffix(b.String(), ";")
}

// makeStatic turns dynamic leases into configured ones, which keep their ids (assumed).
func (x *call) makeStatic() error {
	return x.edit(func(w *world, t *table) error {
		return x.each(t, func(r *row) error {
			if r.text("dynamic") != "true" {
				return failure("lease is not dynamic") // text assumed
			}
			after := r.with("dynamic", "false")
			t.replace(after)
			w.changed(x, t, r, after)
			return nil
		})
	})
}

// accepted is a command for rows, or for none, that changes nothing here.
func (x *call) accepted() error {
	return x.edit(func(_ *world, t *table) error {
		if t == nil || t.single || !x.has(".id") && !x.has("numbers") {
			return nil
		}
		_, err := x.items(t)
		return err
	})
}

// runScript runs nothing; it counts.
func (x *call) runScript() error {
	return x.edit(func(w *world, t *table) error {
		return x.each(t, func(r *row) error {
			n, _ := strconv.Atoi(r.text("run-count"))
			t.replace(r.with("run-count", strconv.Itoa(n+1), "last-started", w.p.date(time.Now())))
			return nil
		})
	})
}
