package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// schemas are the schemas of the document.
func (b *builder) schemas() object { return at(b.doc, "components", "schemas") }

// expandSchemas replaces the abbreviations in the schemas.
func (b *builder) expandSchemas() error {
	schemas := b.schemas()
	for _, name := range sorted(schemas) {
		s, _ := schemas[name].(object)
		switch {
		case take(s, "x-codes") != nil:
			s["type"], s["enum"] = "string", sorted(b.codes)
		case take(s, "x-topics") != nil:
			s["type"], s["enum"] = "string", slices.Sorted(slices.Values(poller.Names()))
		}
		if menus, ok := take(s, "x-menus").([]any); ok {
			if err := addFields(s, menus); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		if template, ok := take(s, "x-union").(string); ok {
			if err := b.union(s, template); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for _, name := range sorted(schemas) {
		if s, _ := schemas[name].(object); s["x-template"] != nil {
			delete(schemas, name)
		}
	}
	return nil
}

// take returns a field and removes it.
func take(o object, name string) any {
	value := o[name]
	delete(o, name)
	return value
}

// ref refers to a schema.
func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

// union makes a schema for each topic of a template, and s the union of them.
func (b *builder) union(s object, template string) error {
	schemas := b.schemas()
	from, _ := schemas[template].(object)
	mapping := object{}
	var each []any
	for _, topic := range slices.Sorted(slices.Values(poller.Names())) {
		if t, _ := poller.Lookup(topic); t.Kind != poller.Table {
			continue
		}
		row := typeName(topic) + "Row"
		if schemas[row] == nil {
			return fmt.Errorf("the topic %s needs a schema %s", topic, row)
		}
		one := replaceRef(plain(from), "row", ref(row)).(object)
		delete(one, "x-template")
		at(one, "properties", "topic")["const"] = topic
		name := typeName(topic) + template
		schemas[name] = one
		each = append(each, ref(name))
		mapping[topic] = ref(name)["$ref"]
	}
	s["oneOf"] = each
	at(s, "discriminator")["mapping"] = mapping
	return nil
}

// typeName is a topic as the name of a type: PppActive for ppp_active.
func typeName(topic string) string {
	var name strings.Builder
	for part := range strings.SplitSeq(topic, "_") {
		if part == "" {
			continue
		}
		name.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return name.String()
}

// replaceRef replaces references to a placeholder.
func replaceRef(v any, placeholder string, by object) any {
	switch v := v.(type) {
	case object:
		if v["$ref"] == placeholder {
			return by
		}
		for name := range v {
			v[name] = replaceRef(v[name], placeholder, by)
		}
	case []any:
		for i := range v {
			v[i] = replaceRef(v[i], placeholder, by)
		}
	}
	return v
}

// menuOf returns the menu of a topic, or one that is read for system-info.
func menuOf(name string) (*menu.Menu, bool) {
	switch name {
	case "resource":
		return menu.Resource, true
	case "routerboard":
		return menu.Routerboard, true
	}
	t, ok := poller.Lookup(name)
	if !ok || t.Menu == nil {
		return nil, false
	}
	return t.Menu, true
}

// addFields adds the fields of menus to the schema of a row.
func addFields(s object, menus []any) error {
	properties := at(s, "properties")
	for _, name := range menus {
		m, ok := menuOf(fmt.Sprint(name))
		if !ok {
			return fmt.Errorf("there is no menu %v", name)
		}
		for _, field := range m.Fields {
			properties[field] = object{"type": "string"}
		}
		for field, kind := range m.Kinds {
			maps.Copy(properties, ofKind(field, kind))
		}
	}
	required, _ := s["required"].([]any)
	for _, name := range required { // of a menu that is read without a list of fields
		if field := fmt.Sprint(name); properties[field] == nil {
			properties[field] = object{"type": "string"}
		}
	}
	if s["additionalProperties"] == nil {
		// Said by a pattern, since generators make an index of additionalProperties that the
		// known fields do not fit.
		s["additionalProperties"], s["patternProperties"] = true, object{"": ref("Field")}
	}
	return nil
}

// ofKind returns the schemas of a field of a kind. A value that does not have the form of
// its kind is a string.
func ofKind(name string, kind menu.Kind) object {
	switch kind {
	case menu.Integer:
		return object{name: ref("Counter")}
	case menu.Decimal, menu.Sensor:
		return object{name: ref("Measure")}
	case menu.Boolean:
		return object{name: ref("Flag")}
	case menu.Duration:
		return object{
			name:                   object{"type": "string"},
			name + "-seconds":      object{"type": "integer", "format": "int64"},
			name + "-milliseconds": object{"type": "integer", "format": "int64"},
		}
	default:
		return object{name: object{"type": "string"}}
	}
}
