package server_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/server"
	"github.com/aprakasa/mikronec/internal/sim"
)

// run runs the program until the test calls stop, so that it can be started again.
func runUntil(t *testing.T, env map[string]string, use func(p *program)) {
	t.Helper()
	t.Run("run", func(t *testing.T) { use(start(t, env)) })
}

// refusedStart is the error of a start that fails.
func refusedStart(t *testing.T, env map[string]string) error {
	t.Helper()
	cfg, err := config.Load(func(name string) (string, bool) {
		v, ok := env[name]
		if name == "MY_API_KEY" {
			return testKey, true
		}
		return v, ok
	})
	require.NoError(t, err)
	cfg.ListenHost, cfg.Port = "127.0.0.1", 0
	_, err = server.Start(cfg, "v0.0.0-test", slog.New(slog.DiscardHandler))
	require.Error(t, err)
	return err
}

type routerState struct {
	RouterID string `json:"router_id"`
	Host     string `json:"host"`
	State    string `json:"state"`
	Instance string `json:"instance"`
	Code     string `json:"code"`
	Comment  string `json:"comment"`
	Declared bool   `json:"declared"`
}

func (p *program) routers() map[string]routerState {
	p.t.Helper()
	var list []routerState
	p.get("/routers").data(p.t, &list)
	all := make(map[string]routerState)
	for _, r := range list {
		all[r.RouterID] = r
	}
	return all
}

func (p *program) send(method, path, body string) answer {
	p.t.Helper()
	a, err := p.do(p.t.Context(), method, path, body)
	require.NoError(p.t, err, a.raw)
	return a
}

// nobody is an address at which nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

func TestRoutersStayOverARestart(t *testing.T) {
	_, one := device(t, sim.Options{Identity: "one"})
	two, addr := device(t, sim.Options{Identity: "two"})
	dir := filepath.Join(t.TempDir(), "data")
	env := map[string]string{"DATA_DIR": dir}
	runUntil(t, env, func(p *program) {
		require.Equal(t, http.StatusOK, p.connect("a", one).status)
		require.Equal(t, http.StatusOK, p.connect("b", addr).status)
		assert.Equal(t, http.StatusUnprocessableEntity, p.connectAs("c", one, testUser, "wrong").status)
		assert.Equal(t, http.StatusBadGateway, p.connect("d", nobody(t)).status)
		assert.Equal(t, http.StatusOK, p.send(http.MethodPatch, "/routers/a", `{"comment":"roof"}`).status)
	})
	two.Close() // b is down at the restart
	runUntil(t, env, func(p *program) {
		require.Len(t, p.routers(), 2)
		assert.Equal(t, "roof", p.routers()["a"].Comment)
		p.open("a").snapshot()
		s := p.open("b")
		defer s.close()
		s.status("down")
		assert.Equal(t, "router_unreachable", p.routers()["b"].Code)
		assert.Equal(t, http.StatusOK, p.send(http.MethodDelete, "/routers/a", "").status)
	})
	runUntil(t, env, func(p *program) {
		assert.Equal(t, []string{"b"}, keysOf(p.routers()))
	})
	if runtime.GOOS != "windows" {
		for _, name := range []string{"routers.db", "secrets.key"} {
			info, err := os.Stat(filepath.Join(dir, name))
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "routers.db"))
	require.NoError(t, err)
	assert.NotContains(t, string(text), testPass)
}

func keysOf[T any](m map[string]T) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

func TestWithoutAFolderRoutersAreForgotten(t *testing.T) {
	_, addr := device(t, sim.Options{})
	runUntil(t, nil, func(p *program) { require.Equal(t, http.StatusOK, p.connect("a", addr).status) })
	runUntil(t, nil, func(p *program) { assert.Empty(t, p.routers()) })
}

