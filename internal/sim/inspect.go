package sim

import (
	"maps"
	"slices"
	"strings"
)

func init() {
	behave("/console", behavior{extra: map[string]command{"inspect": (*call).inspect}})
}

// node is a place in the tree that /console/inspect shows: a directory, a command or an
// argument.
type node struct {
	name, kind string
	menu       *menu  // of a directory with commands, and of what is below it
	field      *field // of an argument that is stored
}

// topLevel are the directories whose node-type is path (argument trees of 7.9 to 7.24).
var topLevel = []string{"interface", "ip", "ipv6", "system", "tool", "user"}

// inspect implements /console/inspect of RouterOS 7 for the menus that the device has. The
// replies to child and self are as captured; style, offset and preference of completions
// and the texts of syntax are assumed. highlight and error have no rows.
func (x *call) inspect() error {
	if err := x.accept("request", "path", "input", "as-value", "proplist", ".proplist", "without-paging"); err != nil {
		return err
	}
	request, ok := x.arg("request")
	if !ok {
		return argument(missing, "request")
	}
	path, _ := x.arg("path")
	var rows []*row
	err := x.edit(func(w *world, _ *table) error {
		for r := range strings.SplitSeq(request, ",") {
			found, err := w.inspected(r, strings.FieldsFunc(path, func(c rune) bool { return c == ',' || c == '/' }))
			if err != nil {
				return err
			}
			rows = append(rows, found...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	p := &printing{call: x, query: parseQuery(x.words), round: noSection}
	if names, ok := x.arg(".proplist"); ok {
		p.names = strings.Split(names, ",")
	}
	shown := *x.menu
	shown.single = true // rows have no .id
	x.menu = &shown
	return p.once(rows, &moment{p: &x.c.d.opts.Personality})
}

func (w *world) inspected(request string, path []string) ([]*row, error) {
	at := w.node(path)
	if at == nil {
		return nil, nil
	}
	var rows []*row
	add := func(pairs ...string) { rows = append(rows, &row{words: attrs(pairs...)}) }
	switch request {
	case "self":
		add("type", "self", "name", at.name, "node-type", at.kind)
	case "child":
		for _, n := range w.below(path, at) {
			add("type", "child", "name", n.name, "node-type", n.kind)
		}
	case "completion":
		for _, text := range w.completions(path, at) {
			add("type", "completion", "completion", text, "style", "none", "offset", "0", "preference", "96", "show", "true", "text", "")
		}
	case "syntax":
		if at.kind == "arg" {
			add("type", "syntax", "symbol", "", "symbol-type", "definition", "nested", "0", "nonorm", "false", "text", at.syntax())
		}
		for _, n := range w.below(path, at) {
			add("type", "syntax", "symbol", n.name, "symbol-type", "explanation", "nested", "1", "nonorm", "false", "text", n.syntax())
		}
	case "highlight", "error":
	default:
		return nil, argument(badName, "request")
	}
	return rows, nil
}

// node finds the place of a path, nil if there is none.
func (w *world) node(path []string) *node {
	at := &node{kind: "dir", menu: w.menu("")}
	for i, name := range path {
		j := slices.IndexFunc(w.below(path[:i], at), func(n node) bool { return n.name == name })
		if j < 0 {
			return nil
		}
		at = &w.below(path[:i], at)[j]
	}
	return at
}

// below are the children of a place, in the order of their names.
func (w *world) below(path []string, at *node) (children []node) {
	switch at.kind {
	case "arg":
		return nil
	case "cmd":
		return at.arguments(w)
	}
	dir := ""
	if len(path) > 0 {
		dir = "/" + strings.Join(path, "/")
	}
	for name := range w.directories(dir) {
		kind := "dir"
		if dir == "" && slices.Contains(topLevel, name) {
			kind = "path"
		}
		children = append(children, node{name: name, kind: kind, menu: w.menu(dir + "/" + name)})
	}
	if at.menu != nil {
		for _, verb := range at.menu.commands(w) {
			children = append(children, node{name: verb, kind: "cmd", menu: at.menu})
		}
	}
	slices.SortFunc(children, func(a, b node) int { return strings.Compare(a.name, b.name) })
	return children
}

// directories are the names directly below a path.
func (w *world) directories(dir string) map[string]bool {
	names := map[string]bool{}
	for _, m := range catalog().above[dir] {
		if m.when.holds(w) && !w.absent(m.path) {
			name, _, _ := strings.Cut(m.path[len(dir)+1:], "/")
			names[name] = true
		}
	}
	return names
}

// commands are the commands of a menu, that the device has, without the spellings getall and
// listen.
func (m *menu) commands(w *world) []string {
	names := slices.Collect(maps.Keys(m.extra))
	if m.rows() {
		names = append(names, "print", "get")
		for verb := range edits {
			if m.has(w, verb) {
				names = append(names, verb)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(slices.DeleteFunc(names, func(name string) bool {
		only, limited := m.only[name]
		return limited && !only.holds(w)
	}))
}

// arguments are those of a command: the fields that it stores and what names rows.
func (n *node) arguments(w *world) (list []node) {
	m := n.menu
	add := func(names ...string) {
		for _, name := range names {
			list = append(list, node{name: name, kind: "arg", menu: m})
		}
	}
	switch n.name {
	case "add", "set":
		for i := range m.fields {
			if f := &m.fields[i]; !f.fixed && f.when.holds(w) {
				list = append(list, node{name: f.name, kind: "arg", menu: m, field: f})
			}
		}
		switch {
		case n.name == "add":
			add("copy-from")
			if m.has(w, "move") {
				add("place-before")
			}
		case !m.single:
			add("numbers")
		}
	case "print":
		add("as-value", "file", "interval", "proplist", "without-paging")
		if !m.single {
			add("append", "brief", "count-only", "detail", "follow", "follow-only", "from", "show-ids", "terse", "value-list", "where")
		}
		add(m.flags...)
	case "get":
		if !m.single {
			add("number")
		}
		add("as-string", "value-name")
	case "unset":
		add("numbers", "value-name")
	case "move":
		add("destination", "numbers")
	case "comment":
		add("comment", "numbers")
	case "remove", "enable", "disable", "reset-counters":
		add("numbers")
	}
	slices.SortFunc(list, func(a, b node) int { return strings.Compare(a.name, b.name) })
	return list
}

func (w *world) completions(path []string, at *node) (texts []string) {
	if at.field != nil {
		return at.field.kind.names(w)
	}
	for _, n := range w.below(path, at) {
		texts = append(texts, n.name)
	}
	return texts
}

// syntax describes the values of an argument as routers do, or is empty.
func (n *node) syntax() string {
	if n.field == nil || len(n.field.kind.forms) == 0 {
		return ""
	}
	f := n.field.kind.forms[0]
	text := map[string]string{"text": "string value", "time": "time interval", "num": "integer number", "ip": "IP address",
		"prefix": "IP prefix", "range": "IP address range", "mac": "MAC address"}[f.name]
	if f.limits != "" {
		return f.limits + strings.Repeat(" ", 4) + "(" + text + ")"
	}
	return text
}
