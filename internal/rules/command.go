package rules

import (
	"slices"
	"strings"
)

// command is the command that a router would execute.
type command struct {
	elements  []string // of the path, in lower case; the last is the verb
	arguments []string // names, in lower case
	file      string   // the argument by which a command that reads writes a file
}

func (c command) verb() string   { return c.elements[len(c.elements)-1] }
func (c command) menu() []string { return c.elements[:len(c.elements)-1] }
func (c command) path() string   { return "/" + strings.Join(c.elements, "/") }

// reads reports whether the command reads and nothing else.
func (c command) reads() bool { return isReading(c.verb()) && c.file == "" }

// meanings are the commands that have to be allowed: this one, and for one that writes
// a file the one that does so.
func (c command) meanings() []command {
	if c.file == "" {
		return []command{c}
	}
	return []command{c, {elements: []string{"file", "add"}}}
}

// because says why the meaning at index i counts.
func (c command) because(i int) string {
	if i == 0 {
		return ""
	}
	return ", because =" + c.file + "= writes a file"
}

func (c command) denied(rule, reason string) *DeniedError {
	return &DeniedError{Command: c.path(), Rule: rule, Reason: reason}
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
	if slices.ContainsFunc(c.menu(), func(e string) bool { return commandWords[e] }) {
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
		if c.file == "" && isFile(name) && c.couldRead() {
			c.file = name
		}
	}
	return c, nil
}

// couldRead reports whether a name in the path that is no menu is a verb that reads, or
// could be short for one. More may follow, which the router could take for arguments.
func (c command) couldRead() bool {
	for i, element := range c.elements {
		if beginsOneOf(element, readVerbs) && !isMenu(c.elements, i) {
			return true
		}
	}
	return readOnlyTools[strings.Join(c.elements, "/")]
}

// split returns the elements of a path with any number of slashes and spaces.
func split(path string) []string {
	return canonical(strings.FieldsFunc(strings.ToLower(path), func(r rune) bool { return r == '/' || r == ' ' }))
}

// canonical replaces commands with two names by one: getall is print, and /ping, also
// abbreviated, is /tool/ping.
func canonical(elements []string) []string {
	n := len(elements)
	if n > 0 && elements[n-1] == "getall" {
		elements[n-1] = "print"
	}
	if n > 0 && len(elements[0]) > 1 && strings.HasPrefix("ping", elements[0]) {
		return append([]string{"tool", "ping"}, elements[1:]...)
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
		if commandWords[strings.ToLower(e)] && i+1 < len(elements) {
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
