package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parse parses the line of a menu.
func (m *menu) parse(words []string) error {
	behind := m.path
	for _, w := range words {
		name, value, _ := strings.Cut(w, ":")
		switch name {
		case "single":
			m.single = true
		case "computed":
			m.computed = true
		case "policy":
			m.policy = value
		case "base":
			m.base, _ = parseID(value)
		case "type":
			m.kindOf = value
		case "do":
			behind = value
		case "add", "set", "remove", "unset", "move", "reset-counters", "reset-counters-all":
			m.verbs = append(m.verbs, name)
		default:
			if err := m.when.parse(w); err != nil {
				return err
			}
		}
	}
	m.behavior = behaviors[behind]
	return nil
}

// line parses a line below a menu.
func (s *menuSet) line(m *menu, words []string) error {
	switch words[0] {
	case "flags":
		m.flags = words[1:]
	case "unique":
		if len(words) != 3 {
			return fmt.Errorf("unique needs fields and a text")
		}
		m.unique = append(m.unique, unique{strings.Split(words[1], ","), words[2]})
	case "row":
		return m.declareRow(words[1:])
	case "only":
		return m.declareOnly(words[1:])
	default:
		return s.declareField(m, words)
	}
	return nil
}

func (m *menu) declareOnly(words []string) error {
	if len(words) < 2 {
		return fmt.Errorf("only needs a command and conditions")
	}
	var c condition
	for _, w := range words[1:] {
		if err := c.parse(w); err != nil {
			return err
		}
	}
	if m.only == nil {
		m.only = map[string]condition{}
	}
	m.only[words[0]] = c
	return nil
}

func (m *menu) declareRow(words []string) error {
	var s seed
	for _, w := range words {
		name, value, ok := strings.Cut(w, "=")
		if ok && !strings.HasPrefix(w, "v>") {
			if m.field(name) == nil {
				return fmt.Errorf("a row has %s, which is no field", name)
			}
			s.pairs = append(s.pairs, name, value)
			continue
		}
		var err error
		switch name, value, _ = strings.Cut(w, ":"); name {
		case "id":
			s.id, s.named = parseID(value)
		case "weight":
			s.weight, err = strconv.ParseFloat(value, 64)
		default:
			err = s.when.parse(w)
		}
		if err != nil {
			return err
		}
	}
	m.seeds = append(m.seeds, s)
	return nil
}

func (s *menuSet) declareField(m *menu, words []string) (err error) {
	if len(words) < 2 {
		return fmt.Errorf("%s has no kind", words[0])
	}
	f := field{name: words[0]}
	if f.kind, err = s.kind(words[1]); err != nil {
		return err
	}
	for _, w := range words[2:] {
		switch {
		case w[0] == '=':
			f.preset, f.set = w[1:], true
		case w == "must":
			f.must = true
		case w == "opt":
			f.opt = true
		case w == "ro":
			f.fixed = true
		case w == "hidden":
			m.hidden = append(m.hidden, f.name)
		case w == "secret":
			m.secret = append(m.secret, f.name)
		default:
			if err = f.when.parse(w); err != nil {
				return err
			}
		}
	}
	m.fields = append(m.fields, f)
	return nil
}

// field returns a field on any device, nil if the menu has none of this name.
func (m *menu) field(name string) *field {
	if i := slices.IndexFunc(m.fields, func(f field) bool { return f.name == name }); i >= 0 {
		return &m.fields[i]
	}
	return nil
}

// writable returns the field that add and set store on this device, nil if there is none.
func (w *world) writable(m *menu, name string) *field {
	for i := range m.fields {
		if f := &m.fields[i]; f.name == name && !f.fixed && f.when.holds(w) {
			return f
		}
	}
	return nil
}
