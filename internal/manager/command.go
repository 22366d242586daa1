package manager

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// link is the way to the router that id stands for.
func (m *Manager) link(id string) (*pool.Link, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	r := m.routers[id]
	if r == nil {
		return nil, ErrUnknownRouter
	}
	return r.seat.lease.Link, nil
}

// Run sends one command to the router of id and waits for the answer. When ctx
// ends, so does the command at the router.
func (m *Manager) Run(ctx context.Context, id string, args []string) (*routeros.Reply, error) {
	if err := CheckArgs(args); err != nil {
		return nil, err
	}
	link, err := m.link(id)
	if err != nil {
		return nil, err
	}
	return link.Run(ctx, args...)
}

// Start sends one command to the router of id; its rows are taken as they come.
// When ctx ends, so does the command at the router.
func (m *Manager) Start(ctx context.Context, id string, args []string) (*routeros.Call, error) {
	if err := CheckArgs(args); err != nil {
		return nil, err
	}
	link, err := m.link(id)
	if err != nil {
		return nil, err
	}
	return link.Stream(ctx, streamLimit, args...)
}

// streamLimit is how many bytes of rows may wait for a client that takes them
// more slowly than the router gives them; beyond, the command is ended.
const streamLimit = 4 << 20

// sessionCommands belong to the session that many callers share: /cancel
// without a tag would end everybody's commands, /quit their session, and /login
// would change who they are.
var sessionCommands = map[string]bool{"cancel": true, "quit": true, "login": true}

// CheckArgs refuses what is no single command: args[0] is the path, the others
// are attributes (=name=value) and queries (?...).
func CheckArgs(args []string) error {
	if len(args) == 0 {
		return &InputError{"args", "is empty; give the command as the first element, such as /ip/address/print"}
	}
	if !strings.HasPrefix(args[0], "/") {
		return &InputError{"args[0]", fmt.Sprintf("%q is no command path; it begins with a slash, such as /ip/address/print", clip(args[0]))}
	}
	if words := strings.FieldsFunc(args[0], isSeparator); len(words) == 0 || len(words) == 1 && sessionCommands[strings.ToLower(words[0])] {
		return &InputError{"args[0]", fmt.Sprintf("%q is not for /run: the session is shared", clip(args[0]))}
	}
	for i, word := range args[1:] {
		if err := checkWord(i+1, word); err != nil {
			return err
		}
	}
	return nil
}

func isSeparator(r rune) bool { return r == '/' || unicode.IsSpace(r) || unicode.IsControl(r) }

func checkWord(i int, word string) error {
	field := fmt.Sprintf("args[%d]", i)
	switch {
	case word == "":
		return &InputError{field, "is empty; an empty word would end the command and begin another"}
	case strings.HasPrefix(word, ".tag"):
		return &InputError{field, "sets a tag; tags are the server's own"}
	case word[0] != '=' && word[0] != '?':
		return &InputError{field, fmt.Sprintf("%q is neither an attribute (=name=value) nor a query (?name=value)", clip(word))}
	}
	return nil
}

// clip keeps an error message short, and a secret in a long word out of it.
func clip(s string) string {
	if utf8.RuneCountInString(s) <= 40 {
		return s
	}
	return string([]rune(s)[:40]) + "…"
}

// checkID admits what can stand in a path, in a query and in a log line.
func checkID(id string) error {
	switch {
	case id == "":
		return &InputError{"router_id", "is missing"}
	case len(id) > 128:
		return &InputError{"router_id", "is longer than 128 bytes"}
	case strings.TrimSpace(id) != id:
		return &InputError{"router_id", "begins or ends with a space"}
	case !utf8.ValidString(id):
		return &InputError{"router_id", "is not UTF-8"}
	}
	for _, r := range id {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\?#*,"`, r) {
			return &InputError{"router_id", fmt.Sprintf("contains %q; use letters, digits and signs such as . _ - :", r)}
		}
	}
	return nil
}

// Info is what a router says of itself, as one JSON object: the name of the
// router as "identity", the fields of /system/resource, and of
// /system/routerboard those that resource does not have. A device without
// routerboard answers without; "errors" says why.
func (m *Manager) Info(ctx context.Context, id string) ([]byte, error) {
	link, err := m.link(id)
	if err != nil {
		return nil, err
	}
	menus := []*menu.Menu{menu.Resource, menu.Routerboard, menu.Identity}
	commands := make([]routeros.Command, len(menus))
	for i, mn := range menus {
		commands[i].Words = []string{mn.Print()}
	}
	calls, err := link.StartAll(ctx, commands...)
	if err != nil {
		return nil, err
	}
	info := infoWriter{b: menu.AppendString([]byte(`{"router_id":`), id), seen: map[string]bool{"router_id": true}}
	var first error
	failed := 0
	for i, mn := range menus {
		reply, err := calls[i].Wait()
		if err != nil {
			failed++
			if first == nil {
				first = err
			}
			info.fail(mn, err)
			continue
		}
		info.add(mn, reply)
	}
	if failed == len(menus) {
		return nil, first
	}
	return info.close(), nil
}

// infoWriter merges rows of several menus into one object; a field that is
// there already is not written again.
type infoWriter struct {
	b      []byte
	seen   map[string]bool
	errors []byte
}

func (w *infoWriter) add(mn *menu.Menu, reply *routeros.Reply) {
	enc := menu.NewEncoder(mn, charset.Page{})
	row, _ := reply.Rows.Cut()
	for name, value := range row.Attributes() {
		field := string(name)
		if mn == menu.Identity {
			if field != "name" {
				continue
			}
			w.b = menu.AppendText(append(w.b, `,"identity":`...), value, charset.Page{})
			continue
		}
		if w.seen[field] {
			continue
		}
		w.seen[field] = true
		w.b = enc.AppendField(append(w.b, ','), field, value)
	}
}

func (w *infoWriter) fail(mn *menu.Menu, err error) {
	if w.errors == nil {
		w.errors = []byte(`,"errors":{`)
	} else {
		w.errors = append(w.errors, ',')
	}
	w.errors = append(menu.AppendString(w.errors, mn.Path[len("/system/"):]), ':')
	w.errors = menu.AppendString(w.errors, err.Error())
}

func (w *infoWriter) close() []byte {
	if w.errors != nil {
		w.b = append(append(w.b, w.errors...), '}')
	}
	return append(w.b, '}')
}