func TestAWrongRingEndsTheStart(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{})
	dir := t.TempDir()
	ring := secret.NewKey(time.Now())
	other := "x" + secret.NewKey(time.Now())
	runUntil(t, map[string]string{"DATA_DIR": dir, "SECRETS_KEY": ring}, func(p *program) {
		require.Equal(t, http.StatusOK, p.connect("a", addr).status)
		err := refusedStart(t, map[string]string{"DATA_DIR": dir, "SECRETS_KEY": ring})
		assert.ErrorContains(t, err, "in use by another process")
	})
	file := filepath.Join(t.TempDir(), "ring")
	require.NoError(t, os.WriteFile(file, []byte(other+"\n"), 0o600))
	for name, env := range map[string]map[string]string{
		"another": {"SECRETS_KEY": other}, "another file": {"SECRETS_KEY_FILE": file}, "none": {},
		"no key": {"SECRETS_KEY": "rubbish"}, "no file": {"SECRETS_KEY_FILE": file + "-not"},
	} {
		t.Run(name, func(t *testing.T) {
			env["DATA_DIR"] = dir
			err := refusedStart(t, env)
			assert.NotContains(t, err.Error(), ring[len(ring)-20:])
			assert.NoFileExists(t, filepath.Join(dir, "secrets.key"), "no key is made for what it cannot open")
		})
	}
	runUntil(t, map[string]string{"DATA_DIR": dir, "SECRETS_KEY": other + ";" + ring}, func(p *program) {
		p.open("a").snapshot()
	})
}

func TestARingForOthersIsWarnedOf(t *testing.T) {
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o644: true, 0o660: true} {
		t.Run(mode.String(), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "ring")
			require.NoError(t, os.WriteFile(file, []byte(secret.NewKey(time.Now())), 0o600))
			require.NoError(t, os.Chmod(file, mode))
			p := start(t, map[string]string{"SECRETS_KEY_FILE": file, "DATA_DIR": t.TempDir()})
			assert.Equal(t, want, strings.Contains(p.log.String(), "SECRETS_KEY_FILE should be for this program alone"))
		})
	}
}

func TestARouterThatIsDownIsRegistered(t *testing.T) {
	p := start(t, nil)
	addr := nobody(t)
	body := strings.TrimSuffix(connectBody("a", addr), "}")
	for path, wait := range map[string]string{"true": `,"wait":true}`, "default": "}"} {
		got := p.post("/connect", body+wait)
		assert.Equal(t, "router_unreachable", got.body.Code, path)
		assert.Empty(t, p.routers())
	}
	got := p.post("/connect", body+`,"wait":false}`)
	var done struct{ Connected bool }
	got.data(t, &done)
	assert.False(t, done.Connected)
	s := p.open("a")
	defer s.close()
	s.status("down")
	assert.Equal(t, "down", p.routers()["a"].State)

	listener, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	d := sim.New(sim.Options{User: testUser, Password: testPass, Personality: sim.CCR2004()})
	served := make(chan error, 1)
	go func() { served <- d.Serve(listener) }()
	defer func() { d.Close(); <-served }()
	s.status("up")
	s.snapshot()
}

