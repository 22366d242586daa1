package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/docs"
	"github.com/aprakasa/mikronec/internal/sim"
)

// object is an object of the document as JSON.
type object = map[string]any

// schemas finds what a schema refers to.
type schemas struct{ document object }

func (s schemas) resolve(schema object) object {
	for {
		ref, ok := schema["$ref"].(string)
		if !ok {
			return schema
		}
		schema = s.document
		for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			schema = schema[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)].(object)
		}
	}
}

// alternatives returns the schemas in a list of a schema, such as oneOf.
func (s schemas) alternatives(schema object, name string) (list []object) {
	all, _ := schema[name].([]any)
	for _, one := range all {
		list = append(list, s.resolve(one.(object)))
	}
	return list
}

func (s schemas) permitsNull(schema object) bool {
	schema = s.resolve(schema)
	kinds, _ := schema["type"].([]any)
	return schema["type"] == "null" || slices.Contains(kinds, any("null")) ||
		slices.ContainsFunc(s.alternatives(schema, "oneOf"), s.permitsNull)
}

// strict returns the fields of a body that may be left out and may not be null.
func (s schemas) strict(schema object, path string) (fields []string) {
	schema = s.resolve(schema)
	for _, one := range s.alternatives(schema, "oneOf") {
		fields = append(fields, s.strict(one, path)...)
	}
	properties, _ := schema["properties"].(object)
	required, _ := schema["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		field := properties[name].(object)
		if !slices.Contains(required, any(name)) && !s.permitsNull(field) {
			fields = append(fields, path+"."+name)
		}
		fields = append(fields, s.strict(field, path+"."+name)...)
	}
	return fields
}

// A field that a body may leave out may be null: it is decoded as if it was not there, and
// the document says so. Bodies of the REST API are those of RouterOS.
func TestWhatMayBeLeftOutMayBeNull(t *testing.T) {
	var s schemas
	require.NoError(t, json.Unmarshal(docs.OpenAPI, &s.document))
	bodies := 0
	for path, item := range s.document["paths"].(object) {
		for method, operation := range item.(object) {
			one, ok := operation.(object)
			if !ok || one["requestBody"] == nil || strings.Contains(path, "/rest/") {
				continue
			}
			bodies++
			content := s.resolve(one["requestBody"].(object))["content"].(object)["application/json"].(object)
			assert.Empty(t, s.strict(content["schema"].(object), method+" "+path))
		}
	}
	assert.Greater(t, bodies, 8)
}

// The exchanges are held against the document; see site.send.
func TestNullChangesNothing(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"a.test": {}})
	require.Equal(t, http.StatusOK, s.connect("a", "a.test").Code)
	require.Equal(t, http.StatusOK, s.send(http.MethodPatch, "/routers/a", `{"comment":"first floor"}`).Code)
	host := `"host":"a.test"` // one field has to be given
	require.Equal(t, http.StatusOK, s.send(http.MethodPatch, "/routers/a", `{`+host+`,"comment":null,"user":null,"pass":null,"code_page":null,"wait":null}`).Code)
	assert.Contains(t, s.send(http.MethodGet, "/routers/a", "").Body.String(), `"comment":"first floor"`)
	run := `{"router_id":"a","args":["/system/identity/print"],"timeout":null}`
	assert.Equal(t, http.StatusOK, s.send(http.MethodPost, "/run", run).Code)
}
