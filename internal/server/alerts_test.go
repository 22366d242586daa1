package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	svix "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/notify"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/sim"
)

const hookSecret = "whsec_bmV3LXNlY3JldC1vZi0zMi1ieXRlcy0uLi4uLi4uLi4="

// hook is a receiver of webhooks that verifies signatures by the reference.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string // guarded by mu
}

func newHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{}
	verifier, err := svix.NewWebhook(hookSecret)
	require.NoError(t, err)
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := verifier.Verify(body, r.Header); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.bodies = append(h.bodies, string(body))
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) got() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string{}, h.bodies...)
}

// alertsFile writes ALERTS_FILE with a receiver "bus", and returns its path.
func alertsFile(t *testing.T, dir, url, rules string) string {
	t.Helper()
	path := filepath.Join(dir, "alerts.yml")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret"), []byte(hookSecret), 0o600))
	text := fmt.Sprintf("%s\nreceivers:\n  bus: {webhook: {url: %q, secret_file: secret}}\n", rules, url)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestAlerts(t *testing.T) {
	h := newHook(t)
	dir := t.TempDir()
	path := alertsFile(t, dir, h.URL+"/s3cr3t-path", "alerts: default")
	d, addr := device(t, sim.Options{Identity: "one"})
	p := start(t, map[string]string{
		"ALERTS_FILE": path, "DATA_DIR": filepath.Join(dir, "data"), "ADMIN_ADDR": "127.0.0.1:0",
		"API_KEYS": "name=operator role=operator routers=* hash=" + access.HashOf("operator").String() +
			";name=viewer role=viewer routers=b* hash=" + access.HashOf("viewer").String(),
	})
	require.Equal(t, http.StatusOK, p.connect("a", addr).status)

	assert.JSONEq(t, `[]`, string(p.get("/alerts").body.Data))
	assert.JSONEq(t, `[]`, string(p.get("/alerts/history?limit=5").body.Data))
	assert.Equal(t, http.StatusBadRequest, p.get("/alerts/history?limit=0").status)
	assert.Equal(t, http.StatusNotFound, p.post("/alerts/none/silence", `{"for":"1h"}`).status)
	assert.Equal(t, http.StatusBadRequest, p.post("/alerts/none/silence", `{"for":"1y"}`).status)
	assert.Equal(t, http.StatusNotFound, p.post("/alerts/receivers/nobody/test", "").status)

	a := p.post("/alerts/receivers/bus/test", "")
	require.Equal(t, http.StatusOK, a.status, a.raw)
	require.Len(t, h.got(), 1)
	var body struct {
		Type string
		Data map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(h.got()[0]), &body))
	assert.Equal(t, true, body.Data["test"])
	for key, want := range map[string]int{"operator": http.StatusForbidden, "viewer": http.StatusForbidden} {
		status, text := p.as(key, http.MethodPost, "/alerts/receivers/bus/test", "")
		assert.Equal(t, want, status, text)
	}
	status, text := p.as("viewer", http.MethodPost, "/alerts/x/silence", `{"for":"1h"}`)
	assert.Equal(t, http.StatusForbidden, status, text)

	// What rules ask of the router is asked, without a viewer.
	eventually(t, "the router is asked for its rules", func() bool { return d.Stats().Commands["/system/resource/print"] > 0 })

	// A mistake changes nothing; a correct file is taken without a signal.
	require.NoError(t, os.WriteFile(path, []byte("alerts: wrong\n"), 0o600))
	eventually(t, "the mistake is in the log", func() bool {
		return strings.Contains(p.log.String(), "ALERTS_FILE not reloaded") && strings.Contains(p.log.String(), "is not default or none")
	})
	assert.Contains(t, p.metrics(), "mikronec_alert_rules 10\n")
	alertsFile(t, dir, h.URL, "rules: [{name: down, when: router.down}]")
	eventually(t, "the file is taken", func() bool { return strings.Contains(p.metrics(), "mikronec_alert_rules 1\n") })
	assert.Contains(t, p.metrics(), `mikronec_notifications_total{outcome="delivered",receiver="bus"} 0`)

	h.Close()
	a = p.post("/alerts/receivers/bus/test", "")
	assert.Equal(t, http.StatusBadGateway, a.status)
	assert.Equal(t, "receiver_failed", a.body.Code)
	var list []notify.Stats
	p.get("/alerts/receivers").data(t, &list)
	require.Len(t, list, 1)
	assert.Equal(t, "webhook", list[0].Kind)
	assert.NotContains(t, p.log.String(), "s3cr3t-path")
	assert.NotContains(t, p.log.String(), hookSecret)
}

