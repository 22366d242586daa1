package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
)

// public are the routes that work without the key.
var public = map[string]bool{"/": true, "/assets/*": true, "/client.js": true, "/client.d.ts": true, "/healthz": true, "/readyz": true, "/swagger/*": true, "/openapi.json": true, "/docs": true, "/docs/": true, "/swagger": true, "/invitations/exchange": true}

func TestEveryRouteButThePublicOnesWantsTheKey(t *testing.T) {
	s := newSite(t, nil)
	guarded := 0
	err := chi.Walk(s.handler.(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if public[route] {
			return nil
		}
		guarded++
		path := strings.NewReplacer("{id}", "r", "{routerID}", "r").Replace(route)
		for name, key := range map[string]string{
			"none": "", "wrong": "api-key-of-the-tests-2", "beginning": apiKey[:5], "case": strings.ToUpper(apiKey),
		} {
			got := s.send(method, path, "", "X-API-Key", key)
			assert.Equal(t, http.StatusUnauthorized, got.Code, "%s %s, key: %s", method, route, name)
			if method != http.MethodHead {
				assert.Contains(t, got.Body.String(), `"code":"unauthorized"`)
			}
		}
		got := s.send(method, path, "", "X-API-Key", "", "Authorization", "Bearer "+apiKey)
		others := route == "/metrics" || strings.Contains(route, "/rest/")
		assert.Equal(t, !others, got.Code == http.StatusUnauthorized, "the key has one place, but for clients that know others")
		got = s.send(method, path+"?api_key="+apiKey+"&X-API-Key="+apiKey, "", "X-API-Key", "")
		assert.Equal(t, http.StatusUnauthorized, got.Code, "a URL ends up in logs")
		got = s.send(method, path, "")
		assert.NotEqual(t, http.StatusUnauthorized, got.Code, "%s %s with the key", method, route)
		return nil
	})
	require.NoError(t, err)
	assert.GreaterOrEqual(t, guarded, 9)
}

func TestPublicRoutesNeedNoKey(t *testing.T) {
	s := newSite(t, nil)
	for path, status := range map[string]int{
		"/healthz":            http.StatusOK,
		"/readyz":             http.StatusOK,
		"/":                   http.StatusOK,
		"/assets/main.js":     http.StatusOK,
		"/client.js":          http.StatusOK,
		"/swagger/doc.json":   http.StatusOK,
		"/swagger/index.html": http.StatusOK,
		"/docs":               http.StatusFound,
	} {
		assert.Equal(t, status, s.send(http.MethodGet, path, "", "X-API-Key", "").Code, path)
	}
}

func TestReadiness(t *testing.T) {
	s := newSite(t, nil)
	s.ready.Store(false)
	got := s.json(http.MethodGet, "/readyz", "")
	assert.Equal(t, http.StatusServiceUnavailable, got.Code)
	assert.Equal(t, "shutting_down", got.body.Code)
	assert.Equal(t, http.StatusOK, s.json(http.MethodGet, "/healthz", "").Code, "it lives while it drains")

	s = newSite(t, nil, func(o *api.Options) { o.Ready = func() error { return api.ErrStarting } })
	got = s.json(http.MethodGet, "/readyz", "")
	assert.Equal(t, http.StatusServiceUnavailable, got.Code)
	assert.Equal(t, "starting", got.body.Code)
	assert.Equal(t, http.StatusOK, s.json(http.MethodGet, "/healthz", "").Code, "it lives while it starts")
}
