package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// create makes a key with the API, or with a token of an invitation, and returns its secret.
func (p *program) create(path, body string) string {
	p.t.Helper()
	var made struct{ Key, Token string }
	p.send(http.MethodPost, path, body).data(p.t, &made)
	return made.Key + made.Token
}

// ends waits until a stream ends because its key did, and returns how long that took.
func (s *stream) ends(t *testing.T) time.Duration {
	t.Helper()
	begin := time.Now()
	end := s.until("the end", func(e event) bool { return e.Name == "end" })
	assert.Contains(t, end.Data, `"revoked"`)
	return time.Since(begin)
}

// What was made with the API is there after a restart, and what was taken back is not.
func TestKeysStayOverARestart(t *testing.T) {
	_, addr := device(t, sim.Options{})
	dir := filepath.Join(t.TempDir(), "data")
	env := map[string]string{"DATA_DIR": dir, "AUDIT_LOG": filepath.Join(t.TempDir(), "audit")}
	var noc, gone, token, guest string
	runUntil(t, env, func(p *program) {
		require.Equal(t, http.StatusOK, p.connect("a-1", addr).status)
		noc = p.create("/keys", `{"name":"noc","role":"operator","routers":["a-*"],"rules":["/system/identity:print"]}`)
		gone = p.create("/keys", `{"name":"gone","role":"viewer","routers":["*"]}`)
		token = p.create("/invitations", `{"name":"guest","role":"viewer","routers":["a-*"]}`)
		s := p.openAs(gone, "/sse/a-1", "")
		s.snapshot()
		assert.Equal(t, http.StatusOK, p.send(http.MethodDelete, "/keys/gone", "").status)
		s.ends(t)
	})
	runUntil(t, env, func(p *program) {
		status, text := p.as(noc, http.MethodPost, "/run", runBody("a-1", "/system/identity/print"))
		assert.Equal(t, http.StatusOK, status, text)
		status, _ = p.as(noc, http.MethodPost, "/run", runBody("a-1", "/ip/address/print"))
		assert.Equal(t, http.StatusForbidden, status, "with its rules")
		status, _ = p.as(gone, http.MethodGet, "/routers", "")
		assert.Equal(t, http.StatusUnauthorized, status)
		guest = p.create("/invitations/exchange", fmt.Sprintf(`{"token":%q}`, token))
	})
	runUntil(t, env, func(p *program) {
		s := p.openAs(guest, "/sse/a-1", "")
		s.snapshot()
		assert.Equal(t, http.StatusUnauthorized, p.send(http.MethodPost, "/invitations/exchange", fmt.Sprintf(`{"token":%q}`, token)).status, "once")
		assert.Equal(t, http.StatusOK, p.send(http.MethodDelete, "/keys/guest", "").status)
		s.ends(t)
		assert.NotContains(t, p.log.String(), guest)
		assert.NotContains(t, p.log.String(), token)
	})
	for _, name := range []string{filepath.Join(dir, "keys.db"), env["AUDIT_LOG"]} {
		kept, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, secret := range []string{noc, gone, token, guest} {
			assert.NotContains(t, string(kept), secret, name)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "keys.db"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// SIGHUP replaces the keys of the file, and leaves those of the API.
func TestAReloadLeavesTheKeysOfTheAPI(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	keyFile(t, file, map[string]string{"old": "role=viewer routers=*"})
	p := start(t, map[string]string{"API_KEYS_FILE": file})
	made := p.create("/keys", `{"name":"noc","role":"viewer","routers":["*"]}`)
	keyFile(t, file, map[string]string{"new": "role=viewer routers=*"})
	hangUp(t)
	eventually(t, "the file is read", func() bool {
		status, _ := p.as("new", http.MethodGet, "/whoami", "")
		return status == http.StatusOK
	})
	status, _ := p.as(made, http.MethodGet, "/whoami", "")
	assert.Equal(t, http.StatusOK, status)
	status, _ = p.as("old", http.MethodGet, "/whoami", "")
	assert.Equal(t, http.StatusUnauthorized, status)
}

// answerOf is an answer that was read elsewhere.
func answerOf(t *testing.T, text string) answer {
	t.Helper()
	a := answer{status: http.StatusOK, raw: text}
	require.NoError(t, json.Unmarshal([]byte(text), &a.body))
	return a
}

// The command line uses the keys in DATA_DIR while no server does.
func TestKeysInAFolderByCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	file := binary(t)
	status, out, problems := ended(t, file, []string{"DATA_DIR=" + dir}, "key", "add", "-name", "noc", "-role", "admin")
	require.Zero(t, status, problems)
	key := regexp.MustCompile(`mk_[A-Z2-7]{52}`).FindString(out)
	runUntil(t, map[string]string{"DATA_DIR": dir}, func(p *program) {
		status, _ := p.as(key, http.MethodGet, "/keys", "")
		assert.Equal(t, http.StatusOK, status)
		status, _, problems := ended(t, file, []string{"DATA_DIR=" + dir}, "key", "list")
		assert.Equal(t, 1, status)
		assert.Contains(t, problems, "in use by another process")
	})
	status, _, problems = ended(t, file, []string{"DATA_DIR=" + dir}, "key", "revoke", "noc")
	require.Zero(t, status, problems)
	runUntil(t, map[string]string{"DATA_DIR": dir}, func(p *program) {
		status, _ := p.as(key, http.MethodGet, "/keys", "")
		assert.Equal(t, http.StatusUnauthorized, status)
	})
}