func TestChangesOfARouter(t *testing.T) {
	_, one := device(t, sim.Options{Identity: "one"})
	_, two := device(t, sim.Options{Identity: "two", Users: []sim.User{{Name: "second", Password: "other-pass", Group: "full"}}})
	p := start(t, nil)
	require.Equal(t, http.StatusOK, p.connect("a", one).status)
	s := p.open("a")
	defer s.close()
	s.snapshot()
	identity := func() string {
		var rows []map[string]string
		p.run("a", "/system/identity/print").data(t, &rows)
		return rows[0]["name"]
	}
	for _, tc := range []struct {
		body, code, identity, host, user string
	}{
		{`{"host":"` + two + `"}`, "", "two", two, testUser},
		{`{"user":"second","pass":"wrong"}`, "login_failed", "two", two, testUser},
		{`{"user":"second","pass":"other-pass"}`, "", "two", two, "second"},
		{`{"host":"` + nobody(t) + `"}`, "router_unreachable", "two", two, "second"},
		{`{"host":"` + one + `","user":"api","pass":"` + testPass + `","comment":"x"}`, "", "one", one, testUser},
		{`{}`, "invalid_request", "one", one, testUser},
		{`{"host":""}`, "invalid_request", "one", one, testUser},
		{`{"tls":{"mode":"no"}}`, "invalid_request", "one", one, testUser},
		{`{"tls":{"mod":"pin"}}`, "invalid_request", "one", one, testUser},
		{`{"tls":{"mode":7}}`, "invalid_request", "one", one, testUser},
		{`{"tls":null}`, "", "one", one, testUser},
		{`{"router_id":"b"}`, "invalid_request", "one", one, testUser},
		{`{"comment":"a\nb"}`, "invalid_request", "one", one, testUser},
	} {
		got := p.send(http.MethodPatch, "/routers/a", tc.body)
		assert.Equal(t, tc.code, got.body.Code, "%s: %s", tc.body, got.raw)
		assert.NotContains(t, got.raw, "pass-word")
		assert.Equal(t, tc.identity, identity(), tc.body)
		assert.Equal(t, tc.host, p.routers()["a"].Host, tc.body)
		assert.NotContains(t, p.get("/routers/a").raw, testPass)
	}
	assert.Equal(t, "x", p.routers()["a"].Comment)
	s.snapshot() // still the same stream
	assert.Equal(t, "unknown_router", p.send(http.MethodPatch, "/routers/b", `{"comment":"x"}`).body.Code)
	assert.Equal(t, "unknown_router", p.send(http.MethodDelete, "/routers/b", "").body.Code)

	require.Equal(t, http.StatusOK, p.send(http.MethodPatch, "/routers/a", `{"host":"`+nobody(t)+`","wait":false}`).status)
	s.status("down")
	got := p.send(http.MethodPatch, "/routers/a", `{"comment":"out of order"}`)
	require.Equal(t, http.StatusOK, got.status, "nothing has to be tried for a comment: %s", got.raw)
	assert.Equal(t, "out of order", p.routers()["a"].Comment)
	require.Equal(t, http.StatusOK, p.send(http.MethodPut, "/routers/a", `{"host":"`+one+`","user":"api","pass":"`+testPass+`"}`).status)
	s.status("up")
	assert.Empty(t, p.routers()["a"].Comment, "PUT replaces all of it")
	require.Equal(t, http.StatusOK, p.send(http.MethodDelete, "/routers/a", "").status)
	s.status("disconnected")
}

// Of many changes of different fields at the same time all are taken.
func TestChangesOfARouterAtTheSameTime(t *testing.T) {
	_, one := device(t, sim.Options{Users: []sim.User{{Name: "second", Password: testPass, Group: "full"}}})
	p := start(t, nil)
	require.Equal(t, http.StatusOK, p.connect("a", one).status)
	bodies := []string{`{"user":"second"}`, `{"comment":"roof"}`, `{"code_page":"windows-1251"}`}
	ended := make(chan answer, len(bodies))
	for _, body := range bodies {
		go func() {
			a, _ := p.do(context.WithoutCancel(t.Context()), http.MethodPatch, "/routers/a", body)
			ended <- a
		}()
	}
	for range bodies {
		a := <-ended
		assert.Equal(t, http.StatusOK, a.status, a.raw)
	}
	export := p.text("/routers?format=yaml")
	for _, want := range []string{"user: second", "comment: roof", "code_page: windows-1251"} {
		assert.Contains(t, export, want)
	}
}

func (p *program) text(path string) string {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.base+path, nil)
	require.NoError(p.t, err)
	req.Header.Set("X-API-Key", testKey)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	assert.Equal(p.t, "application/yaml", resp.Header.Get("Content-Type"))
	return string(text)
}
