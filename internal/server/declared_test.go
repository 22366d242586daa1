package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// declaration is a file of declared routers, each with the same password.
func declaration(t *testing.T, path string, hosts map[string]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("routers:\n")
	for id, host := range hosts {
		fmt.Fprintf(&b, "  - {router_id: %s, host: %q, user: %s, pass_file: pass}\n", id, host, testUser)
	}
	if len(hosts) == 0 {
		b.Reset()
		b.WriteString("routers: []\n")
	}
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
}

func TestDeclaredRouters(t *testing.T) {
	_, one := device(t, sim.Options{Identity: "one"})
	_, two := device(t, sim.Options{Identity: "two"})
	dir := t.TempDir()
	path, pass := filepath.Join(dir, "routers.yaml"), filepath.Join(dir, "pass")
	require.NoError(t, os.WriteFile(pass, []byte(testPass+"\n"), 0o600))
	env := map[string]string{"ROUTERS_FILE": path, "DATA_DIR": filepath.Join(dir, "data")}
	require.ErrorContains(t, refusedStart(t, env), path)
	declaration(t, path, nil)
	runUntil(t, env, func(p *program) { require.Equal(t, http.StatusOK, p.connect("a", one).status) })
	declaration(t, path, map[string]string{"a": two, "b": one, "c": nobody(t)})
	runUntil(t, env, func(p *program) {
		eventually(t, "declared routers are up", func() bool { r := p.routers(); return r["a"].State == "up" && r["b"].State == "up" })
		assert.Equal(t, two, p.routers()["a"].Host)
		assert.True(t, p.routers()["c"].Declared)
		for _, a := range []answer{
			p.connect("a", one), p.post("/connect", strings.TrimSuffix(connectBody("a", one), "}")+`,"wait":false}`),
			p.post("/disconnect", `{"router_id":"a"}`),
			p.send(http.MethodDelete, "/routers/a", ""), p.send(http.MethodPatch, "/routers/a", `{"comment":"x"}`),
			p.send(http.MethodPut, "/routers/a", `{"host":"`+one+`","user":"x","pass":""}`),
		} {
			assert.Equal(t, http.StatusConflict, a.status, a.raw)
			assert.Equal(t, "declared", a.body.Code)
		}
		s := p.open("b")
		defer s.close()
		s.snapshot()

		declaration(t, path, map[string]string{"b": two}) // noticed without a signal
		eventually(t, "the registered router is back", func() bool { return p.routers()["a"].Host == one && !p.routers()["a"].Declared })
		eventually(t, "b has moved", func() bool { return p.routers()["b"].Host == two })
		s.snapshot()
		assert.Len(t, p.routers(), 2)

		require.NoError(t, os.WriteFile(path, []byte("routers: [{router_id: b}, {router_id: x, host: r, user: u, pass_file: pass}]"), 0o600))
		eventually(t, "the mistake is logged", func() bool { return strings.Contains(p.log.String(), "ROUTERS_FILE not reloaded") })
		assert.Len(t, p.routers(), 2, "all or nothing")
		declaration(t, path, map[string]string{"b": one, "e": one})
		require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
		eventually(t, "the new router is up", func() bool { return p.routers()["e"].State == "up" })

		require.NoError(t, os.WriteFile(pass, []byte("another\n"), 0o600)) // a password that changes
		eventually(t, "the password was read again", func() bool { return p.routers()["e"].Code == "login_failed" })
		require.NoError(t, os.WriteFile(pass, []byte(testPass), 0o600))
		eventually(t, "and again", func() bool { return p.routers()["e"].State == "up" })
	})
}

func TestTheExportIsAFileOfDeclaredRouters(t *testing.T) {
	_, one := device(t, sim.Options{})
	p := start(t, nil)
	require.Equal(t, http.StatusOK, p.connect("a", one).status)
	require.Equal(t, http.StatusOK, p.send(http.MethodPut, "/routers/b", `{"host":"`+nobody(t)+`","user":"api","pass":"`+testPass+`","wait":false,"comment":"roof: 2","tls":{"mode":"insecure"}}`).status)
	export := p.text("/routers?format=yaml")
	assert.NotContains(t, export, testPass)
	assert.Equal(t, "invalid_request", p.get("/routers?format=xml").body.Code)

	dir := t.TempDir()
	path := filepath.Join(dir, "routers.yaml")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pass"), []byte(testPass), 0o600))
	require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(export, "    host:", "    pass_file: pass\n    host:")), 0o600))
	runUntil(t, map[string]string{"ROUTERS_FILE": path}, func(again *program) {
		want, got := p.routers(), again.routers()
		for id, r := range want {
			assert.Equal(t, r.Host, got[id].Host)
			assert.Equal(t, r.Comment, got[id].Comment)
			assert.True(t, got[id].Declared)
		}
		var body struct {
			Data []json.RawMessage
		}
		require.NoError(t, json.Unmarshal([]byte(again.get("/routers").raw), &body))
		assert.Len(t, body.Data, len(want))
	})
}