// What DATA_DIR has of alerts is there after a start: the history, and what fired.
func TestWhatIsKeptOfAlerts(t *testing.T) {
	h := newHook(t)
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	env := map[string]string{
		"ALERTS_FILE": alertsFile(t, dir, h.URL, "alerts: default"), "DATA_DIR": data,
		"API_KEYS": "name=other role=admin routers=b* hash=" + access.HashOf("other").String(),
	}
	runUntil(t, env, func(*program) {}) // makes the folder
	store, err := register.OpenFile(filepath.Join(data, "alerts.db"))
	require.NoError(t, err)
	for name, value := range map[string]string{
		"told.1795690000000.x-1-firing": `{"id":"x-1-firing","alert":"x","status":"firing","rule":"cpu","source":"cpu","severity":"warning","router_id":"a","at":"2026-11-26T11:06:40Z"}`,
		"router.0123456789abcdef":       `{"router":"a","state":1,"alerts":[{"id":"x-1-firing","alert":"x","status":"firing","rule":"cpu","source":"cpu","severity":"warning","router_id":"a","at":"2026-11-26T11:06:40Z","phase":1,"told":true}]}`,
		"silence.x":                     `"2099-01-01T00:00:00Z"`,
		"x":                             `{"firing":{"id":"x-1-firing","alert":"x","status":"firing","rule":"cpu","source":"cpu","severity":"warning","router_id":"a","at":"2026-11-26T11:06:40Z"},"owed":[{"transition":{"id":"x-1-firing","alert":"x","status":"firing","rule":"cpu","source":"cpu","severity":"warning","router_id":"a","at":"2026-11-26T11:06:40Z"},"receivers":["bus"]}]}`,
		"torn":                          `{"firing":`,
	} {
		_, err := store.Put(t.Context(), name, []byte(value), 0)
		require.NoError(t, err)
	}
	require.NoError(t, store.Close())
	runUntil(t, env, func(p *program) {
		var list []alert.View
		p.get("/alerts").data(t, &list)
		require.Len(t, list, 1)
		assert.Equal(t, "a", list[0].RouterID)
		assert.NotNil(t, list[0].Silenced)
		p.get("/alerts/history").data(t, &list)
		require.Len(t, list, 1)
		assert.Equal(t, "x-1-firing", list[0].ID)
		for _, path := range []string{"/alerts", "/alerts/history"} {
			status, text := p.as("other", http.MethodGet, path, "")
			assert.Equal(t, http.StatusOK, status)
			assert.Contains(t, text, `"data":[]`, "of routers of others")
		}
		status, text := p.as("other", http.MethodPost, "/alerts/x/silence", `{"for":"1h"}`)
		assert.Equal(t, http.StatusNotFound, status, text)
		eventually(t, "what was owed is delivered", func() bool { return len(h.got()) == 1 && strings.Contains(h.got()[0], "x-1-firing") })
	})
}

// Alerts are not sent to the server itself, to metadata services, or out of the list.
func TestWhereAlertsGo(t *testing.T) {
	dir := t.TempDir()
	h := newHook(t)
	p := start(t, map[string]string{"ALERTS_FILE": alertsFile(t, dir, h.URL, "alerts: none"), "ALERT_NETWORKS": "192.0.2.0/24"})
	a := p.post("/alerts/receivers/bus/test", "")
	assert.Equal(t, http.StatusBadGateway, a.status)
	assert.Contains(t, a.body.Error, "it is not in ALERT_NETWORKS")
	assert.Empty(t, h.got())
}

func TestAMistakeInAlertsFileIsOneOfTheStart(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "alerts.yml")
	require.NoError(t, os.WriteFile(path, []byte("rules: [{name: x, when: nothing}]\n"), 0o600))
	require.ErrorContains(t, refusedStart(t, map[string]string{"ALERTS_FILE": path}), `unknown source "nothing"`)
}
