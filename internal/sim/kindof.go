package sim

import (
	"slices"
	"strconv"
)

// nextConfigured is the next id of an interface that is not dynamic.
func (t *table) nextConfigured() uint64 {
	id := uint64(0)
	for _, r := range t.rows {
		if r.id < dynamicInterfaces {
			id = max(id, r.id)
		}
	}
	return id + 1
}

// dynamicInterfaces is the first id of those.
const dynamicInterfaces = 0xF00000

// shared are the fields that /interface and the menus of its kinds have in common.
var shared = []string{"name", "default-name", "mtu", "actual-mtu", "l2mtu", "mac-address", "running", "disabled", "slave", "comment"}

// sowKind fills the menu of a kind of interfaces, such as /interface/ethernet, with
// those that exist. The rows have the ids of /interface.
func (w *world) sowKind(t *table) {
	presets := w.presets(t.menu)
	for _, r := range w.table(interfaces).rows {
		if r.text("type") == t.kindOf {
			mine := &row{id: r.id, words: presets, born: r.born, flows: r.flows, user: noUser}
			t.rows = append(t.rows, t.ordered(mine.with(common(r, t.menu)...)))
		}
	}
}

// common returns the shared fields of r that the menu has, too.
func common(r *row, m *menu) (pairs []string) {
	for name, value := range r.words.Attributes() {
		if n := string(name); slices.Contains(shared, n) && m.field(n) != nil {
			pairs = append(pairs, n, string(value))
		}
	}
	return pairs
}

// mirror makes a change of an interface in the other menu that has it.
func (w *world) mirror(t *table, before, after *row) {
	if t.kindOf != "" {
		all := w.table(interfaces)
		if before == nil {
			all.add(asInterface(w, t.kindOf, after))
			return
		}
		w.reflect(all, before, after)
		return
	}
	if t.path != interfaces {
		return
	}
	for _, m := range catalog().kinds {
		if other := w.made(m.path); other != nil && other.kindOf == before.text("type") {
			w.reflect(other, before, after)
		}
	}
}

func (w *world) reflect(t *table, before, after *row) {
	if after == nil {
		t.remove(before.id)
		return
	}
	if i := t.position(after.id); i >= 0 {
		r := t.rows[i].with(common(after, t.menu)...)
		if after.text("comment") == "" {
			r = r.without("comment")
		}
		t.replace(r)
	}
}

// asInterface returns the row of /interface for a new one of the menu of its kind.
func asInterface(w *world, kind string, r *row) *row {
	pairs := []string{"name", r.text("name"), "type", kind}
	for _, name := range shared[1:] {
		if v := r.text(name); v != "" {
			pairs = append(pairs, name, v)
		}
	}
	pairs = append(pairs, "last-link-up-time", w.p.date(w.last), "link-downs", "0")
	return &row{id: r.id, words: attrs(pairs...), born: w.last, user: noUser}
}

// checkKind gives an interface a name and an address, and the name has to be its own.
func checkKind(w *world, t *table, r *row) (*row, error) {
	all := w.table(interfaces)
	name := r.text("name")
	for i := 1; name == ""; i++ {
		if candidate := t.kindOf + strconv.Itoa(i); all.find("name", candidate) == nil {
			name = candidate
		}
	}
	if other := all.find("name", name); other != nil && other.id != r.id {
		return nil, failure("already have interface with such name")
	}
	pairs := []string{"name", name}
	if t.menu.field("mac-address") != nil && r.text("mac-address") == "" {
		pairs = append(pairs, "mac-address", macAddress(mix(w.opts.Seed, uint64(w.last.UnixNano()))))
	}
	return r.with(pairs...), nil
}
