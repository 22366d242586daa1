package openapi

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/docs"
)

// alternatives returns the schemas in oneOf of a schema.
func (d *Document) alternatives(schema object) (list []object) {
	all, _ := schema["oneOf"].([]any)
	for _, one := range all {
		found, _ := d.follow(one.(object), "")
		list = append(list, found)
	}
	return list
}

func (d *Document) permitsNull(schema object) bool {
	schema, _ = d.follow(schema, "")
	kinds, _ := schema["type"].([]any)
	return schema["type"] == "null" || slices.Contains(kinds, any("null")) || slices.ContainsFunc(d.alternatives(schema), d.permitsNull)
}

// strict returns the fields of a body that may be left out and may not be null.
func (d *Document) strict(schema object, path string) (fields []string) {
	schema, _ = d.follow(schema, "")
	for _, one := range d.alternatives(schema) {
		fields = append(fields, d.strict(one, path)...)
	}
	properties, _ := schema["properties"].(object)
	required, _ := schema["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		field := properties[name].(object)
		if !slices.Contains(required, any(name)) && !d.permitsNull(field) {
			fields = append(fields, path+"."+name)
		}
		fields = append(fields, d.strict(field, path+"."+name)...)
	}
	return fields
}

// A field that a body may leave out may be null: it is decoded as if it was not there, and
// the document says so. Bodies of the REST API are those of RouterOS.
func TestWhatMayBeLeftOutMayBeNull(t *testing.T) {
	d, err := Parse(docs.OpenAPI)
	require.NoError(t, err)
	bodies := 0
	for path, item := range d.root["paths"].(object) {
		for method, value := range item.(object) {
			operation, ok := value.(object)
			if !ok || operation["requestBody"] == nil || strings.Contains(path, "/rest/") {
				continue
			}
			bodies++
			body, _ := d.follow(operation["requestBody"].(object), "")
			assert.Empty(t, d.strict(at(body, "content", "application/json", "schema"), method+" "+path))
		}
	}
	assert.Greater(t, bodies, 8)
}
