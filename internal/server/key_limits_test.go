package server_test

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/server"
	"github.com/aprakasa/mikronec/internal/sim"
)

// keyFile has a line for each key, whose name is its secret as well, and the
// fields given.
func keyFile(t *testing.T, path string, keys map[string]string) {
	t.Helper()
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		text.WriteString("name=" + name + " " + keys[name] + " hash=" + access.HashOf(name).String() + "\n")
	}
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o600))
}

// as posts with another key and returns the whole answer.
func (p *program) as(key, method, path, body string, headers ...string) (status int, text string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, strings.NewReader(body))
	require.NoError(p.t, err)
	req.Header.Set("X-API-Key", key)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	return resp.StatusCode, string(b)
}

// A key that is for some routers gets their metrics and nothing else, since
// totals tell that there are others and how busy they are.
func TestMetricsOfALimitedKey(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys")
	keyFile(t, file, map[string]string{"noc": "role=viewer routers=in*", "all": "role=viewer routers=*", "none": "role=viewer routers=x"})
	_, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"API_KEYS_FILE": file})
	p.connect("in-1", addr)
	p.connect("out-1", addr)
	scrape := func(key string) series {
		status, body := fetch(t, p.base+"/metrics", "Authorization", "Bearer "+key)
		require.Equal(t, http.StatusOK, status, body)
		return parse(t, body)
	}
	limited := scrape("noc")
	assert.Equal(t, 1.0, limited[`mikronec_router_up{router_id="in-1"}`])
	for name := range limited {
		assert.Contains(t, name, `router_id="in-1"`, "nothing but its routers")
	}
	assert.Empty(t, scrape("none"))
	for _, key := range []string{"all", testKey} {
		whole := scrape(key)
		assert.Contains(t, whole, `mikronec_router_up{router_id="out-1"}`)
		assert.Contains(t, whole, `mikronec_sessions{state="up"}`)
	}
}

// The rules of a key hold on every way to a router, and its batch for all is one
// for those that it sees; neither answers nor the audit log name another.
func TestWhatAKeyMayRun(t *testing.T) {
	dir := t.TempDir()
	file, record := filepath.Join(dir, "keys"), filepath.Join(dir, "audit")
	keyFile(t, file, map[string]string{"shop": "role=operator routers=in* rule=/ip/address:print rule=/system/identity:print"})
	inside, addr := device(t, sim.Options{})
	outside, elsewhere := device(t, sim.Options{})
	p := start(t, map[string]string{"API_KEYS_FILE": file, "AUDIT_LOG": record})
	p.connect("in-1", addr)
	p.connect("in-2", addr)
	p.connect("out-1", elsewhere)
	before := outside.Stats().Commands

	for name, words := range map[string]string{
		"another verb":         `["/ip/address/remove","=.id=*1"]`,
		"another menu":         `["/ppp/secret/print"]`,
		"capitals":             `["/IP/Address/REMOVE","=.id=*1"]`,
		"spaces and slashes":   `["//ip address  remove/","=.id=*1"]`,
		"a newline":            `["/ip/address/print\n/ip/address/remove","=.id=*1"]`,
		"behind the verb":      `["/ip/address/print/remove"]`,
		"a script":             `["/ip/address/print","=where=[/system reboot]"]`,
		"something to a file":  `["/ppp/secret/print","=file=x"]`,
		"abbreviated":          `["/ip/addr/rem","=.id=*1"]`,
		"a default of the key": `["/system/reset-configuration"]`,
	} {
		t.Run(name, func(t *testing.T) {
			for way, ask := range map[string]struct{ path, target, accept string }{
				"run":    {"/run", `"router_id":"in-1"`, "application/json"},
				"ndjson": {"/run", `"router_id":"in-1"`, "application/x-ndjson"},
				"events": {"/run", `"router_id":"in-1"`, "text/event-stream"},
				"hidden": {"/run", `"router_id":"out-1"`, "application/json"},
				"batch":  {"/run/batch", `"routers":["in-1","out-1"]`, ""},
				"all":    {"/run/batch", `"routers":"all"`, ""},
			} {
				status, text := p.as("shop", http.MethodPost, ask.path, "{"+ask.target+`,"args":`+words+"}", "Accept", ask.accept)
				assert.Equal(t, http.StatusForbidden, status, way)
				assert.Contains(t, text, `"code":"command_denied"`, way)
				assert.NotContains(t, text, "out-1", way)
			}
		})
	}
	for path, n := range inside.Stats().Commands {
		assert.NotContains(t, path, "/remove", n)
		assert.NotContains(t, path, "reset", n)
	}

	status, text := p.as("shop", http.MethodPost, "/run", runBody("in-1", "/ip/address/getall"))
	assert.Equal(t, http.StatusOK, status, text)
	for _, word := range []string{"", "remove", ".tag=7"} {
		status, text = p.as("shop", http.MethodPost, "/run", runBody("in-1", "/ip/address/print", word, "/ip/address/remove"))
		assert.Equal(t, http.StatusBadRequest, status, "no single command: "+text)
	}
	_, text = p.as("shop", http.MethodPost, "/run/batch", `{"routers":"all","args":["/system/identity/print"]}`)
	assert.Contains(t, text, `"summary":{"routers":2,"ok":2,`)
	assert.NotContains(t, text, "out-1")
	_, hidden := p.as("shop", http.MethodPost, "/run/batch", `{"routers":["out-1"],"args":["/system/identity/print"]}`)
	_, unknown := p.as("shop", http.MethodPost, "/run/batch", `{"routers":["out-2"],"args":["/system/identity/print"]}`)
	untimed := func(text string) string { text, _, _ = strings.Cut(text, `,"took_ms"`); return text }
	assert.Equal(t, untimed(strings.ReplaceAll(unknown, "out-2", "out-1")), untimed(hidden), "as one that is not there")
	assert.Equal(t, before, outside.Stats().Commands, "nothing was sent to a router that the key does not see")

	// connect 3, denied 10 times 6, run 4, batch 2 and 1 and 1
	var all, named int
	for _, e := range auditLines(t, record, 3+10*6+4+4) {
		if e.Action == audit.Connect {
			assert.Equal(t, "admin", e.Role)
			continue
		}
		assert.Equal(t, []string{"shop", "operator"}, []string{e.Key, e.Role})
		if e.Action == audit.Batch && e.Outcome == audit.OK {
			all++
			assert.Contains(t, []string{"in-1", "in-2"}, e.Router)
		}
		if e.Router == "out-1" && e.Outcome != audit.Denied {
			named++
			assert.Equal(t, "unknown_router", e.Code)
		}
	}
	assert.Equal(t, []int{2, 1}, []int{all, named})
}

