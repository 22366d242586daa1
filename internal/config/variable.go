package config

import (
	"fmt"
	"iter"
	"reflect"
	"strings"
)

// Variable describes one environment variable, for documentation.
type Variable struct {
	Name     string
	Default  string // as it would be written in the environment; may be empty
	Required bool
	Min, Max string // inclusive limits in the same notation; empty when there is none
	Meaning  string
}

// Table lists every variable Load reads, in the order of Config.
func Table() []Variable {
	var table []Variable
	for v := range variables() {
		tag := v.field.Tag
		table = append(table, Variable{
			Name:     v.name,
			Default:  tag.Get("envDefault"),
			Required: v.required,
			Min:      tag.Get("min"),
			Max:      tag.Get("max"),
			Meaning:  tag.Get("help"),
		})
	}
	return table
}

// variable is a field of Config together with what its env tag says.
type variable struct {
	name     string
	required bool
	field    reflect.StructField
}

func variables() iter.Seq[variable] {
	return func(yield func(variable) bool) {
		for field := range reflect.TypeFor[Config]().Fields() {
			name, option, _ := strings.Cut(field.Tag.Get("env"), ",")
			if !yield(variable{name: name, required: option == "required", field: field}) {
				return
			}
		}
	}
}

// display formats a setting for logs in the notation of its variable. A Secret prints
// itself redacted, an empty one as "".
func display(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case []string:
		return strings.Join(value, ",")
	case Secret:
		if value == "" {
			return ""
		}
	}
	return fmt.Sprint(v.Interface())
}
