package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A page that is refused for its origin is told which it has, which Host came, and both
// ways to fix it. What is no origin is not repeated.
func TestARefusedOriginIsToldWhatToDo(t *testing.T) {
	s := newSite(t, nil)
	for origin, named := range map[string]bool{
		"http://box.test:29089": true, "https://[2001:db8::1]:8443": true, "https://dash.example": true,
		"null": false, "nonsense": false, "http://" + strings.Repeat("a", 400): false,
	} {
		got := s.send(http.MethodPost, "/tickets", `{"routers":"all"}`, "Origin", origin)
		require.Equal(t, http.StatusForbidden, got.Code, origin)
		var body struct{ Code, Error string }
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &body))
		assert.Equal(t, "forbidden", body.Code)
		assert.Contains(t, body.Error, "ALLOWED_ORIGINS")
		if !named {
			assert.NotContains(t, body.Error, origin)
			continue
		}
		for _, part := range []string{"the origin " + origin, `Host is "example.com"`, "proxy_set_header Host $http_host", "ALLOWED_ORIGINS=" + origin} {
			assert.Contains(t, body.Error, part, origin)
		}
	}
}
