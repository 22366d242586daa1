// Package rules decides which RouterOS commands may be sent. A rule is the path of a
// menu, with the verbs in it:
//
//	/ip/hotspot/**:print,add,set    allow these verbs in /ip/hotspot and all menus below
//	/system/identity                allow this menu or command and everything below
//	/ppp/*:print                    allow print in the menus directly below /ppp
//	!/system/reboot                 deny it
//	!/ppp/secret:write              deny every verb that does not only read
//	dangerous                       drop the default denials
//
// A denial always wins. With at least one rule that allows, everything else is denied;
// without one, everything is allowed that is not denied. The order of the rules does
// not matter. Each set includes the default denials: commands that destroy a device or
// the access to it, or that run scripts or other programs; see Defaults.
//
// Rules match the command that a router would execute, not its text. It is not
// documented which liberties of the console the API accepts (upper case,
// abbreviations, spaces instead of slashes), so a denial matches whatever could mean
// the denied command, a rule that allows matches only what cannot mean anything else,
// and a command that is not plain is denied.
package rules

import (
	"fmt"
	"slices"
	"strings"
)

// Set is a set of rules with the default denials. A nil Set allows everything. A Set
// does not change and may be used concurrently.
type Set struct {
	allow []rule
	deny  []rule
	// dangerous drops the default denials.
	dangerous bool
	// readOnly allows reading verbs and readOnlyTools only.
	readOnly bool
}

// DeniedError says why a command must not be sent.
type DeniedError struct {
	Command string // the path as far as it is plain, see Path; no argument
	Rule    string // that denied it; empty if no rule allows it or it is not plain
	Reason  string // for a person
}

func (e *DeniedError) Error() string {
	return fmt.Sprintf("command %s not allowed: %s", e.Command, e.Reason)
}

// Check returns a *DeniedError if the command must not be sent. words[0] is its path,
// the others are attributes and queries.
func (s *Set) Check(words []string) error {
	if s == nil {
		return nil
	}
	c, err := parseCommand(words)
	if err != nil {
		return err
	}
	for _, r := range s.deny {
		for i, meaning := range c.meanings() {
			if r.denies(meaning) {
				return c.denied(r.text, fmt.Sprintf("denied by rule %q%s", r.text, c.because(i)))
			}
		}
	}
	if err := s.checkDefaults(c); err != nil {
		return err
	}
	if s.readOnly {
		return c.checkReadOnly()
	}
	if len(s.allow) > 0 && !slices.ContainsFunc(s.allow, func(r rule) bool { return r.allows(c) }) {
		return c.denied("", "no rule allows it")
	}
	return nil
}

// checkDefaults applies the default denials. A rule that allows the denied menu or
// command by name, without wildcards, overrides one. Scripts in arguments are allowed
// by "dangerous" only, since rules are not about arguments.
func (s *Set) checkDefaults(c command) error {
	if s.dangerous {
		return nil
	}
	for _, d := range defaults {
		for i, m := range c.meanings() {
			if !d.denies(m) || slices.ContainsFunc(s.allow, func(r rule) bool { return r.lifts(d, m) }) {
				continue
			}
			return c.denied(d.text, fmt.Sprintf("denied by default rule %q%s; allow it with a rule for this command, or with \"dangerous\"", d.text, c.because(i)))
		}
	}
	for _, name := range c.arguments {
		if isScript(name) {
			return c.denied("="+name+"=", fmt.Sprintf("=%s= is a script, which can contain any command; allow it with the rule \"dangerous\"", name))
		}
	}
	return nil
}

// ReadOnly returns the set for READ_ONLY: it allows verbs that read, and tools that
// change nothing.
func ReadOnly() *Set { return &Set{dangerous: true, readOnly: true} }

// ReadsOnly reports whether this is a set of ReadOnly.
func (s *Set) ReadsOnly() bool { return s.readOnly }

// checkReadOnly denies what does not only read.
func (c command) checkReadOnly() error {
	const rule = "READ_ONLY"
	tool := readOnlyTools[strings.Join(c.elements, "/")]
	if !isReading(c.verb()) && !tool {
		return c.denied(rule, "the server is read-only (READ_ONLY)")
	}
	for i, name := range c.menu() {
		if !tool && !isMenu(c.elements, i) {
			return c.denied(rule, fmt.Sprintf("the server is read-only (READ_ONLY), and %.40q is no known menu, so that it could be a command", name))
		}
	}
	for _, name := range c.arguments {
		if name == c.file || isScript(name) {
			return c.denied(rule, fmt.Sprintf("the server is read-only (READ_ONLY), and =%s= writes a file or runs a script", name))
		}
	}
	return nil
}

// readOnlyTools are commands without a reading verb that change nothing.
var readOnlyTools = map[string]bool{"tool/ping": true, "tool/traceroute": true, "tool/torch": true, "tool/profile": true}
