// Package openapi makes docs/openapi.json from the files in docs/openapi, and holds what
// the program says against it. It is used by tests and is not part of the program.
//
// The files are OpenAPI 3.1 in YAML with a few abbreviations, which [Build] replaces by
// what they stand for. docs/development.md describes them.
package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// object is an object of JSON.
type object = map[string]any

// builder makes a document.
type builder struct {
	doc      object
	statuses map[errcode.Code]int
	codes    map[string]codeText
	groups   map[string][]string
	failures map[failureKey][]string // the codes of each component for errors
}

// codeText is what the document says of an error code.
type codeText struct {
	Means string `yaml:"means"`
	Error string `yaml:"error"` // text of the example
	REST  []int  `yaml:"rest"`  // the statuses in REST, where they differ
}

// Build makes the document of the YAML files of a folder. statuses has the HTTP status
// of each error code.
func Build(folder fs.FS, statuses map[errcode.Code]int) ([]byte, error) {
	b := builder{doc: object{}, statuses: statuses, failures: make(map[failureKey][]string)}
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := b.read(folder, name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, step := range []func() error{b.takeTexts, b.expandSchemas, b.expandPaths, b.addFailures} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return layout(b.doc)
}

// read adds a file to the document.
func (b *builder) read(folder fs.FS, name string) error {
	text, err := fs.ReadFile(folder, name)
	if err != nil {
		return err
	}
	var content any
	if err := yaml.Unmarshal(text, &content); err != nil {
		return err
	}
	part, ok := plain(content).(object)
	if !ok {
		return fmt.Errorf("it is no object")
	}
	if at, found := empty(part); found {
		return fmt.Errorf("%s has no value: is there a comma in a text without quotes?", at)
	}
	return merge(b.doc, part, "")
}

// empty finds a field without a value. Elements of an array may have none: they are gaps of
// examples.
func empty(v any) (at string, found bool) {
	switch v := v.(type) {
	case object:
		for name, value := range v {
			if at, found := empty(value); found || value == nil {
				return "/" + name + at, true
			}
		}
	case []any:
		for i, value := range v {
			if at, found := empty(value); found {
				return fmt.Sprint("/", i, at), true
			}
		}
	}
	return "", false
}

// plain returns a copy whose keys are all strings.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(object, len(v))
		for name, value := range v {
			out[name] = plain(value)
		}
		return out
	case map[any]any:
		out := make(object, len(v))
		for name, value := range v {
			out[fmt.Sprint(name)] = plain(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = plain(value)
		}
		return out
	}
	return v
}

// merge adds the fields of from to those of to. Nothing may stand in both but objects.
func merge(to, from object, at string) error {
	for name, value := range from {
		present, taken := to[name]
		if !taken {
			to[name] = value
			continue
		}
		mine, ok := present.(object)
		others, also := value.(object)
		if !ok || !also {
			return fmt.Errorf("%s/%s is there already", at, name)
		}
		if err := merge(mine, others, at+"/"+name); err != nil {
			return err
		}
	}
	return nil
}

// takeTexts takes what is not part of the document out of it.
func (b *builder) takeTexts() error {
	for name, to := range map[string]any{"x-codes": &b.codes, "x-groups": &b.groups} {
		text, err := yaml.Marshal(b.doc[name])
		if err != nil {
			return err
		}
		dec := yaml.NewDecoder(bytes.NewReader(text))
		dec.KnownFields(true)
		if err := dec.Decode(to); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		delete(b.doc, name)
	}
	for code := range b.statuses {
		if b.codes[string(code)].Means == "" {
			return fmt.Errorf("x-codes: the error code %s is missing", code)
		}
	}
	for code := range b.codes {
		if b.statuses[errcode.Code(code)] == 0 {
			return fmt.Errorf("x-codes: there is no error code %s", code)
		}
	}
	return nil
}

// at returns an object inside another one, which is made if it is missing.
func at(o object, names ...string) object {
	for _, name := range names {
		next, ok := o[name].(object)
		if !ok {
			next = object{}
			o[name] = next
		}
		o = next
	}
	return o
}

// sorted are the names of an object in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// layout writes the document with one line for each path and component, so that a
// change shows where it is.
func layout(doc object) ([]byte, error) {
	var out bytes.Buffer
	if err := write(&out, doc, map[string]int{"paths": 1, "components": 2}, 1); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// write writes an object with its fields on lines of their own, and so many levels below
// those that open names. depth is the number of levels that remain for this one.
func write(out *bytes.Buffer, o object, open map[string]int, depth int) error {
	out.WriteString("{\n")
	for i, name := range sorted(o) {
		if i > 0 {
			out.WriteString(",\n")
		}
		fmt.Fprintf(out, "%q:", name)
		levels := depth - 1
		if n, ok := open[name]; ok {
			levels = n
		}
		if inner, ok := o[name].(object); ok && levels > 0 {
			if err := write(out, inner, nil, levels); err != nil {
				return err
			}
			continue
		}
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(o[name]); err != nil {
			return err
		}
		out.Truncate(out.Len() - 1)
	}
	out.WriteString("\n}")
	return nil
}
