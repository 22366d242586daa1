// Package rules decides which RouterOS commands may be sent. A rule names menus
// by their path and verbs in them:
//
//	/ip/hotspot/**:print,add,set    allowed: these verbs in /ip/hotspot and in all menus below
//	/system/identity                allowed: this menu or command, with all below
//	/ppp/*:print                    allowed: print in the menus directly below /ppp
//	!/system/reboot                 denied
//	!/ppp/secret:write              denied: every verb that is not for reading
//	dangerous                       lifts the default denials
//
// A denial always wins. Where anything is allowed, everything else is denied;
// where nothing is, everything is allowed that is not denied. The order of the
// rules means nothing. Beside the rules of a set stand the default denials, of
// commands that destroy a device, the access to it, or run what nobody sees;
// see Defaults.
//
// What is matched is the command that a router would execute, not the text. How
// much of the console's leniency the API shares (capitals, abbreviations, spaces
// in place of slashes) is not documented, so both readings count: a denial
// matches whatever could be read as the denied command, an allowance only what
// cannot be read otherwise, and a command that is not plain is denied.
package rules

import (
	"fmt"
	"slices"
	"strings"
)

// Set is a list of rules with its defaults. A nil Set allows everything. A Set
// does not change and may be used by many goroutines.
type Set struct {
	allow []rule
	deny  []rule
	// dangerous lifts the default denials.
	dangerous bool
	// readOnly refuses arguments that have a reading verb write.
	readOnly bool
}

// DeniedError says that a command must not be sent, and why.
type DeniedError struct {
	Command string // the path, as far as it is plain; never an argument's value
	Rule    string // that refused it; empty where no rule allows it or it is not plain
	Reason  string // for people
}

func (e *DeniedError) Error() string {
	return fmt.Sprintf("the command %s is denied: %s", e.Command, e.Reason)
}

// Check returns a *DeniedError if the command must not be sent: words[0] is the
// path, the others are attributes and queries.
func (s *Set) Check(words []string) error {
	if s == nil {
		return nil
	}
	c, err := parseCommand(words)
	if err != nil {
		return err
	}
	for _, r := range s.deny {
		if r.denies(c) {
			return c.denied(r.text, fmt.Sprintf("the rule %q is against it", r.text))
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

// checkDefaults applies the default denials. An allowance that names the denied
// menu or command without wildcards lifts a denial; scripts in arguments are
// only lifted by "dangerous", since a rule says nothing of arguments.
func (s *Set) checkDefaults(c command) error {
	if s.dangerous {
		return nil
	}
	for _, d := range defaults {
		if !d.denies(c) {
			continue
		}
		lifted := slices.ContainsFunc(s.allow, func(r rule) bool {
			return r.plain && r.specificity(c) >= len(d.path)-d.wildcardTail() && r.allows(c)
		})
		if !lifted {
			return c.denied(d.text, fmt.Sprintf("the default rule %q, which keeps devices and the access to them, is against it; a rule that names this command, or \"dangerous\", lifts it", d.text))
		}
	}
	for _, name := range c.arguments {
		if isScript(name) {
			return c.denied("="+name+"=", fmt.Sprintf("=%s= takes a script, which can hold any command; the rule \"dangerous\" lifts this", name))
		}
	}
	return nil
}

// ReadOnly is the set of a server on which nothing may be changed: verbs that
// read, and the tools that look at traffic without changing anything.
func ReadOnly() *Set { return &Set{dangerous: true, readOnly: true} }

// ReadsOnly reports whether this is the set of ReadOnly.
func (s *Set) ReadsOnly() bool { return s.readOnly }

// checkReadOnly refuses what does not only read.
func (c command) checkReadOnly() error {
	const rule = "READ_ONLY"
	path := strings.Join(c.elements, "/")
	if !isReading(c.verb()) && !readOnlyTools[path] {
		return c.denied(rule, "the server is read-only (READ_ONLY)")
	}
	for _, name := range c.arguments {
		if name == "file" || name == "file-name" || name == "append" || isScript(name) {
			return c.denied(rule, fmt.Sprintf("the server is read-only (READ_ONLY), and =%s= has the router write or run something", name))
		}
	}
	return nil
}

// readOnlyTools are commands without a reading verb that change nothing.
var readOnlyTools = map[string]bool{"tool/ping": true, "tool/traceroute": true, "tool/torch": true, "tool/profile": true}
