package rules

import (
	"slices"
	"strings"
)

// command is the command that a router would execute.
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

// verbs are the usual verbs of menus. A path that continues after one is not a menu:
// what follows would be an argument.
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
		return command{}, &DeniedError{Reason: "it is empty"}
	}
	c := command{elements: split(words[0])}
	notPlain := func(reason string) error { return &DeniedError{Command: Path(words[0]), Reason: reason} }
	switch {
	case !strings.HasPrefix(words[0], "/"):
		return c, notPlain("its path does not begin with a slash")
	case invalidByte(words[0]) >= 0:
		return c, notPlain("its path has characters other than letters, digits, - and _, separated by slashes or spaces")
	case len(c.elements) == 0:
		return c, notPlain("its path is empty")
	}
	if slices.ContainsFunc(c.menu(), func(e string) bool { return verbs[e] }) {
		return c, notPlain("its path continues after a verb; write arguments as separate words =name=value")
	}
	for _, w := range words[1:] {
		if strings.HasPrefix(w, "?") {
			continue // a query selects rows and changes nothing
		}
		name, ok := argument(w)
		if !ok {
			return c, notPlain("it has a word that is neither an attribute =name=value nor a query ?name=value")
		}
		c.arguments = append(c.arguments, name)
	}
	return c, nil
}

// split returns the elements of a path with any number of slashes and spaces.
func split(path string) []string {
	return canonical(strings.FieldsFunc(strings.ToLower(path), func(r rune) bool { return r == '/' || r == ' ' }))
}

// canonical replaces commands with two names by one: getall is print, and /ping, also
// abbreviated, is /tool/ping.
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

// invalidByte returns the index of the first byte that no path of RouterOS has, or -1.
// Such bytes belong to scripts, assignments, "..", or invisible characters.
func invalidByte(path string) int {
	return strings.IndexFunc(path, func(r rune) bool { return !isWord(r) && r != '/' && r != ' ' })
}

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}

// argument returns the name in =name=value. Names such as basic-rates-a/g, .id and
// !name, which unsets a value, exist.
func argument(word string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(word, "=")
	if !ok {
		return "", false
	}
	name, _, _ = strings.Cut(rest, "=")
	name = strings.ToLower(name)
	invalid := strings.ContainsFunc(name, func(r rune) bool { return !isWord(r) && !strings.ContainsRune("./!", r) })
	return strings.TrimLeft(name, "!"), name != "" && !invalid
}

// isScript reports whether an argument is a script, or an expression that may contain
// one, also with an abbreviated name.
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

// Path returns the path of a command as it may be shown and logged: in one spelling,
// and cut after its verb or before the first invalid byte, since what follows may be
// anything, also a password.
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
	const maxElements = 12 // no menu is as deep
	if len(elements) > maxElements {
		elements, cut = elements[:maxElements], true
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
