//go:build unix

package fleettest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/fleettest"
)

// asks sends a request with a key, which may end with the test at the latest.
func asks(t *testing.T, in *fleettest.Instance, key, path string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, in.Base+path, nil)
	require.NoError(t, err)
	req.Header.Set("X-API-Key", key)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// counts waits until a key counts at an instance, or does not.
func counts(t *testing.T, in *fleettest.Instance, key string, want int) {
	t.Helper()
	require.Eventually(t, func() bool {
		resp := asks(t, in, key, "/whoami")
		_ = resp.Body.Close()
		return resp.StatusCode == want
	}, 30*time.Second, 50*time.Millisecond, "%s at %s", http.StatusText(want), in.Name)
}

// A key is one of the fleet: it counts when the instance that made it was killed and when
// NATS was killed and is back, and ends everywhere when any instance takes it back.
func TestKeysOutliveTheInstanceThatMadeThem(t *testing.T) {
	s := newSite(t, 1)
	ctx := t.Context()
	a, b, c := s.Instances[0], s.Instances[1], s.Instances[2]
	create := func(name string) string {
		t.Helper()
		status, body, err := a.Do(ctx, http.MethodPost, "/keys", map[string]any{"name": name, "role": "viewer", "routers": []string{"*"}})
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status, string(body))
		var made struct{ Data struct{ Key string } }
		require.NoError(t, json.Unmarshal(body, &made))
		return made.Data.Key
	}
	kept, gone := create("kept"), create("gone")
	a.Kill()
	streams := map[string]*bufio.Scanner{}
	for _, in := range []*fleettest.Instance{b, c} {
		counts(t, in, kept, http.StatusOK)
		counts(t, in, gone, http.StatusOK)
		resp := asks(t, in, gone, "/sse?router=*&topics=hardware&heartbeat=event")
		require.Equal(t, http.StatusOK, resp.StatusCode)
		streams[in.Name] = bufio.NewScanner(resp.Body)
	}
	s.Nodes[0].Kill()
	counts(t, b, kept, http.StatusOK)
	require.NoError(t, s.Nodes[0].Restart())
	require.Eventually(t, func() bool {
		status, _, err := b.Do(ctx, http.MethodDelete, "/keys/gone", nil)
		return err == nil && (status == http.StatusOK || status == http.StatusNotFound) // not there: a request without an answer has done it
	}, 30*time.Second, 50*time.Millisecond, "the key is taken back when NATS is there again")
	for name, lines := range streams {
		var last string
		for lines.Scan() {
			if line := lines.Text(); strings.HasPrefix(line, "event: ") || strings.HasPrefix(line, "data: ") {
				last = line
			}
		}
		assert.Equal(t, `data: {"reason":"revoked"}`, last, "the stream at %s", name)
	}
	require.NoError(t, a.Start(ctx))
	for _, in := range s.Instances {
		counts(t, in, gone, http.StatusUnauthorized)
		counts(t, in, kept, http.StatusOK)
	}
}
