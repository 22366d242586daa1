package server

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/config"
)

// A server that has its ports and does not take requests yet lives and is not
// ready; its admin port says both.
func TestNotReadyWhileStarting(t *testing.T) {
	t.Parallel()
	settings := map[string]string{
		"MY_API_KEY": "test-key-0123456789", "PORT": "0", "LISTEN_HOST": "127.0.0.1", "ADMIN_ADDR": "127.0.0.1:0",
	}
	cfg, err := config.Load(func(name string) (string, bool) { v, ok := settings[name]; return v, ok })
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	kept, err := openKept(&cfg, "v0.0.0-test", log)
	require.NoError(t, err)
	defer func() { assert.NoError(t, kept.close(t.Context())) }()
	s, err := listen(cfg, "v0.0.0-test", nil, kept, log)
	require.NoError(t, err)
	get := func(path string) (status int, code string) {
		resp, err := http.Get("http://" + s.AdminAddr().String() + path)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		var body struct{ Code string }
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&body))
		return resp.StatusCode, body.Code
	}

	status, code := get("/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Equal(t, "starting", code)
	status, _ = get("/healthz")
	assert.Equal(t, http.StatusOK, status)

	s.open()
	status, _ = get("/readyz")
	assert.Equal(t, http.StatusOK, status)
	assert.NoError(t, s.stop())
}
