package rest

import (
	"slices"
	"strings"

	"github.com/aprakasa/mikronec/internal/rules"
)

// directories are menus that have no rows of their own, only other menus and commands, in
// all versions of RouterOS. What follows one is never the name of a row.
var directories = []string{
	"/caps-man", "/dude", "/iot", "/ip", "/ip/firewall", "/ipv6", "/ipv6/firewall", "/lora", "/mpls", "/ppp", "/queue", "/routing",
	"/system", "/tool",
}

// menuPath returns the path of a menu; an error if the elements cannot be one: their text
// would be more than a name, or one is a command, and what follows a command is taken for
// its arguments.
func menuPath(elements []string) (string, error) {
	for _, e := range elements {
		if !isWord(e) || rules.IsCommand(e) {
			return "", invalid(noSuch(e))
		}
	}
	return join(elements), nil
}

func join(elements []string) string { return "/" + strings.Join(elements, "/") }

// isWord reports whether a text can be the name of a menu or a command.
func isWord(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_'
	})
}

// isID reports whether a text is an id of a row, such as *1A.
func isID(text string) bool {
	return len(text) > 1 && text[0] == '*' && strings.Trim(text[1:], "0123456789abcdefABCDEF") == ""
}

// row is the last element of a path, which names a row of the menu before it.
type row struct {
	menu string // of the row
	text string // id or name
	id   bool
}

// row returns the row that the path names. It is an error if no row can have that path.
func (r *Request) row() (row, error) {
	last := len(r.path) - 1
	menu, err := menuPath(r.path[:last])
	if err != nil {
		return row{}, err
	}
	if last == 0 || slices.Contains(directories, menu) {
		return row{}, invalid(noIdentifier)
	}
	return row{menu: menu, text: r.path[last], id: isID(r.path[last])}, nil
}

// query is the query word that selects the row.
func (r row) query() string {
	if r.id {
		return "?.id=" + r.text
	}
	return "?name=" + r.text
}

// odd reports whether the router could read a name as something else, where it takes ids
// and names: as an id, or as a list.
func (r row) odd() bool {
	return !r.id && (strings.HasPrefix(r.text, "*") || strings.Contains(r.text, ","))
}
