package server_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

type finding struct {
	State, Code, Check, Text string
	Commands, Advice         []string
}

// examined are the findings about a router by their codes.
func examined(t *testing.T, a answer) (healthy bool, found map[string]finding) {
	t.Helper()
	var data struct {
		Healthy  bool
		Findings []finding
	}
	a.data(t, &data)
	assert.NotContains(t, a.raw, testPass)
	found = make(map[string]finding)
	for _, f := range data.Findings {
		assert.NotEmpty(t, f.Code, f)
		assert.Contains(t, []string{"ok", "note", "failed"}, f.State)
		found[f.Code] = f
	}
	return data.Healthy, found
}

func TestDoctorOfTheServer(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"RECONNECT_MIN": "1h", "RECONNECT_MAX": "1h", "COMMAND_RULES": "!/file:print"})
	for version, personality := range map[string]sim.Personality{"6": sim.HAP(), "7": sim.CCR2004()} {
		d, addr := device(t, sim.Options{Personality: personality})
		require.Equal(t, http.StatusOK, p.connect("r"+version, addr).status)
		healthy, found := examined(t, p.get("/routers/r"+version+"/doctor"))
		assert.True(t, healthy, found)
		for _, code := range []string{"port", "tls_missing", "login", "router", "menu", "clock", "rights_too_many"} {
			assert.Contains(t, found, code)
		}
		assert.Equal(t, "/user group add name=mikronec policy=api,read", found["rights_too_many"].Commands[0])
		assert.Equal(t, 2, d.Stats().Logins, "a connection of its own")
		eventually(t, "that is closed", func() bool { return d.Stats().Connections == 1 })
	}
	t.Run("a wrong password", func(t *testing.T) {
		_, addr := device(t, sim.Options{})
		p.post("/connect", `{"router_id":"wrong","host":"`+addr+`","user":"api","pass":"not-the-pass","wait":false}`)
		a := p.get("/routers/wrong/doctor")
		healthy, found := examined(t, a)
		assert.False(t, healthy)
		assert.Equal(t, "failed", found["login_refused"].State)
		assert.Contains(t, found["login_refused"].Commands, `/user print detail where name="api"`)
		assert.NotContains(t, a.raw, "not-the-pass")
		assert.NotContains(t, a.raw, "-code-page", "no flags of the command")
	})
	t.Run("a closed port", func(t *testing.T) {
		p.post("/connect", connectLater("closed", "127.0.0.1:1"))
		healthy, found := examined(t, p.get("/routers/closed/doctor"))
		assert.False(t, healthy)
		assert.Equal(t, []string{"/ip service set api disabled=no", "/ip service print"}, found["port_closed"].Commands)
	})
	t.Run("an address that is not dialed", func(t *testing.T) {
		p.post("/connect", connectLater("metadata", "169.254.169.254"))
		_, found := examined(t, p.get("/routers/metadata/doctor"))
		assert.Contains(t, found, "address_refused")
	})
}

func connectLater(id, host string) string {
	return `{"router_id":"` + id + `","host":"` + host + `","user":"api","pass":"x","wait":false}`
}

// Whoever examines a router must be allowed what that reads, and does not learn where the
// server is.
func TestDoctorForOthers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys")
	keyFile(t, file, map[string]string{
		"plain": "role=operator routers=*", "ruled": "role=operator routers=* rule=/ip/hotspot/**:print", "watch": "role=viewer routers=*", "others": "role=operator routers=x*",
	})
	p := start(t, map[string]string{"API_KEYS_FILE": file})
	d, addr := device(t, sim.Options{})
	p.connect("r", addr)
	before := d.Stats().Logins
	ask := func(key string) answer {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/routers/r/doctor", nil)
		require.NoError(t, err)
		req.Header.Set("X-API-Key", key)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		var a answer
		a.status = resp.StatusCode
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&a.body))
		a.raw = string(a.body.Data)
		return a
	}
	assert.Equal(t, "command_denied", ask("ruled").body.Code)
	assert.Equal(t, "forbidden", ask("watch").body.Code)
	assert.Equal(t, "unknown_router", ask("others").body.Code)
	assert.Equal(t, before, d.Stats().Logins, "nothing was sent")
	healthy, _ := examined(t, ask("plain"))
	assert.True(t, healthy)
	assert.False(t, strings.Contains(ask("plain").raw, "127.0.0.1/32"))
}
