package sim

import (
	"embed"
	"fmt"
	"strings"
	"sync"
)

// The menus are declared in menus/*.txt, a menu to a block:
//
//	/ip/pool  add set remove        the path, its verbs, what it needs
//	  name       <text>    must     a field: its kind, then what else is known of it
//	  ranges     *<range>  must
//	  next-pool  /ip/pool|none  opt
//	  unique name "pool with such name exists"
//	  row name=dhcp ranges=192.168.88.10-192.168.88.254
//
// Words of a menu: add, set, remove, unset, move, reset-counters (a table has print,
// getall, listen and get besides, comment and enable where there is such a field), single
// for one row without .id, computed for rows that are made at each access, policy:NAME for
// changes, base:*F0 for the first id, type:vlan for a kind of /interface, do:NAME for a
// behavior under another name than the path, and conditions.
//
// Words of a field: =VALUE is its default, must is required by add, opt is absent until it
// is set and may be unset, ro cannot be set, hidden is shown to users with policy sensitive
// only, secret to nobody, and conditions. See parseKind for kinds.
//
// Conditions, also of a row: v>=7.18 and v<7 for versions, wireless, wired, board (not CHR)
// and health:N for a shape of /system/health.
//
// A block whose first word begins with @ is a group of fields, which the line @ with its
// name puts into a menu.
//
// Other lines: flags lists arguments of print that only this menu has, unique the fields
// that no two rows may share with the text of the refusal, row a row at first use.
//
//go:embed menus/*.txt
var declarations embed.FS

// field is a property of the rows of a menu.
type field struct {
	name   string
	kind   kind
	preset string
	set    bool // preset is the value of a new row
	must   bool
	opt    bool
	fixed  bool // read-only
	when   condition
}

// condition says which devices have a menu, a field or a row.
type condition struct {
	from, before int // versions as in Personality.number; 0: no limit
	only         []func(*Personality) bool
}

func (c *condition) holds(w *world) bool {
	if c.from > 0 && w.version < c.from || c.before > 0 && w.version >= c.before {
		return false
	}
	for _, f := range c.only {
		if !f(w.p) {
			return false
		}
	}
	return true
}

// seed is a row that a table has at first use.
type seed struct {
	id     uint64
	named  bool    // id is given
	weight float64 // of its traffic, 0 for none
	pairs  []string
	when   condition
}

// unique are fields whose values no two rows may share.
type unique struct {
	fields []string
	text   string
}

// catalog has all declared menus. It is parsed at first use and shared by all devices.
var catalog = sync.OnceValue(func() *menuSet {
	s := newMenuSet()
	files, err := declarations.ReadDir("menus")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		text, err := declarations.ReadFile("menus/" + f.Name())
		if err == nil {
			err = s.parse(string(text))
		}
		if err != nil {
			panic(fmt.Sprintf("sim: menus/%s: %v", f.Name(), err)) // the tests read every declaration
		}
	}
	s.refers = map[string][]reference{}
	for path := range s.menus {
		s.refers[path] = s.referring(path)
	}
	return s
})

// menuSet are menus by path. A path may have several, for different devices.
type menuSet struct {
	menus  map[string][]*menu
	above  map[string][]*menu     // of each path above menus, those below it
	kinds  []*menu                // kinds of /interface
	refers map[string][]reference // by the path that is referred to
	group  map[string]*menu       // groups of fields
	parsed map[string]kind        // by their text: most fields have one of a few kinds
}

// kind returns the kind that a text declares.
func (s *menuSet) kind(text string) (kind, error) {
	if k, ok := s.parsed[text]; ok {
		return k, nil
	}
	k, err := parseKind(text)
	if err == nil {
		s.parsed[text] = k
	}
	return k, err
}

func newMenuSet() *menuSet {
	return &menuSet{menus: map[string][]*menu{}, above: map[string][]*menu{}, group: map[string]*menu{}, parsed: map[string]kind{}}
}

func (s *menuSet) add(m *menu) {
	s.menus[m.path] = append(s.menus[m.path], m)
	if m.kindOf != "" {
		s.kinds = append(s.kinds, m)
	}
	for i, c := range m.path {
		if c == '/' {
			s.above[m.path[:i]] = append(s.above[m.path[:i]], m)
		}
	}
}

func (s *menuSet) parse(text string) error {
	var m *menu
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		words, err := splitWords(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
			continue
		case line[0] == '@':
			m = &menu{}
			s.group[words[0]] = m
		case words[0][0] == '@' && m != nil:
			if g := s.group[words[0]]; g != nil {
				m.fields = append(m.fields, g.fields...)
			} else {
				err = fmt.Errorf("no group %s", words[0])
			}
		case line[0] != ' ':
			m = &menu{path: strings.TrimSuffix(words[0], "/")}
			if err = m.parse(words[1:]); err == nil {
				s.add(m)
			}
		case m == nil:
			err = fmt.Errorf("no menu above it")
		default:
			err = s.line(m, words)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}
