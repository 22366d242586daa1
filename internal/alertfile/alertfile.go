// Package alertfile reads the file of alert rules and receivers (ALERTS_FILE), which is
// YAML:
//
//	alerts: default              # the rules that are built in
//	rules:
//	  - name: uplink
//	    when: interface.down
//	    only: [ether1]
//	    for: 30s
//	    to: [noc]
//	receivers:
//	  noc:
//	    language: id
//	    telegram: {token_file: /run/secrets/telegram, chat: "-1001234567890"}
//	times:
//	  night: {at: "22:00-06:00", zone: Asia/Jakarta, keep: [critical]}
//
// docs/alerts.md explains every key. The file never has a token or a password.
package alertfile

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/dialpolicy"
	"github.com/aprakasa/mikronec/internal/notify"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/textfile"
)

// Limits of the file and of a file with a secret, in bytes, and of the rules.
const (
	maxFile   = 1 << 20
	maxSecret = 4 << 10
	maxRules  = 500
)

//go:embed default.yml
var defaults []byte

// Default is the file of the rules that are built in.
func Default() string { return string(defaults) }

// file is the content of the file.
type file struct {
	Alerts    string                     `yaml:"alerts,omitempty"`
	Rules     []alert.Spec               `yaml:"rules,omitempty"`
	Receivers map[string]notify.Spec     `yaml:"receivers,omitempty"`
	Times     map[string]alert.QuietSpec `yaml:"times,omitempty"`
}

// Mistakes are all that is wrong in a file.
type Mistakes struct {
	Path string
	List []string // each with the line, the rule or the receiver
}

func (m *Mistakes) Error() string { return m.Path + ":\n  " + strings.Join(m.List, "\n  ") }

// Alerts is what a file declares.
type Alerts struct {
	Rules     []*alert.Rule
	Receivers []*notify.Receiver // sorted by name
	Files     []string           // that were read, sorted: the file itself, and those with secrets
}

// Options of Read.
type Options struct {
	Lookup func(name string) (string, bool) // normally os.LookupEnv
	Policy *dialpolicy.Policy               // where receivers may be
	Moved  func(receiver, from, to string)  // see notify.Builder
}

// Read reads a file, with the secrets that it names: relative paths begin at the folder of
// the file. The error is a [*Mistakes], or that of reading the file; it has no secret. With
// a mistake, only Files is set.
func Read(path string, opts Options) (Alerts, error) {
	text, err := textfile.Read(path, maxFile)
	if err != nil {
		return Alerts{}, err
	}
	r := reader{folder: filepath.Dir(path), opts: opts, found: Mistakes{Path: path}}
	r.files = []string{path}
	alerts := r.parse(text)
	slices.Sort(r.files)
	alerts.Files = slices.Compact(r.files)
	if len(r.found.List) > 0 {
		return Alerts{Files: alerts.Files}, &r.found
	}
	return alerts, nil
}

// reader reads one file.
type reader struct {
	folder string
	opts   Options
	found  Mistakes
	files  []string
}

func (r *reader) wrong(format string, args ...any) {
	r.found.List = append(r.found.List, fmt.Sprintf(format, args...))
}

// decode decodes one YAML document without unknown fields.
func (r *reader) decode(text []byte, content *file) bool {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	switch err := dec.Decode(content); {
	case errors.Is(err, io.EOF):
		r.wrong(`the file is empty; write "alerts: default" for the rules that are built in`)
		return false
	case err != nil:
		for line := range strings.Lines(err.Error()) {
			if line = strings.TrimSpace(line); line != "yaml: unmarshal errors:" {
				r.wrong("%s", strings.TrimPrefix(line, "yaml: "))
			}
		}
		return false
	}
	if err := dec.Decode(new(file)); !errors.Is(err, io.EOF) {
		r.wrong("there is more than one YAML document")
		return false
	}
	return true
}

func (r *reader) parse(text []byte) (out Alerts) {
	var content file
	if !r.decode(text, &content) {
		return out
	}
	switch content.Alerts {
	case "", "none":
	case "default":
		var built file
		if r.decode(defaults, &built) {
			content.Rules = withDefaults(content.Rules, built.Rules)
		}
	default:
		r.wrong("alerts: %q is not default or none", content.Alerts)
	}
	times := make(map[string]*alert.Quiet)
	for _, name := range slices.Sorted(maps.Keys(content.Times)) {
		q, err := alert.ParseQuiet(content.Times[name])
		if err != nil {
			r.wrong("times: %s: %v", name, err)
		}
		times[name] = q
	}
	r.receivers(content.Receivers, &out)
	r.rules(content, times, &out)
	return out
}

// withDefaults adds the rules that are built in; one of the file with the same name takes
// its place.
func withDefaults(rules, built []alert.Spec) []alert.Spec {
	for _, b := range built {
		if !slices.ContainsFunc(rules, func(s alert.Spec) bool { return s.Name == b.Name }) {
			rules = append(rules, b)
		}
	}
	return rules
}

func (r *reader) rules(content file, times map[string]*alert.Quiet, out *Alerts) {
	if len(content.Rules) > maxRules {
		r.wrong("there are more than %d rules", maxRules)
		return
	}
	seen := make(map[string]bool)
	for i, s := range content.Rules {
		name := fmt.Sprintf("rule %d (%q)", i+1, s.Name)
		rule, err := alert.Parse(s, times)
		switch {
		case err != nil && s.Quiet != "" && times[s.Quiet] == nil && content.Times[s.Quiet].At != "":
			continue // the mistake is in the times
		case err != nil:
			r.wrong("%s: %v", name, err)
			continue
		case seen[s.Name]:
			r.wrong("%s: this name is there twice", name)
			continue
		}
		seen[s.Name] = true
		for _, to := range s.To {
			if _, ok := content.Receivers[to]; !ok {
				r.wrong("%s: to: there is no receiver %q", name, to)
			}
		}
		out.Rules = append(out.Rules, rule)
	}
}

func (r *reader) receivers(specs map[string]notify.Spec, out *Alerts) {
	b := notify.Builder{Policy: r.opts.Policy, Secret: r.secret, Moved: r.opts.Moved}
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		if err := alert.CheckName(name); err != nil {
			r.wrong("receiver %q: %v", name, err)
			continue
		}
		receiver, err := b.Build(name, specs[name])
		if err != nil {
			r.wrong("receiver %q: %v", name, err)
			continue
		}
		out.Receivers = append(out.Receivers, receiver)
	}
}

// secret reads a secret; see notify.Builder.
func (r *reader) secret(field, file, env string, required bool) (secret.Text, error) {
	switch {
	case file == "" && env == "" && required || file != "" && env != "":
		return secret.Text{}, fmt.Errorf("give either %s_file or %s_env", field, field)
	case file == "" && env == "":
		return secret.Text{}, nil
	case env != "":
		value, ok := r.opts.Lookup(env)
		if value = strings.TrimSpace(value); !ok || value == "" {
			return secret.Text{}, fmt.Errorf("%s_env: the variable %s is not set", field, env)
		}
		return secret.New(value), nil
	}
	path := file
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.folder, path)
	}
	r.files = append(r.files, path)
	text, err := textfile.Read(path, maxSecret)
	if err != nil {
		return secret.Text{}, fmt.Errorf("%s_file: %w", field, err)
	}
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return secret.Text{}, fmt.Errorf("%s_file: %s is empty", field, path)
	}
	return secret.New(string(text)), nil
}
