package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/docs"
	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/openapi"
	"github.com/aprakasa/mikronec/internal/sim"
	"github.com/aprakasa/mikronec/internal/web"
)

// document is what every answer has to be in.
var document = sync.OnceValue(func() *openapi.Document {
	d, err := openapi.Parse(docs.OpenAPI)
	if err != nil {
		panic(err)
	}
	return d
})

// inDocument holds an exchange against the document.
func inDocument(t testing.TB, x openapi.Exchange) {
	t.Helper()
	if x.Header.Get("Content-Encoding") == "gzip" {
		return // TestCompressedAnswers compares it with what is not compressed
	}
	assert.NoError(t, document().Check(x), "not in docs/openapi.json")
}

// The document is made of docs/openapi and the table of statuses; make openapi writes it.
func TestOpenAPIIsUpToDate(t *testing.T) {
	const file = "../../docs/openapi.json"
	want, err := openapi.Build(os.DirFS("../../docs/openapi"), api.Statuses)
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(file, want, 0o644)) // #nosec G306 -- a document
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.True(t, string(want) == string(got), "docs/openapi.json is not that of docs/openapi: run make openapi")
}

// undescribed are the routes that are pages and not part of the API.
var undescribed = append([]string{"/docs", "/docs/", "/swagger", "/swagger/*"}, web.Paths...)

// Every route is in the document, and nothing else is.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	s := newSite(t, nil)
	got := s.send(http.MethodGet, "/openapi.json", "", "X-API-Key", "")
	require.Equal(t, http.StatusOK, got.Code)
	assert.Equal(t, "application/json; charset=utf-8", got.Header().Get("Content-Type"))
	require.Equal(t, string(docs.OpenAPI), got.Body.String())
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(docs.OpenAPI, &doc))
	assert.Equal(t, "3.1.0", doc.OpenAPI)

	var routes []string
	require.NoError(t, chi.Walk(s.handler.(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if slices.Contains(undescribed, route) {
			return nil
		}
		path := strings.Replace(route, "/*", "/{path}", 1)
		routes = append(routes, method+" "+path)
		assert.Contains(t, doc.Paths[path], strings.ToLower(method),
			"%s %s is not in the OpenAPI document: add it to a file in docs/openapi and run make openapi", method, route)
		return nil
	}))
	for path, item := range doc.Paths {
		for method := range item {
			if method != "parameters" {
				assert.Contains(t, routes, strings.ToUpper(method)+" "+path, "the OpenAPI document has a path that is no route")
			}
		}
	}
}

// The examples of bodies are accepted: the router is unknown or away, but nothing is wrong
// with the request.
func TestOpenAPIBodiesAreAccepted(t *testing.T) {
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(docs.OpenAPI, &doc))
	s := newSite(t, nil)
	bodies := 0
	for path, item := range doc.Paths {
		for _, method := range []string{"post", "put", "patch"} {
			var operation struct {
				RequestBody struct {
					Content map[string]struct{ Example json.RawMessage }
				}
			}
			if item[method] != nil {
				require.NoError(t, json.Unmarshal(item[method], &operation))
			}
			below := map[string]string{"post": "interface/print", "put": "ppp/secret", "patch": "ppp/secret/*1"}[method] // of REST
			for media, body := range operation.RequestBody.Content {
				bodies++
				got := s.send(strings.ToUpper(method), strings.Replace(path, "{path}", below, 1), string(body.Example), "Content-Type", media)
				assert.NotContains(t, []int{http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusInternalServerError, http.StatusNotImplemented},
					got.Code, "%s: %s: %s", path, body.Example, got.Body)
			}
		}
	}
	assert.GreaterOrEqual(t, bodies, 9)
}

// A field of a request that is null is as if it was not there. The exchanges are held
// against the document; see site.send.
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
