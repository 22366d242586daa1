package sim

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind says which values a field takes: one of its words, the name of a row of one of its
// menus, or text in one of its forms.
type kind struct {
	list  bool // any number of values, separated by commas
	pair  bool // up/down; one value counts for both
	not   bool // a ! may stand before the value
	words []string
	menus []string
	forms []form
}

// form is a notation of values, with limits where it has some.
type form struct {
	name   string
	limits string // as in the declaration; "" for none
	// parse returns the value as print shows it; in is false outside of the limits.
	parse func(s string) (shown string, in, ok bool)
}

// parseKind parses alternatives separated by a bar: a word, the path of a menu whose rows
// are meant, or a form as <num>, <num:1..255>, <time:1s..1d>, <text>, <bool>, <rate>,
// <ip>, <prefix>, <range>, <mac>, <ports>. Before them * is a list, & a pair and ! a
// negation.
func parseKind(s string) (k kind, err error) {
	for ; s != "" && strings.IndexByte("*&!", s[0]) >= 0; s = s[1:] {
		k.list, k.pair, k.not = k.list || s[0] == '*', k.pair || s[0] == '&', k.not || s[0] == '!'
	}
	for a := range strings.SplitSeq(s, "|") {
		switch {
		case a == "":
			return k, fmt.Errorf("an empty alternative")
		case a[0] == '<':
			name, limits, _ := strings.Cut(strings.Trim(a, "<>"), ":")
			f := form{name: name, limits: limits}
			if f.parse, err = f.parser(); err != nil {
				return k, err
			}
			k.forms = append(k.forms, f)
		case a[0] == '/':
			k.menus = append(k.menus, a)
		default:
			k.words = append(k.words, a)
		}
	}
	return k, nil
}

// text reports whether the kind takes anything, also nothing.
func (k *kind) text() bool { return len(k.forms) == 1 && k.forms[0].name == "text" && k.words == nil }

// check returns a value as print shows it, or the refusal of a router.
func (k *kind) check(w *world, name, value string) (string, error) {
	if k.list {
		return k.each(w, name, value, ",")
	}
	if k.pair {
		if strings.Count(value, "/") > 1 {
			return "", argument(badValue, name)
		}
		shown, err := k.each(w, name, value, "/")
		if err == nil && !strings.Contains(value, "/") {
			shown += "/" + shown
		}
		return shown, err
	}
	return k.one(w, name, value)
}

func (k *kind) each(w *world, name, value, separator string) (string, error) {
	if value == "" && k.list {
		return "", nil
	}
	parts := strings.Split(value, separator)
	for i, part := range parts {
		shown, err := k.one(w, name, part)
		if err != nil {
			return "", err
		}
		parts[i] = shown
	}
	return strings.Join(parts, separator), nil
}

// one checks a single value.
func (k *kind) one(w *world, name, value string) (string, error) {
	if rest, ok := strings.CutPrefix(value, "!"); ok && k.not {
		shown, err := k.one(w, name, rest)
		return "!" + shown, err
	}
	names := k.names(w)
	if slices.Contains(names, value) {
		return value, nil
	}
	beyond := ""
	for _, f := range k.forms {
		if shown, in, ok := f.parse(value); ok && in {
			return shown, nil
		} else if ok {
			beyond = f.limits
		}
	}
	switch {
	case beyond != "":
		return "", &refusal{category: 1, message: "value of " + name + " out of range (" + beyond + ")"}
	case names == nil && k.menus == nil:
		return "", argument(badValue, name)
	}
	if shown := k.byID(w, value); shown != "" {
		return shown, nil
	}
	return complete(names, name, value)
}

// names are the words of the kind and the names of the rows that it may refer to.
func (k *kind) names(w *world) []string {
	if len(k.menus) == 0 {
		return k.words
	}
	names := slices.Clone(k.words)
	for _, path := range k.menus {
		for _, r := range w.sessions(path) {
			if v, ok := r.words.Get("name"); ok {
				names = append(names, string(v))
			}
		}
	}
	return names
}

// byID returns the name of the row with an id; a reference may be either.
func (k *kind) byID(w *world, value string) string {
	if _, ok := parseID(value); !ok {
		return ""
	}
	for _, path := range k.menus {
		if w.menu(path) == nil {
			continue
		}
		if r := w.table(path).item(value); r != nil {
			return r.text("name")
		}
	}
	return ""
}

