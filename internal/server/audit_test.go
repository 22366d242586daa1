package server_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/sim"
)

// auditLines reads the file once it has so many lines.
func auditLines(t *testing.T, path string, n int) []audit.Entry {
	t.Helper()
	var text string
	eventually(t, "the lines are written", func() bool {
		b, err := os.ReadFile(path)
		text = string(b)
		return err == nil && strings.Count(text, "\n") == n
	})
	for _, secret := range []string{testPass, testKey, "hush"} {
		assert.NotContains(t, text, secret)
	}
	var entries []audit.Entry
	for line := range strings.Lines(text) {
		var e audit.Entry
		require.NoError(t, json.Unmarshal([]byte(line), &e), line)
		entries = append(entries, e)
	}
	return entries
}

// The whole program: what is done shows in the file, with its outcome and
// without its secrets, and SIGHUP has it opened again.
func TestTheAuditLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	_, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"AUDIT_LOG": path, "COMMAND_RULES": "!/system/reboot"})
	p.connect("a", addr)
	p.run("a", "/ip/address/print", "=.proplist=address", "?comment=x")
	p.run("a", "/no/such/menu/print", "=password=hush")
	p.run("a", "/system/reboot")
	_, batch := p.lines(t.Context(), "/run/batch", "application/x-ndjson", `{"routers":["a","nobody"],"args":["/ip/address/print"],"concurrency":1}`)
	for range 3 {
		decodeLine(t, batch)
	}
	p.post("/run/batch", `{"routers":["a","b"],"args":["/System Reboot"]}`)
	p.post("/tickets", `{"routers":["a"]}`)
	p.browser(http.MethodGet, "/routers", "X-API-Key", "hush")
	p.browser(http.MethodGet, "/routers") // no attempt
	p.send(http.MethodPatch, "/routers/a", `{"comment":"roof"}`)
	p.send(http.MethodPatch, "/routers/a", `{"pass":"wrong"}`)
	p.send(http.MethodPut, "/routers/b", strings.Replace(connectBody("b", addr), `"router_id":"b",`, "", 1))
	p.send(http.MethodDelete, "/routers/b", "")
	p.post("/disconnect", `{"router_id":"a"}`)
	_, rows := p.lines(t.Context(), "/run", "application/x-ndjson", runBody("a", "/ip/address/print"))
	decodeLine(t, rows)
	type short struct {
		action             audit.Action
		key, router, words string
		outcome            audit.Outcome
		code               string
	}
	var got []short
	for _, e := range auditLines(t, path, 15) {
		assert.NotEmpty(t, e.RequestID)
		assert.Equal(t, "127.0.0.1", e.Remote)
		assert.False(t, e.Time.IsZero())
		got = append(got, short{e.Action, e.Key, e.Router, strings.Join(e.Command, " "), e.Outcome, e.Code})
	}
	assert.Equal(t, []short{
		{audit.Connect, "owner", "a", "", audit.OK, ""},
		{audit.Run, "owner", "a", "/ip/address/print =.proplist=address ?comment=x", audit.OK, ""},
		{audit.Run, "owner", "a", "/no/such/menu/print =password=[redacted]", audit.Failed, "router_refused"},
		{audit.Run, "owner", "a", "/system/reboot", audit.Denied, "command_denied"},
		{audit.Batch, "owner", "a", "/ip/address/print", audit.OK, ""},
		{audit.Batch, "owner", "nobody", "/ip/address/print", audit.Failed, "unknown_router"},
		{audit.Batch, "owner", "a,b", "/system/reboot", audit.Denied, "command_denied"},
		{audit.Ticket, "owner", "a", "", audit.OK, ""},
		{audit.LoginRefused, "", "", "", audit.Denied, "unauthorized"},
		{audit.Change, "owner", "a", "", audit.OK, ""},
		{audit.Change, "owner", "a", "", audit.Failed, "login_failed"},
		{audit.Connect, "owner", "b", "", audit.OK, ""},
		{audit.Disconnect, "owner", "b", "", audit.OK, ""},
		{audit.Disconnect, "owner", "a", "", audit.OK, ""},
		{audit.Run, "owner", "a", "/ip/address/print", audit.Failed, "unknown_router"},
	}, got)

	require.NoError(t, os.Rename(path, path+".1"))
	hangUp(t)
	eventually(t, "the file is made again", func() bool { _, err := os.Stat(path); return err == nil })
	p.connect("a", addr)
	assert.Equal(t, audit.Connect, auditLines(t, path, 1)[0].Action)
	assert.Len(t, auditLines(t, path+".1", 15), 15, "the old file is left alone")
}

// With a full disk nothing is sent, and the answer says why.
func TestTheAuditLogOnAFullDisk(t *testing.T) {
	t.Parallel()
	for _, full := range []string{"wait", "refuse"} {
		t.Run(full, func(t *testing.T) {
			t.Parallel()
			d, addr := device(t, sim.Options{})
			p := start(t, map[string]string{"AUDIT_LOG": "/dev/full", "AUDIT_LOG_FULL": full, "RUN_TIMEOUT": "1s"})
			p.browser(http.MethodGet, "/routers", "X-API-Key", "hush") // its line is lost
			for path, body := range map[string]string{
				"/connect":    `{"router_id":"a","host":"` + addr + `","user":"` + testUser + `","pass":"` + testPass + `"}`,
				"/run/batch":  `{"routers":["a","b"],"args":["/ip/address/print"]}`,
				"/disconnect": `{"router_id":"a"}`,
			} {
				got := p.post(path, body)
				assert.Equal(t, http.StatusServiceUnavailable, got.status, path)
				assert.Equal(t, "audit_log_full", got.body.Code, path)
			}
			assert.Zero(t, d.Stats().Logins)
		})
	}
}
