package api_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/docs"
)

// swaggerDocument is what the rules of Swagger 2.0 below are about.
type swaggerDocument struct {
	Swagger  string
	Info     struct{ Title, Version string }
	BasePath string
	Paths    map[string]map[string]swaggerOperation
}

type swaggerOperation struct {
	Parameters []struct {
		Name, In, Type string
		Required       bool
		Schema         map[string]any
	}
	Responses map[string]struct{ Description string }
	Security  []map[string][]string
}

// The document that is served is the generated one, and valid: tools that generate
// clients refuse an empty host and an empty list of schemes.
func TestServedDocumentIsValidSwagger(t *testing.T) {
	s := newSite(t, nil)
	got := s.send(http.MethodGet, "/swagger/doc.json", "")
	require.Equal(t, http.StatusOK, got.Code)
	assert.Equal(t, "application/json; charset=utf-8", got.Header().Get("Content-Type"))
	require.Equal(t, string(docs.Swagger), got.Body.String())

	var top map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(docs.Swagger, &top))
	for name := range top { // of the Swagger object; "x-..." would be allowed as well
		assert.Contains(t, []string{"swagger", "info", "host", "basePath", "schemes", "consumes", "produces", "paths", "definitions",
			"parameters", "responses", "securityDefinitions", "security", "tags", "externalDocs"}, name)
	}
	for _, name := range []string{"host", "schemes"} {
		if value, ok := top[name]; ok {
			assert.Greater(t, len(value), len(`""`), "%s must not be empty", name)
		}
	}

	var doc swaggerDocument
	require.NoError(t, json.Unmarshal(docs.Swagger, &doc))
	assert.Equal(t, "2.0", doc.Swagger)
	assert.NotEmpty(t, doc.Info.Title)
	assert.NotEmpty(t, doc.Info.Version)
	assert.True(t, strings.HasPrefix(doc.BasePath, "/"))
	for path, operations := range doc.Paths {
		assert.True(t, strings.HasPrefix(path, "/"), path)
		for method, operation := range operations {
			operation.check(t, method+" "+path)
		}
	}
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

// check holds an operation against the rules for parameters and responses.
func (o swaggerOperation) check(t *testing.T, name string) {
	t.Helper()
	assert.NotEmpty(t, o.Responses, name)
	for status, response := range o.Responses {
		assert.Regexp(t, `^([1-5][0-9][0-9]|default)$`, status, name)
		assert.NotEmpty(t, response.Description, "%s %s", name, status)
	}
	var inPath, declared, seen []string
	for _, m := range pathParameter.FindAllStringSubmatch(name, -1) {
		inPath = append(inPath, m[1])
	}
	for _, p := range o.Parameters {
		assert.NotContains(t, seen, p.In+" "+p.Name, "%s: parameter declared twice", name)
		seen = append(seen, p.In+" "+p.Name)
		switch p.In {
		case "body":
			assert.NotEmpty(t, p.Schema, name)
		case "path":
			declared = append(declared, p.Name)
			assert.True(t, p.Required, "%s: %s", name, p.Name)
			fallthrough
		default:
			assert.Contains(t, []string{"path", "query", "header", "formData"}, p.In, name)
			assert.Contains(t, []string{"string", "number", "integer", "boolean", "array", "file"}, p.Type, "%s: %s", name, p.Name)
		}
	}
	slices.Sort(inPath)
	slices.Sort(declared)
	assert.Equal(t, inPath, declared, name)
}