// complete finds the one name that begins with the value. The text for several was seen
// where a client sent an empty name (tomaae/homeassistant-mikrotik_router#199); that a
// single one is taken, as in the console, is assumed. yes and no may be spelled as in
// print.
func complete(names []string, name, value string) (string, error) {
	if v, ok := truth(value); ok {
		if word := map[bool]string{true: "yes", false: "no"}[v]; slices.Contains(names, word) {
			return word, nil
		}
	}
	found, n := "", 0
	for _, s := range names {
		if strings.HasPrefix(s, value) {
			found, n = s, n+1
		}
	}
	switch n {
	case 0:
		return "", argument(badName, name)
	case 1:
		return found, nil
	}
	return "", &refusal{category: 1, message: "ambiguous value of " + name + ", more than one possible value matches input"}
}

// parser returns the function that reads the form.
func (f *form) parser() (func(string) (string, bool, bool), error) {
	low, high, limited := strings.Cut(f.limits, "..")
	simple := func(parse func(string) (string, bool)) func(string) (string, bool, bool) {
		return func(s string) (string, bool, bool) { shown, ok := parse(s); return shown, true, ok }
	}
	switch f.name {
	case "text":
		return simple(func(s string) (string, bool) { return s, true }), nil
	case "bool":
		return simple(func(s string) (string, bool) { v, ok := truth(s); return strconv.FormatBool(v), ok }), nil
	case "num":
		return numbers(low, high, limited)
	case "time":
		return durations(low, high, limited)
	}
	if parse, ok := notations[f.name]; ok {
		return simple(parse), nil
	}
	return nil, fmt.Errorf("<%s> is not known", f.name)
}

func numbers(low, high string, limited bool) (func(string) (string, bool, bool), error) {
	least, most := uint64(0), ^uint64(0)
	if limited {
		var err, other error
		least, err = strconv.ParseUint(low, 10, 64)
		if most, other = strconv.ParseUint(high, 10, 64); err != nil || other != nil {
			return nil, fmt.Errorf("limits %s..%s", low, high)
		}
	}
	return func(s string) (string, bool, bool) {
		n, err := strconv.ParseUint(s, 0, 64) // also 0x and octal
		return strconv.FormatUint(n, 10), least <= n && n <= most, err == nil && !strings.Contains(s, "_")
	}, nil
}

func durations(low, high string, limited bool) (func(string) (string, bool, bool), error) {
	least, most := time.Duration(0), time.Duration(1<<63-1)
	if limited {
		var ok, also bool
		least, ok = parseDuration(low)
		if most, also = parseDuration(high); !ok || !also {
			return nil, fmt.Errorf("limits %s..%s", low, high)
		}
	}
	return func(s string) (string, bool, bool) {
		d, ok := parseDuration(s)
		return string(appendDuration(nil, d)), least <= d && d <= most, ok
	}, nil
}

// notations are the forms without limits; the result is the text that print shows.
var notations = map[string]func(string) (string, bool){
	"rate":   bits,
	"ip":     func(s string) (string, bool) { a, err := netip.ParseAddr(s); return a.String(), err == nil },
	"prefix": prefix,
	"range":  addressRange,
	"mac":    hardwareAddress,
	"ports":  portRange,
	"decimal": func(s string) (string, bool) {
		_, err := strconv.ParseFloat(s, 64)
		return s, err == nil
	},
}

// prefix reads an address with or without the length of a network.
func prefix(s string) (string, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.String(), true
	}
	a, err := netip.ParseAddr(s)
	return a.String(), err == nil
}

// addressRange reads an address, a network, or two addresses with a dash between.
func addressRange(s string) (string, bool) {
	first, last, ok := strings.Cut(s, "-")
	if !ok {
		return prefix(s)
	}
	a, err := netip.ParseAddr(first)
	b, also := netip.ParseAddr(last)
	return s, err == nil && also == nil && a.Compare(b) <= 0
}

// hardwareAddress reads six bytes with any of the usual separators; print has colons and
// upper case.
func hardwareAddress(s string) (string, bool) {
	a, err := net.ParseMAC(s)
	return strings.ToUpper(a.String()), err == nil && len(a) == 6
}

// portRange reads a port, or two with a dash between.
func portRange(s string) (string, bool) {
	first, last, ok := strings.Cut(s, "-")
	if !ok {
		last = first
	}
	a, err := strconv.ParseUint(first, 10, 16)
	b, also := strconv.ParseUint(last, 10, 16)
	return s, err == nil && also == nil && a <= b
}