// hangUp sends SIGHUP to the servers of this process.
func hangUp(t *testing.T) {
	t.Helper()
	self, err := os.FindProcess(os.Getpid())
	require.NoError(t, err)
	require.NoError(t, self.Signal(syscall.SIGHUP))
}

// A ticket is never worth more than the key that it was issued with.
func TestATicketOfALimitedKeyDoesNotWiden(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	reload := func(p *program, keys map[string]string) {
		keyFile(t, file, keys)
		before := strings.Count(p.log.String(), "API keys reloaded")
		hangUp(t)
		eventually(t, "the keys are reloaded", func() bool { return strings.Count(p.log.String(), "API keys reloaded") > before })
	}
	keyFile(t, file, map[string]string{"noc": "role=viewer routers=in*"})
	_, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"API_KEYS_FILE": file})
	p.connect("in-1", addr)
	p.connect("out-1", addr)
	status, text := p.as("noc", http.MethodPost, "/tickets", `{"routers":["in-1","out-1"]}`)
	assert.Equal(t, http.StatusForbidden, status, text)
	status, text = p.as("noc", http.MethodPost, "/tickets", `{"routers":"all"}`)
	require.Equal(t, http.StatusOK, status, text)
	_, rest, _ := strings.Cut(text, `"ticket":"`)
	ticket, _, _ := strings.Cut(rest, `"`)

	refused := func(path string, status int) {
		t.Helper()
		got, text := fetch(t, p.base+path+"ticket="+ticket, "X-API-Key", testKey) // the owner's key next to it does not count
		assert.Equal(t, status, got, text)
	}
	refused("/sse/out-1?", http.StatusNotFound)
	refused("/sse?router=in-1&router=out-1&", http.StatusNotFound)
	s := p.watch("/sse?router=*&ticket=" + ticket)
	assert.Contains(t, fmt.Sprint(s.take(1)), "in-1")
	s.close()
	reload(p, map[string]string{"noc": "role=viewer routers=in-2"})
	refused("/sse/in-1?", http.StatusUnauthorized)
	reload(p, map[string]string{})
	refused("/sse/in-1?", http.StatusUnauthorized)
	reload(p, map[string]string{"other": "role=admin routers=*"})
	refused("/sse/in-1?", http.StatusUnauthorized)
}

