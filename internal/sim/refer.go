package sim

import (
	"slices"
	"strings"
)

// reference is a field of a menu that names rows of another menu.
type reference struct {
	path  string
	field string
}

// referring are the fields that name rows of a menu.
func (s *menuSet) referring(path string) (list []reference) {
	for _, all := range s.menus {
		for _, m := range all {
			for _, f := range m.fields {
				if slices.Contains(f.kind.menus, path) {
					list = append(list, reference{m.path, f.name})
				}
			}
		}
	}
	return list
}

// renamed follows the new name of a row where others refer to it: routers keep the id, and
// print shows the name that belongs to it, or the id once the row is gone.
func (w *world) renamed(t *table, before, after *row) {
	if before == nil || t.field("name") == nil {
		return
	}
	from, to := before.text("name"), idText(before.id)
	if after != nil {
		to = after.text("name")
	}
	w.refer(t, from, to)
}

// refer replaces a name, or an id, where others refer to it.
func (w *world) refer(t *table, from, to string) {
	if from == to || from == "" {
		return
	}
	paths := []string{t.path}
	if t.kindOf != "" || t.path == interfaces {
		paths = []string{interfaces}
		for _, m := range catalog().kinds {
			paths = append(paths, m.path)
		}
	}
	for _, path := range paths {
		for _, r := range catalog().refers[path] {
			if other := w.made(r.path); other != nil {
				other.rename(r.field, from, to)
			}
		}
	}
}

// rename replaces a value, also one of a list or a pair, or behind a !.
func (t *table) rename(field, from, to string) {
	f := t.field(field)
	for _, r := range t.rows {
		old := r.text(field)
		if !strings.Contains(old, from) {
			continue
		}
		separator := ","
		if f.kind.pair {
			separator = "/"
		}
		parts := []string{old}
		if f.kind.list || f.kind.pair {
			parts = strings.Split(old, separator)
		}
		for i, p := range parts {
			if name := strings.TrimPrefix(p, "!"); name == from {
				parts[i] = p[:len(p)-len(name)] + to
			}
		}
		if changed := strings.Join(parts, separator); changed != old {
			t.replace(r.with(field, changed))
		}
	}
}
