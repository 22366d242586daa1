// Package alert decides when something is wrong. An [Engine] has rules, watches what they
// need of the routers, and turns readings and events into alerts: what is told once when it
// begins and once when it ends.
//
// The engine sends nothing itself. It hands every [Transition] to its [Outbox], and asks
// the routers through [Routers], no more often than the rules need.
//
// # States
//
// An alert belongs to a rule, a router and a subject, such as an interface. It is pending
// until its condition has held for Rule.For, then firing, then clearing until the condition
// has not held for Rule.ClearFor. Where a source is silent, because the router is down or a
// menu cannot be read, nothing is known: a pending alert is forgotten, and a firing one
// stays as it is. No alert ends for lack of data.
package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Severity of a rule.
type Severity string

// The severities.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// Rule is a checked rule. It does not change.
type Rule struct {
	Name     string
	When     Condition
	Clear    *Condition // ends an alert, instead of When not being true; nil for none
	For      time.Duration
	ClearFor time.Duration
	Repeat   time.Duration // tell it again while it lasts; 0 for never
	Group    time.Duration // how long messages wait for others of the rule
	Severity Severity
	To       []string // receivers; empty for all
	Quiet    *Quiet   // nil for none

	routers, subjects []pattern // subjects: interfaces, users, pools, sensors
	topics            []string  // of lines of the log
}

// Spec is a rule as written in the file.
type Spec struct {
	Name     string   `yaml:"name"`
	When     string   `yaml:"when"`
	Clear    string   `yaml:"clear,omitempty"`
	For      string   `yaml:"for,omitempty"`
	ClearFor string   `yaml:"clear_for,omitempty"`
	Repeat   string   `yaml:"repeat,omitempty"`
	Group    string   `yaml:"group,omitempty"`
	Routers  []string `yaml:"routers,omitempty"`
	Only     []string `yaml:"only,omitempty"`
	Topics   []string `yaml:"topics,omitempty"`
	Severity string   `yaml:"severity,omitempty"`
	To       []string `yaml:"to,omitempty"`
	Quiet    string   `yaml:"quiet,omitempty"`
}

// longest is the longest duration that a rule may have.
const longest = 7 * 24 * time.Hour

// Parse checks a rule. times are the quiet hours by name.
func Parse(s Spec, times map[string]*Quiet) (*Rule, error) {
	r := &Rule{Name: s.Name, Severity: Severity(s.Severity), To: s.To, topics: s.Topics}
	if err := CheckName(s.Name); err != nil {
		return nil, err
	}
	var err error
	if r.When, err = parseCondition(s.When); err != nil {
		return nil, fmt.Errorf("when: %w", err)
	}
	if err := r.parseClear(s.Clear); err != nil {
		return nil, fmt.Errorf("clear: %w", err)
	}
	source := r.When.Source
	for _, d := range []struct {
		name, text string
		to         *time.Duration
		preset     time.Duration
	}{
		{"for", s.For, &r.For, source.hold}, {"clear_for", s.ClearFor, &r.ClearFor, 0},
		{"repeat", s.Repeat, &r.Repeat, 0}, {"group", s.Group, &r.Group, source.group()},
	} {
		if *d.to, err = duration(d.text, d.preset); err != nil {
			return nil, fmt.Errorf("%s: %w", d.name, err)
		}
	}
	if r.When.isEvent() && (s.For != "" || s.ClearFor != "" || s.Repeat != "") {
		return nil, fmt.Errorf("for, clear_for and repeat are for what lasts; %s happens once", source.Name)
	}
	switch r.Severity {
	case "":
		r.Severity = Warning
	case Info, Warning, Critical:
	default:
		return nil, fmt.Errorf("severity: %q is not info, warning or critical", s.Severity)
	}
	if r.Quiet, err = quietOf(s.Quiet, times); err != nil {
		return nil, err
	}
	if len(s.Only) > 0 && !source.subjects {
		return nil, fmt.Errorf("only: %s has nothing to choose from", source.Name)
	}
	if len(s.Topics) > 0 && source.Name != "log" {
		return nil, fmt.Errorf("topics: only log has topics")
	}
	if source.Name == "log" && len(s.Topics) == 0 && r.When.Pattern == nil {
		return nil, fmt.Errorf(`log: give topics, or a pattern, as in: log matches "out of memory"`)
	}
	r.routers, r.subjects = patterns(s.Routers), patterns(s.Only)
	return r, nil
}

func (r *Rule) parseClear(text string) error {
	if text == "" {
		return nil
	}
	c, err := parseCondition(text)
	switch {
	case err != nil:
		return err
	case c.Source != r.When.Source || !c.Source.gauge || c.Op == Drops || r.When.Op == Drops:
		return fmt.Errorf("must compare %s with a number, as when does", r.When.Source.Name)
	case (c.Op == Above) == (r.When.Op == Above):
		return fmt.Errorf("must compare in the other direction than when")
	}
	r.Clear = &c
	return nil
}

func quietOf(name string, times map[string]*Quiet) (*Quiet, error) {
	if name == "" {
		return nil, nil
	}
	if q := times[name]; q != nil {
		return q, nil
	}
	return nil, fmt.Errorf("quiet: there is no %q in times", name)
}

// duration parses a duration that may be missing.
func duration(text string, preset time.Duration) (time.Duration, error) {
	if text == "" {
		return preset, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > longest {
		return 0, fmt.Errorf("%q is not a duration from 0s to 168h, such as 90s or 5m", text)
	}
	return d, nil
}

// CheckName accepts letters, digits, - and _: names are in URLs and metrics.
func CheckName(name string) error {
	const most = 64
	if name == "" || len(name) > most || strings.ContainsFunc(name, func(c rune) bool {
		return c != '-' && c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
	}) {
		return fmt.Errorf("name: %q is not 1 to %d letters, digits, - and _", name, most)
	}
	return nil
}

// covers reports whether the rule is for a router.
func (r *Rule) covers(router string) bool { return matches(r.routers, router) }

// matches reports whether one of the patterns matches; no pattern matches everything.
func matches(list []pattern, text string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(p pattern) bool { return p.match(text) })
}

// pattern is a text in which * stands for any characters: the parts between them.
type pattern []string

func patterns(list []string) []pattern {
	var all []pattern
	for _, text := range list {
		all = append(all, strings.Split(text, "*"))
	}
	return all
}

func (p pattern) match(text string) bool {
	if len(p) == 1 {
		return p[0] == text
	}
	first, last := p[0], p[len(p)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range p[1 : len(p)-1] {
		_, rest, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = rest
	}
	return true
}
