package rules

import (
	"slices"
	"strings"
)

// command is what a router would make of the words.
type command struct {
	elements  []string // of the path, in lower case; the last is the verb
	arguments []string // names, in lower case
}

func (c command) verb() string   { return c.elements[len(c.elements)-1] }
func (c command) menu() []string { return c.elements[:len(c.elements)-1] }
func (c command) path() string   { return "/" + strings.Join(c.elements, "/") }

func (c command) denied(rule, reason string) *DeniedError {
	return &DeniedError{Command: c.path(), Rule: rule, Reason: reason}
}

// verbs are those that most menus have. A path that goes on behind one is no
// menu: what follows would be an argument.
var verbs = map[string]bool{
	"print": true, "getall": true, "get": true, "find": true, "listen": true, "add": true, "set": true, "remove": true, "unset": true,
	"enable": true, "disable": true, "move": true, "comment": true, "edit": true, "run": true, "export": true, "monitor": true,
	"monitor-traffic": true, "reset-counters": true, "reset-counters-all": true, "reset-configuration": true, "shutdown": true,
	"reboot": true, "execute": true, "fetch": true, "uninstall": true, "make-static": true,
}

// parseCommand parses the words and denies those that are not plain: each could be
// read differently here and on the router.
func parseCommand(words []string) (command, error) {
	if len(words) == 0 {
		return command{}, &DeniedError{Reason: "it has no words"}
	}
	c := command{elements: split(words[0])}
	shown := func(reason string) error { return &DeniedError{Command: Path(words[0]), Reason: reason} }
	switch {
	case !strings.HasPrefix(words[0], "/"):
		return c, shown("its path does not begin with a slash")
	case invalidByte(words[0]) >= 0:
		return c, shown("its path has characters other than letters, digits, - and _, with slashes or spaces between")
	case len(c.elements) == 0:
		return c, shown("it has no path")
	}
	if slices.ContainsFunc(c.menu(), func(e string) bool { return verbs[e] }) {
		return c, shown("its path goes on behind a verb; arguments are words of their own, =name=value")
	}
	for _, w := range words[1:] {
		if strings.HasPrefix(w, "?") {
			continue // chooses among rows and does nothing
		}
		name, ok := argument(w)
		if !ok {
			return c, shown("it has a word that is neither =name=value nor ?name=value")
		}
		c.arguments = append(c.arguments, name)
	}
	return c, nil
}

// split makes elements of a path, however its slashes and spaces are set.
func split(path string) []string {
	return canonical(strings.FieldsFunc(strings.ToLower(path), func(r rune) bool { return r == '/' || r == ' ' }))
}

// canonical puts the one name for what has two: getall is print, and /ping is
// /tool/ping, also when it is abbreviated.
func canonical(elements []string) []string {
	n := len(elements)
	switch {
	case n > 0 && elements[n-1] == "getall":
		elements[n-1] = "print"
	case n == 1 && len(elements[0]) > 1 && strings.HasPrefix("ping", elements[0]):
		return []string{"tool", "ping"}
	}
	return elements
}

// invalidByte is the index of the first byte that does not belong into a path, or
// -1. Menus and commands of RouterOS have none: what has one is a script, an
// assignment, a way up (..), or hidden from the eye.
func invalidByte(path string) int {
	return strings.IndexFunc(path, func(r rune) bool { return !isWord(r) && r != '/' && r != ' ' })
}

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}

// argument is the name in =name=value. Names such as basic-rates-a/g, .id and
// !name, which unsets, exist.
func argument(word string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(word, "=")
	if !ok {
		return "", false
	}
	name, _, _ = strings.Cut(rest, "=")
	name = strings.ToLower(name)
	strange := strings.ContainsFunc(name, func(r rune) bool { return !isWord(r) && !strings.ContainsRune("./!", r) })
	return strings.TrimLeft(name, "!"), name != "" && !strange
}

// isScript reports whether an argument takes a script, or an expression that may
// hold one, also when its name is abbreviated.
func isScript(name string) bool {
	if name == "on" || name == "do" || strings.HasPrefix(name, "on-") {
		return true
	}
	parts := strings.Split(name, "-")
	last := parts[len(parts)-1]
	return slices.Contains(parts, "script") ||
		len(last) > 1 && strings.HasPrefix("script", last) ||
		len(name) > 1 && (strings.HasPrefix("source", name) || strings.HasPrefix("where", name))
}

// Path is the path of a command as it may be shown and logged: in one spelling,
// and no further than to its verb or to where it is not plain, since what
// follows there may be anything, a password too.
func Path(word string) string {
	at := invalidByte(word)
	if at >= 0 {
		word = word[:at]
	}
	cut := at >= 0
	elements := strings.FieldsFunc(word, func(r rune) bool { return r == '/' || r == ' ' })
	for i, e := range elements {
		if verbs[strings.ToLower(e)] && i+1 < len(elements) {
			elements, cut = elements[:i+1], true
			break
		}
	}
	const most = 12 // no menu is as deep
	if len(elements) > most {
		elements, cut = elements[:most], true
	}
	path := "/" + strings.ToLower(strings.Join(elements, "/"))
	if len(path) > 200 {
		path, cut = path[:200], true
	}
	if cut {
		path += "…"
	}
	return path
}
