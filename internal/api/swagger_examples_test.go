package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/docs"
)

// schema is a schema of Swagger 2.0, as far as Swagger UI makes an example of it.
type schema struct {
	Ref        string `json:"$ref"`
	AllOf      []schema
	Type       string
	Enum       []any
	Example    any
	Default    any
	ReadOnly   bool `json:"readOnly"`
	Items      *schema
	Properties map[string]schema
}

// sample is the body that Swagger UI fills in: the example if there is one, else one
// that is made of the types.
func sample(definitions map[string]schema, s schema) any {
	switch {
	case s.Example != nil:
		return s.Example
	case s.Default != nil:
		return s.Default
	case s.Ref != "":
		return sample(definitions, definitions[strings.TrimPrefix(s.Ref, "#/definitions/")])
	case len(s.AllOf) > 0:
		return sample(definitions, s.AllOf[0])
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	switch s.Type {
	case "object":
		object := make(map[string]any)
		for name, property := range s.Properties {
			if !property.ReadOnly {
				object[name] = sample(definitions, property)
			}
		}
		return object
	case "array":
		return []any{sample(definitions, *s.Items)}
	case "integer", "number":
		return 0
	case "boolean":
		return true
	}
	return "string"
}

// The bodies that Swagger UI fills in are accepted: the router is unknown or away, but
// nothing is wrong with the request.
func TestTheBodiesOfSwaggerUIAreAccepted(t *testing.T) {
	var doc struct {
		Definitions map[string]schema
		Paths       map[string]map[string]struct {
			Parameters []struct {
				In     string
				Schema schema
			}
		}
	}
	require.NoError(t, json.Unmarshal(docs.Swagger, &doc))
	s := newSite(t, nil)
	bodies := 0
	for path, operations := range doc.Paths {
		for method, operation := range operations {
			for _, p := range operation.Parameters {
				if p.In != "body" {
					continue
				}
				bodies++
				body, err := json.Marshal(sample(doc.Definitions, p.Schema))
				require.NoError(t, err)
				got := s.send(strings.ToUpper(method), path, string(body))
				assert.NotContains(t, []int{http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusInternalServerError, http.StatusNotImplemented},
					got.Code, "%s: %s: %s", path, body, got.Body)
			}
		}
	}
	assert.GreaterOrEqual(t, bodies, 5)
}

// Behind a proxy that serves below a path, redirects stay below it: they are relative,
// for GET and HEAD.
func TestSwaggerIsWhereDocumentsSay(t *testing.T) {
	s := newSite(t, nil)
	for _, prefix := range []string{"", "/mikronec", "/a/b"} {
		for _, path := range []string{"/docs", "/docs/", "/swagger", "/swagger/"} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				got := s.send(method, path, "", "X-API-Key", "")
				assert.Equal(t, http.StatusFound, got.Code, path)
				location, err := url.Parse(got.Header().Get("Location"))
				require.NoError(t, err)
				assert.Equal(t, prefix+"/swagger/index.html", (&url.URL{Path: prefix + path}).ResolveReference(location).String(), "%s %s", method, path)
			}
		}
	}
	got := s.send(http.MethodGet, "/swagger/index.html", "", "X-API-Key", "")
	assert.Equal(t, http.StatusOK, got.Code)
	assert.Contains(t, got.Header().Get("Content-Type"), "text/html")
	assert.NotRegexp(t, `<script>|<style|onload=`, got.Body.String(), "nothing inline")
	for _, file := range []string{"swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "start.js"} {
		assert.Contains(t, got.Body.String(), file)
		assert.Equal(t, http.StatusOK, s.send(http.MethodGet, "/swagger/"+file, "", "X-API-Key", "").Code, "nothing comes from elsewhere")
	}
	assert.Contains(t, s.send(http.MethodGet, "/swagger/start.js", "", "X-API-Key", "").Body.String(), "'doc.json'")
	assert.Equal(t, http.StatusNotFound, s.send(http.MethodGet, "/swagger/nothing.js", "", "X-API-Key", "").Code)
}

// A proxy that says below which path it serves gets a document for clients there.
func TestTheDocumentBelowAPath(t *testing.T) {
	s := newSite(t, nil)
	for prefix, want := range map[string]string{
		"": "/", "/mikronec": "/mikronec", "/a/b-c": "/a/b-c", "/mikronec/": "/mikronec", "//evil.example": "/", "/a\"b": "/", "mikronec": "/", "/../x": "/",
	} {
		got := s.send(http.MethodGet, "/swagger/doc.json", "", "X-Forwarded-Prefix", prefix)
		var doc swaggerDocument
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &doc))
		assert.Equal(t, want, doc.BasePath, "%q", prefix)
	}
}
