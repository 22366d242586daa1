package sim

import (
	"strings"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// sow adds the rows that the declaration has.
func (w *world) sow(t *table) {
	if t.kindOf != "" {
		w.sowKind(t)
		return
	}
	presets, text := w.presets(t.menu), w.placeholders()
	for i := range t.seeds {
		s := &t.seeds[i]
		if !s.when.holds(w) {
			continue
		}
		pairs := make([]string, len(s.pairs))
		for k, v := range s.pairs {
			pairs[k] = text.Replace(v)
		}
		r := (&row{words: presets, born: w.booted, user: noUser, seed: uint64(i)}).with(pairs...)
		if t.check != nil {
			if checked, err := t.check(w, t, r); err == nil {
				r = checked
			}
		}
		if s.weight > 0 {
			r.flows = newFlows(mix(w.opts.Seed, uint64(1000+i)), s.weight)
		}
		if r = t.ordered(r); !s.named {
			t.add(r)
			continue
		}
		r.id = s.id
		t.rows, t.next = append(t.rows, r), max(t.next, s.id+1)
	}
	if t.single && len(t.rows) == 0 {
		t.add(&row{words: presets, born: w.booted, user: noUser})
	}
}

// ordered returns r with its properties in the order of the declaration.
func (m *menu) ordered(r *row) *row {
	again := *r
	again.words = make(proto.Sentence, 0, len(r.words))
	for i := range m.fields {
		name := m.fields[i].name
		if v, ok := r.words.Get(name); ok && m.field(name) == &m.fields[i] { // a field may be declared by version
			again.words = appendAttr(again.words, name, v)
		}
	}
	return &again
}

// presets are the defaults of a new row.
func (w *world) presets(m *menu) (words []byte) {
	for i := range m.fields {
		if f := &m.fields[i]; f.set && f.when.holds(w) {
			value := f.preset
			if strings.IndexByte(value, '{') >= 0 {
				value = w.placeholders().Replace(value)
			}
			words = appendAttr(words, f.name, value)
		}
	}
	return words
}

// placeholders replaces what a declaration cannot know.
func (w *world) placeholders() *strings.Replacer {
	boot := w.p.date(w.booted)
	day, clock, _ := strings.Cut(boot, " ")
	return strings.NewReplacer("{version}", w.p.Version, "{build}", w.p.buildTime(), "{user}", w.opts.User,
		"{identity}", w.opts.Identity, "{boot}", boot, "{boot-date}", day, "{boot-time}", clock,
		"{year}", w.p.date(w.booted.AddDate(1, 0, 0)))
}
