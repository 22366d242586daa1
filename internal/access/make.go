package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Limits of a key that is made of Fields.
const (
	maxPatterns = 100
	maxPattern  = 128 // bytes
	maxRules    = 100
	maxRule     = 256 // bytes
)

// Fields are those of a line of a file, for a key that is made by a program.
type Fields struct {
	Name    string
	Role    string
	Routers []string // router_ids or patterns
	Rules   []string
	Expires string // as ParseExpiry takes it; empty for never
}

// Key returns the key of the fields, which are checked as Parse checks a line. Errors
// repeat no values.
func (f Fields) Key(hash Hash) (*Key, error) {
	if err := f.checkLimits(); err != nil {
		return nil, err
	}
	fields := []string{"name=" + f.Name, "role=" + f.Role, "routers=" + strings.Join(f.Routers, ","), "hash=" + hash.String()}
	if f.Expires != "" {
		fields = append(fields, "expires="+f.Expires)
	}
	for _, rule := range f.Rules {
		fields = append(fields, "rule="+rule)
	}
	for _, field := range fields {
		if name, value, _ := strings.Cut(field, "="); strings.ContainsFunc(value, unicode.IsSpace) {
			return nil, fmt.Errorf("%s must not contain blanks; * in a pattern of routers stands for any text", name)
		}
	}
	return parseLine(strings.Join(fields, " "))
}

func (f Fields) checkLimits() error {
	tooLong := func(n int) func(string) bool { return func(s string) bool { return len(s) > n } }
	switch {
	case len(f.Routers) > maxPatterns || slices.ContainsFunc(f.Routers, tooLong(maxPattern)):
		return fmt.Errorf("routers has more than %d patterns, or one of more than %d bytes", maxPatterns, maxPattern)
	case slices.ContainsFunc(f.Routers, func(p string) bool { return strings.Contains(p, ",") }):
		return errors.New("routers has a pattern with a comma")
	case len(f.Rules) > maxRules || slices.ContainsFunc(f.Rules, tooLong(maxRule)):
		return fmt.Errorf("rules has more than %d rules, or one of more than %d bytes", maxRules, maxRule)
	case len(f.Expires) > maxName:
		return errors.New("expires is too long")
	}
	return nil
}

// Fields returns the fields of the key. Its expiry is in whole seconds.
func (k *Key) Fields() Fields {
	f := Fields{Name: k.Name, Role: k.Role.String(), Routers: k.Routers, Rules: k.Rules}
	if !k.Expires.IsZero() {
		f.Expires = k.Expires.UTC().Format(time.RFC3339)
	}
	return f
}

// Grant is what the key permits, as its line has it.
func (k *Key) Grant() string {
	_, grant, _ := strings.Cut(k.Line(), " ")
	before, after, _ := strings.Cut(grant, " hash="+k.Hash.String())
	return before + after
}

// Within reports whether every router_id that p matches is matched by others.
//
// A star is a character here that no pattern has as a letter: where one of the others
// matches the pattern with it, only its own stars can have matched that, and so whatever
// stands in its place.
func (p Patterns) Within(others Patterns) bool {
	for _, pattern := range p {
		if !others.Match(strings.ReplaceAll(pattern, "*", "\x00")) {
			return false
		}
	}
	return true
}

// Why a key may not make another one.
var (
	errMoreRole    = errors.New("a key gives no higher role than its own")
	errMoreRouters = errors.New("a key gives no other routers than its own")
	errMoreTime    = errors.New("a key gives no later expiry than its own")
	errMoreRules   = errors.New("a key gives the command rules that it has itself, and further denials (!)")
)

// Grants returns why the other key would permit more than k does; nil if it does not.
// The rules of another one are those of k and further denials: whether two sets of rules
// are one within the other is not asked.
func (k *Key) Grants(other *Key) error {
	switch {
	case other.Role > k.Role:
		return errMoreRole
	case !other.Routers.Within(k.Routers):
		return errMoreRouters
	case !k.Expires.IsZero() && (other.Expires.IsZero() || other.Expires.After(k.Expires)):
		return errMoreTime
	case k.Commands == nil || other.Role < Operator:
		return nil
	}
	for _, rule := range k.Rules {
		if !slices.Contains(other.Rules, rule) {
			return errMoreRules
		}
	}
	for _, rule := range other.Rules {
		if !strings.HasPrefix(rule, "!") && !slices.Contains(k.Rules, rule) {
			return errMoreRules
		}
	}
	return nil
}

// Bound gives fields what a key that k makes has without being asked: the rules of k
// before its own, and the expiry of k.
func (k *Key) Bound(f Fields) Fields {
	if f.Expires == "" {
		f.Expires = k.Fields().Expires
	}
	if role, _ := ParseRole(f.Role); role >= Operator {
		own := slices.DeleteFunc(slices.Clone(f.Rules), func(rule string) bool { return slices.Contains(k.Rules, rule) })
		f.Rules = slices.Concat(k.Rules, own)
	}
	return f
}
