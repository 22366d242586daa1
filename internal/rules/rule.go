package rules

import (
	"fmt"
	"slices"
	"strings"
)

// rule is one rule, without its "!". A path without verbs means a menu or a command,
// with everything below.
type rule struct {
	text  string   // as it was written
	path  []string // the last may be ** for any number of elements, also none
	verbs []string // nil for the path and everything below
	plain bool     // no wildcard in the path
}

// writeVerbs means every verb that does not only read.
const writeVerbs = "write"

// Parse parses rules, which are separated by white space or are elements of the list;
// see the package comment. Without rules the set has only the default denials.
func Parse(list []string) (*Set, error) {
	s := &Set{}
	for _, line := range list {
		for text := range strings.FieldsSeq(line) {
			if err := s.add(text); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

func (s *Set) add(text string) error {
	if text == "dangerous" {
		s.dangerous = true
		return nil
	}
	r, err := parse(strings.TrimPrefix(text, "!"))
	if err != nil {
		return fmt.Errorf("rule %.80q %w", text, err) // at most 80 characters of it
	}
	r.text = text
	if strings.HasPrefix(text, "!") {
		s.deny = append(s.deny, r)
	} else {
		s.allow = append(s.allow, r)
	}
	return nil
}

func parse(text string) (rule, error) {
	path, list, hasVerbs := strings.Cut(text, ":")
	r := rule{text: text, plain: !strings.Contains(path, "*")}
	if !strings.HasPrefix(path, "/") {
		return r, fmt.Errorf("does not begin with a slash; examples: /ip/hotspot/**:print,add and !/system/reboot")
	}
	for element := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if element == "" {
			continue
		}
		if len(r.path) > 0 && r.path[len(r.path)-1] == "**" {
			return r, fmt.Errorf("continues after **, which includes everything below")
		}
		if element != "**" && !isPattern(element) {
			return r, fmt.Errorf("has an invalid name %q in its path; a name may end with *, and the path with **", element)
		}
		r.path = append(r.path, strings.ToLower(element))
	}
	if len(r.path) == 0 {
		return r, fmt.Errorf("has an empty path; write /** for all commands")
	}
	if !hasVerbs {
		return r.withoutVerbs(), nil
	}
	for verb := range strings.SplitSeq(list, ",") {
		if !isPattern(verb) {
			return r, fmt.Errorf("has an invalid verb %q; example: print,add,monitor*", verb)
		}
		verb = strings.ToLower(verb)
		r.verbs = append(r.verbs, canonical([]string{"", verb})[1])
	}
	return r, nil
}

// withoutVerbs completes a rule for a path and everything below, for which ** at the
// end is redundant.
func (r rule) withoutVerbs() rule {
	if n := len(r.path); r.path[n-1] == "**" {
		r.path = r.path[:n-1]
	} else {
		r.path = canonical(r.path)
	}
	return r
}

// isPattern accepts a name, a name that ends with *, and * alone.
func isPattern(s string) bool {
	s, star := strings.CutSuffix(s, "*")
	return (s != "" || star) && !strings.ContainsFunc(s, func(r rune) bool { return !isWord(r) })
}

// wildcardTail is the number of ** at the end of the path, 0 or 1.
func (r rule) wildcardTail() int {
	if n := len(r.path); n > 0 && r.path[n-1] == "**" {
		return 1
	}
	return 0
}

// lifts reports whether the rule allows by name what the default denial d denies: the
// menu or the command, and the verb if d names it. A wildcard does not.
func (r rule) lifts(d rule, c command) bool {
	if !r.plain || !r.allows(c) {
		return false
	}
	named := len(r.path)
	switch {
	case slices.Contains(r.verbs, c.verb()):
		named++
	case r.verbs != nil && !slices.Contains(r.verbs, writeVerbs):
		return false // allowed by a verb with a wildcard
	}
	if d.verbs != nil && !slices.Contains(d.verbs, writeVerbs) {
		return named == len(c.elements)
	}
	return named >= len(d.path)-d.wildcardTail()
}

// allows reports whether the rule matches the command exactly. A verb that reads does
// not allow a command that writes a file with it.
func (r rule) allows(c command) bool {
	if r.verbs == nil {
		return len(c.elements) >= len(r.path) && r.covers(c.elements[:len(r.path)], matchAt)
	}
	return r.covers(c.menu(), matchAt) && slices.ContainsFunc(r.verbs, func(v string) bool {
		switch {
		case v == writeVerbs:
			return !c.reads()
		case c.file != "":
			return v == "*"
		}
		return matches(v, c.verb())
	})
}

// denies reports whether the command could mean one that the rule matches: with
// abbreviated names, or with more after its verb.
func (r rule) denies(c command) bool {
	if r.verbs == nil {
		return len(c.elements) >= len(r.path) && r.covers(c.elements[:len(r.path)], couldMean)
	}
	for i := range c.elements {
		if r.covers(c.elements[:i], couldMean) && r.deniesVerb(c, i) {
			return true
		}
	}
	return false
}

// deniesVerb compares the element of the path at index i with the verbs. Wildcards match
// the last element only: before it they would deny the menus below. "write" matches, before
// it, what is no known menu and so could be a command.
func (r rule) deniesVerb(c command, i int) bool {
	last := i == len(c.elements)-1
	return slices.ContainsFunc(r.verbs, func(v string) bool {
		switch {
		case v == writeVerbs:
			return last && !c.reads() || !last && !isMenu(c.elements, i)
		case strings.HasSuffix(v, "*"):
			return last && couldMean(v, c.elements, i)
		case v == "print": // the other reading verbs return the same rows
			return last && slices.ContainsFunc(readVerbs, func(r string) bool { return couldMean(r, c.elements, i) })
		}
		return couldMean(v, c.elements, i)
	})
}

// covers reports whether the path matches the menu, element by element. match compares
// a pattern with the element at an index.
func (r rule) covers(menu []string, match func(pattern string, menu []string, i int) bool) bool {
	path := r.path
	if n := r.wildcardTail(); n > 0 {
		path = path[:len(path)-n]
		menu = menu[:min(len(menu), len(path))]
	}
	if len(path) != len(menu) {
		return false
	}
	for i, pattern := range path {
		if !match(pattern, menu, i) {
			return false
		}
	}
	return true
}

func matches(pattern, element string) bool {
	if head, star := strings.CutSuffix(pattern, "*"); star {
		return strings.HasPrefix(element, head)
	}
	return pattern == element
}

func matchAt(pattern string, elements []string, i int) bool { return matches(pattern, elements[i]) }

// couldMean also accepts an abbreviation of the pattern, as the console does, unless it
// is a whole name in this menu.
func couldMean(pattern string, elements []string, i int) bool {
	return matches(pattern, elements[i]) || strings.HasPrefix(strings.TrimSuffix(pattern, "*"), elements[i]) && !isWhole(elements, i)
}

// readVerbs are the verbs that only read.
var readVerbs = []string{"print", "getall", "get", "find", "listen", "monitor", "monitor-traffic"}

func isReading(verb string) bool { return slices.Contains(readVerbs, verb) }