// A command whose rows are being streamed is cut off, here and at the router,
// when SIGHUP takes its key away.
func TestAStreamedCommandEndsWithItsKey(t *testing.T) {
	dir := t.TempDir()
	file, record := filepath.Join(dir, "keys"), filepath.Join(dir, "audit")
	keyFile(t, file, map[string]string{"shop": "role=operator routers=in* rule=/tool/ping"})
	d, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"API_KEYS_FILE": file, "AUDIT_LOG": record})
	p.connect("in-1", addr)
	ended := make(chan string, 1)
	go func() {
		_, text := p.as("shop", http.MethodPost, "/run", runBody("in-1", "/ping", "=address=192.0.2.1", "=interval=50ms"), "Accept", "application/x-ndjson")
		ended <- text
	}()
	eventually(t, "the command runs", func() bool { return d.Stats().Commands["/ping"] == 1 })
	keyFile(t, file, nil)
	hangUp(t)
	lines := strings.Split(strings.TrimSpace(<-ended), "\n")
	assert.Contains(t, lines[len(lines)-1], `"code":"unauthorized"`)
	eventually(t, "the router is told to stop", func() bool { return d.Stats().Cancels == 1 })
	last := auditLines(t, record, 2)[1]
	assert.Equal(t, []any{audit.Run, audit.Failed, "unauthorized", "operator"}, []any{last.Action, last.Outcome, last.Code, last.Role})
	status, _ := p.as("shop", http.MethodGet, "/routers", "")
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.NotContains(t, p.log.String(), `"request failed"`)
}

// Keys may stand in a variable, next to a file or without one.
func TestKeysInAVariable(t *testing.T) {
	line := func(name string) string {
		return "name=" + name + " role=viewer routers=* hash=" + access.HashOf(name).String()
	}
	hangup := func(p *program, says string) {
		hangUp(t)
		eventually(t, says, func() bool { return strings.Contains(p.log.String(), says) })
	}
	good := func(p *program, want map[string]int) {
		t.Helper()
		for key, status := range want {
			got, text := p.as(key, http.MethodGet, "/routers", "")
			assert.Equal(t, status, got, "%s: %s", key, text)
			assert.NotContains(t, p.log.String(), access.HashOf(key).String())
		}
	}
	file := filepath.Join(t.TempDir(), "keys")
	for name, variable := range map[string]string{
		"a semicolon": line("one") + " ; " + line("two") + ";",
		"a line":      "# who\n" + line("one") + "\r\n" + line("two"),
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, map[string]string{"API_KEYS": variable})
			good(p, map[string]int{"one": http.StatusOK, "two": http.StatusOK, "three": http.StatusUnauthorized})
			hangup(p, "API_KEYS is read at startup only")
			good(p, map[string]int{"one": http.StatusOK})
		})
	}
	t.Run("next to a file", func(t *testing.T) {
		keyFile(t, file, map[string]string{"three": "role=viewer routers=*"})
		p := start(t, map[string]string{"API_KEYS": line("one"), "API_KEYS_FILE": file})
		good(p, map[string]int{"one": http.StatusOK, "three": http.StatusOK})
		keyFile(t, file, map[string]string{"four": "role=viewer routers=*"})
		hangup(p, "API keys reloaded")
		good(p, map[string]int{"one": http.StatusOK, "three": http.StatusUnauthorized, "four": http.StatusOK})
		keyFile(t, file, map[string]string{"one": "role=admin routers=*"})
		hangup(p, "duplicate name one")
		good(p, map[string]int{"one": http.StatusOK, "four": http.StatusOK})
	})
	for name, tc := range map[string]struct{ variable, want string }{
		"a mistake":       {line("one") + ";name=mk_SECRET", "API_KEYS:\nline 2: "},
		"twice":           {line("one") + ";" + line("one"), "API_KEYS:\nline 2: "},
		"also in a file":  {line("four"), "duplicate name four"},
		"by another name": {strings.Replace(line("four"), "name=four", "name=five", 1), "five and four have the same hash"},
	} {
		t.Run(name, func(t *testing.T) {
			keyFile(t, file, map[string]string{"four": "role=viewer routers=*"})
			settings := map[string]string{"MY_API_KEY": testKey, "PORT": "0", "LISTEN_HOST": "127.0.0.1", "API_KEYS": tc.variable, "API_KEYS_FILE": file}
			cfg, err := config.Load(func(name string) (string, bool) { v, ok := settings[name]; return v, ok })
			require.NoError(t, err)
			_, err = server.Start(cfg, "v0.0.0-test", slog.New(slog.DiscardHandler))
			require.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), "SECRET")
		})
	}
}
