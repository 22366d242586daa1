package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
	assert.Contains(t, s.send(http.MethodGet, "/swagger/start.js", "", "X-API-Key", "").Body.String(), "'../openapi.json'")
	assert.Equal(t, http.StatusNotFound, s.send(http.MethodGet, "/swagger/nothing.js", "", "X-API-Key", "").Code)
}

// A proxy that says below which path it serves gets a document for clients there.
func TestTheDocumentBelowAPath(t *testing.T) {
	s := newSite(t, nil)
	for prefix, want := range map[string]string{
		"": "/", "/mikronec": "/mikronec", "/a/b-c": "/a/b-c", "/mikronec/": "/mikronec", "//evil.example": "/", "/a\"b": "/", "mikronec": "/", "/../x": "/",
	} {
		got := s.send(http.MethodGet, "/swagger/doc.json", "", "X-Forwarded-Prefix", prefix)
		var old swaggerDocument
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &old))
		assert.Equal(t, want, old.BasePath, "%q", prefix)
		got = s.send(http.MethodGet, "/openapi.json", "", "X-Forwarded-Prefix", prefix)
		var doc struct{ Servers []struct{ URL string } }
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &doc))
		require.Len(t, doc.Servers, 1)
		assert.Equal(t, want, doc.Servers[0].URL, "%q", prefix)
	}
}
