package server_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// HEAD has the status and the content type of GET, and no body. A stream is not
// opened by it.
func TestHEADAnswersAsGETDoes(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"LOGIN_FAILURES": "0"}) // wrong keys are not delayed
	_, addr := device(t, sim.Options{PPPUsers: 1})
	require.Equal(t, http.StatusOK, p.connect("a", addr).status)
	ask := func(method, path, key string) (status int, contentType string, body []byte) {
		req, err := http.NewRequestWithContext(t.Context(), method, p.base+path, nil)
		require.NoError(t, err)
		req.Header.Set("X-API-Key", key)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		if contentType = resp.Header.Get("Content-Type"); method == http.MethodHead || contentType != "text/event-stream" {
			body, err = io.ReadAll(resp.Body)
			require.NoError(t, err)
		}
		return resp.StatusCode, contentType, body
	}
	for _, path := range []string{
		"/healthz", "/readyz", "/", "/swagger/index.html", "/swagger/doc.json", "/docs", "/metrics", "/whoami",
		"/routers", "/routers/a", "/routers/b", "/system-info?router=a", "/no-such-path", "/run",
		"/sse/a", "/sse/b", "/sse?router=*", "/sse?router=a&router=b", "/sse/a?topics=no-such-topic",
	} {
		for name, key := range map[string]string{"": testKey, " with a wrong key": "wrong"} {
			t.Run(path+name, func(t *testing.T) {
				status, contentType, _ := ask(http.MethodGet, path, key)
				headStatus, headType, body := ask(http.MethodHead, path, key)
				assert.Equal(t, status, headStatus)
				assert.Equal(t, contentType, headType)
				assert.Empty(t, body)
			})
		}
	}
}
