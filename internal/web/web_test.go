package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/web"
)

func get(t *testing.T, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	web.Handler().ServeHTTP(w, r)
	return w
}

// contents are the files below a folder that end with suffix, by their paths.
func contents(t *testing.T, folder, suffix string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, suffix) {
			return err
		}
		content, err := os.ReadFile(path)
		found[path] = string(content)
		return err
	}))
	require.NotEmpty(t, found)
	return found
}

func TestEveryFileIsServed(t *testing.T) {
	want := map[string]string{".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml",
		".png": "image/png", ".html": "text/html", ".webmanifest": "application/manifest+json"}
	for name, content := range contents(t, "assets", "") {
		got := get(t, "/"+name)
		require.Equal(t, http.StatusOK, got.Code, name)
		assert.Equal(t, content, got.Body.String(), name)
		require.Contains(t, want, filepath.Ext(name))
		assert.Contains(t, got.Header().Get("Content-Type"), want[filepath.Ext(name)], name)
		assert.Equal(t, "nosniff", got.Header().Get("X-Content-Type-Options"), name)
	}
	got := get(t, "/")
	assert.Contains(t, got.Header().Get("Content-Type"), "text/html")
	assert.Contains(t, got.Body.String(), "<!doctype html>")
	assert.Equal(t, http.StatusNotFound, get(t, "/assets/none.js").Code)
	assert.Equal(t, http.StatusNotFound, get(t, "/assets/").Code, "no list of files")
}

func TestThePolicyForbidsWhatIsInlineOrElsewhere(t *testing.T) {
	policy := get(t, "/").Header().Get("Content-Security-Policy")
	assert.Contains(t, policy, "default-src 'none'")
	for _, weak := range []string{"unsafe", "*", "http", "data:"} {
		assert.NotContains(t, policy, weak)
	}
	page := get(t, "/").Body.String()
	assert.NotRegexp(t, `<style|\sstyle=|\son[a-z]+=|<script(?:\s[^>]*)?>[^<]`, page, "the policy would refuse it")
	elsewhere := regexp.MustCompile(`(?i)["'(](?:https?:)?//[^"')]`)
	for name, content := range contents(t, "assets", "") {
		content = strings.ReplaceAll(content, "http://www.w3.org/2000/svg", "") // a name, not an address
		assert.NotRegexp(t, elsewhere, content, name)
	}
	assert.NotRegexp(t, elsewhere, page)
}

// The size keeps modules to one job each. The texts of a language are one job, a line each.
func TestModulesAreShort(t *testing.T) {
	for name, content := range contents(t, "src", "") {
		if name == "src/en.js" || name == "src/id.js" {
			continue
		}
		assert.Less(t, strings.Count(content, "\n"), 250, name)
	}
}

func TestNothingBecomesMarkup(t *testing.T) {
	for name, content := range contents(t, "assets", ".js") {
		assert.NotRegexp(t, `innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function`, content, name)
	}
}

func TestAFileThatTheBrowserHasIsNotSentAgain(t *testing.T) {
	for _, encoding := range []string{"", "gzip"} {
		first := get(t, "/assets/main.js", "Accept-Encoding", encoding)
		tag := first.Header().Get("ETag")
		require.NotEmpty(t, tag)
		again := get(t, "/assets/main.js", "Accept-Encoding", encoding, "If-None-Match", tag)
		assert.Equal(t, http.StatusNotModified, again.Code)
		assert.Empty(t, again.Body.String())
		assert.Equal(t, http.StatusOK, get(t, "/assets/sw.js", "If-None-Match", tag).Code)
	}
}

func TestFilesAreCompressedForThoseWhoAsk(t *testing.T) {
	plain, zipped := get(t, "/assets/main.js"), get(t, "/assets/main.js", "Accept-Encoding", "gzip, br")
	assert.Empty(t, plain.Header().Get("Content-Encoding"))
	require.Equal(t, "gzip", zipped.Header().Get("Content-Encoding"))
	assert.NotEqual(t, plain.Header().Get("ETag"), zipped.Header().Get("ETag"))
	assert.Less(t, zipped.Body.Len(), plain.Body.Len()/2)
	r, err := gzip.NewReader(bytes.NewReader(zipped.Body.Bytes()))
	require.NoError(t, err)
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, plain.Body.String(), string(content))
}

// A page of another site imports the client.
func TestTheClientIsServed(t *testing.T) {
	for name, kind := range map[string]string{"client.js": "text/javascript", "client.d.ts": "application/typescript"} {
		built, err := os.ReadFile("../../client/typescript/dist/" + name)
		require.NoError(t, err)
		got := get(t, "/"+name)
		assert.Equal(t, string(built), got.Body.String(), name)
		assert.Contains(t, got.Header().Get("Content-Type"), kind)
	}
}
