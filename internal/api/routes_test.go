package api_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/web"
)

func TestNoSuchPathAndWrongMethod(t *testing.T) {
	s := newSite(t, nil)
	for _, tc := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{http.MethodPost, "/", http.StatusMethodNotAllowed, "method_not_allowed", "GET, HEAD"},
		{http.MethodGet, "/connect/", http.StatusNotFound, "not_found", ""},
		{http.MethodGet, "/sse/a/b", http.StatusNotFound, "not_found", ""},
		{http.MethodPost, "/%2e%2e/etc/passwd", http.StatusNotFound, "not_found", ""},
		{http.MethodGet, "/connect", http.StatusMethodNotAllowed, "method_not_allowed", "POST"},
		{http.MethodPut, "/disconnect", http.StatusMethodNotAllowed, "method_not_allowed", "POST"},
		{http.MethodPost, "/routers/r", http.StatusMethodNotAllowed, "method_not_allowed", "GET, HEAD, PUT, PATCH, DELETE"},
		{http.MethodPost, "/sse/r", http.StatusMethodNotAllowed, "method_not_allowed", "GET, HEAD"},
		{http.MethodGet, "/run", http.StatusMethodNotAllowed, "method_not_allowed", "POST"},
		{http.MethodOptions, "/routers", http.StatusMethodNotAllowed, "method_not_allowed", "GET, HEAD"},
		{http.MethodPost, "/healthz", http.StatusMethodNotAllowed, "method_not_allowed", "GET, HEAD"},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			s.use(t)
			got := s.json(tc.method, tc.path, "")
			assert.Equal(t, tc.status, got.Code)
			assert.Equal(t, tc.code, got.body.Code)
			assert.Equal(t, tc.allow, strings.Join(got.Header().Values("Allow"), ", "))
		})
	}
}

func TestCrossOrigin(t *testing.T) {
	const mine = "https://dash.example"
	wanted := []string{"X-API-Key", "ALLOWED_ORIGINS", "Content-Type", "Last-Event-ID", "Cache-Control", "X-Request-Id", "traceparent"}
	for name, tc := range map[string]struct {
		allowed []string
		origin  string
		granted string
	}{
		"the allowed one":  {[]string{"http://localhost:5173", mine}, mine, mine},
		"another":          {[]string{mine}, "https://evil.example", ""},
		"one that extends": {[]string{mine}, mine + ".evil.example", ""},
		"another scheme":   {[]string{mine}, "http://dash.example", ""},
		"null":             {[]string{mine}, "null", ""},
		"none configured":  {nil, mine, ""},
		"all":              {[]string{"*"}, mine, "*"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, nil, func(o *api.Options) { o.AllowedOrigins = tc.allowed })
			for _, header := range wanted {
				got := s.send(http.MethodOptions, "/run", "", "X-API-Key", "", "Origin", tc.origin,
					"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", strings.ToLower(header))
				assert.Equal(t, tc.granted, got.Header().Get("Access-Control-Allow-Origin"), header)
				if tc.granted != "" {
					assert.Equal(t, http.StatusOK, got.Code)
					assert.True(t, strings.EqualFold(header, got.Header().Get("Access-Control-Allow-Headers")), header)
					assert.Equal(t, "POST", got.Header().Get("Access-Control-Allow-Methods"))
				}
				assert.Empty(t, got.Header().Get("Access-Control-Allow-Credentials"))
			}
			got := s.json(http.MethodGet, "/routers", "", "Origin", tc.origin)
			assert.Equal(t, tc.granted, got.Header().Get("Access-Control-Allow-Origin"))
			assert.Equal(t, tc.granted != "", got.Header().Get("Access-Control-Expose-Headers") == "X-Request-Id, Retry-After")
			got = s.json(http.MethodGet, "/routers", "", "Origin", tc.origin, "X-API-Key", "")
			assert.Equal(t, tc.granted, got.Header().Get("Access-Control-Allow-Origin"), "a page may read why it was refused")
		})
	}
}

func TestCrossOriginRefusesOtherMethodsAndHeaders(t *testing.T) {
	s := newSite(t, nil, func(o *api.Options) { o.AllowedOrigins = []string{"https://dash.example"} })
	for _, want := range [][2]string{{"TRACE", "X-API-Key"}, {"POST", "X-Other"}} {
		got := s.send(http.MethodOptions, "/run", "", "Origin", "https://dash.example",
			"Access-Control-Request-Method", want[0], "Access-Control-Request-Headers", want[1])
		assert.Empty(t, got.Header().Get("Access-Control-Allow-Origin"), want)
	}
}

func TestAPanicStaysInItsRequest(t *testing.T) {
	s := newStub(t, panics{value: "the secret of " + "the stack"})
	got := s.run("r", "/ip/address/print")
	assert.Equal(t, http.StatusInternalServerError, got.Code)
	assert.Equal(t, "internal", got.body.Code)
	assert.NotContains(t, got.Body.String(), "secret of")
	assert.NotContains(t, got.Body.String(), ".go:")
	assert.Contains(t, s.log.String(), "secret of the stack")
	assert.Contains(t, s.log.String(), "execute.go:", "the log says where")

	s = newStub(t, panics{value: http.ErrAbortHandler})
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/routers", nil)
		r.Header.Set("X-API-Key", apiKey)
		s.handler.ServeHTTP(httptest.NewRecorder(), r)
	}, "net/http's own way to break off")
}

func TestTheSwaggerDocument(t *testing.T) {
	s := newSite(t, nil)
	got := s.send(http.MethodGet, "/swagger/doc.json", "")
	require.Equal(t, http.StatusOK, got.Code)
	var doc struct {
		Swagger string
		Paths   map[string]map[string]struct {
			Summary   string
			Responses map[string]any
			Security  []map[string][]string
		}
		Definitions         map[string]any
		SecurityDefinitions map[string]struct{ Name, In string }
	}
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &doc))
	assert.Equal(t, "2.0", doc.Swagger)
	assert.Equal(t, "X-API-Key", doc.SecurityDefinitions["ApiKeyAuth"].Name)

	var routes, described []string
	require.NoError(t, chi.Walk(s.handler.(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if strings.HasPrefix(route, "/docs") || strings.HasPrefix(route, "/swagger") || route == "/openapi.json" || slices.Contains(web.Paths, route) {
			return nil
		}
		route = strings.Replace(route, "/*", "/{path}", 1)
		routes = append(routes, method+" "+route)
		operation := doc.Paths[route][strings.ToLower(method)]
		assert.NotEmpty(t, operation.Summary, "%s %s", method, route)
		success := map[string]string{}
		if strings.HasSuffix(route, "/rest/{path}") {
			success = map[string]string{http.MethodPut: "201", http.MethodDelete: "204"}
		}
		assert.Contains(t, operation.Responses, cmp.Or(success[method], "200"), "%s %s", method, route)
		assert.Equal(t, !public[route], len(operation.Security) > 0, "%s %s wants a key", method, route)
		return nil
	}))
	for route, operations := range doc.Paths {
		for method := range operations {
			described = append(described, strings.ToUpper(method)+" "+route)
		}
	}
	slices.Sort(routes)
	slices.Sort(described)
	assert.Equal(t, routes, described)
	for _, ref := range refs(got.Body.String()) {
		assert.Contains(t, doc.Definitions, ref)
	}
}

// refs are the names of all definitions that a document refers to.
func refs(doc string) []string {
	var names []string
	for _, part := range strings.Split(doc, `"#/definitions/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		names = append(names, name)
	}
	return names
}
