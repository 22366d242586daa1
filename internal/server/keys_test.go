package server_test

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A key from its making to its end, with the program as people run it.
func TestAKeyIsMadeUsedAndTakenAway(t *testing.T) {
	t.Parallel()
	program := binary(t)
	status, made, problems := ended(t, program, nil, "key", "new", "-name", "noc", "-role", "viewer", "-routers", "hotspot-*")
	require.Zero(t, status, problems)
	secret := regexp.MustCompile(`mk_[A-Z2-7]{52}`).FindString(made)
	line := regexp.MustCompile(`name=.*`).FindString(made)
	require.NotEmpty(t, secret)
	assert.NotContains(t, line, secret)
	file := filepath.Join(t.TempDir(), "keys")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text+"\n"), 0o600)) }
	write("# who may look\n" + line)
	status, list, problems := ended(t, program, nil, "key", "check", file)
	require.Zero(t, status, problems)
	assert.Contains(t, list, "The file is valid: 1 keys.")

	var log strings.Builder
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := command(ctx, program, []string{"MY_API_KEY=" + testKey, "PORT=0", "LISTEN_HOST=127.0.0.1", "API_KEYS_FILE=" + file})
	pipe, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	out := bufio.NewScanner(pipe)
	until := func(text string) string {
		for out.Scan() {
			log.WriteString(out.Text() + "\n")
			if strings.Contains(out.Text(), text) {
				return out.Text()
			}
		}
		require.Fail(t, "the log ended before: "+text, log.String())
		return ""
	}
	address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(until("server started"))
	get := func(path string) *http.Response {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
		require.NoError(t, err)
		req.Header.Set("X-API-Key", secret)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		t.Cleanup(func() { _ = resp.Body.Close() })
		return resp
	}
	stream := get("/sse?router=*")
	require.Equal(t, http.StatusOK, stream.StatusCode)

	write(line + " color=red")
	require.NoError(t, cmd.Process.Signal(syscall.SIGHUP))
	assert.Contains(t, until("API keys not reloaded"), "line 1: field 5")
	assert.Equal(t, http.StatusOK, get("/routers").StatusCode, "the old keys go on")

	write("# nobody")
	require.NoError(t, cmd.Process.Signal(syscall.SIGHUP))
	until("API keys reloaded")
	events := bufio.NewScanner(stream.Body)
	var last string
	for events.Scan() {
		if events.Text() != "" {
			last = events.Text()
		}
	}
	assert.Equal(t, `data: {"reason":"revoked"}`, last)
	assert.Equal(t, http.StatusUnauthorized, get("/routers").StatusCode)
	assert.NotContains(t, log.String(), secret)
}

// A key in the quotation marks that docker --env-file keeps is what the log says at the
// start, without the key; otherwise all requests would be 401 without a reason.
func TestAQuotedKeyIsWarnedOf(t *testing.T) {
	quoted := "'0123456789abcdef0123'"
	p := start(t, map[string]string{"MY_API_KEY": quoted})
	assert.Contains(t, p.log.String(), "variable=MY_API_KEY")
	assert.Contains(t, p.log.String(), "quotation mark")
	assert.NotContains(t, p.log.String(), strings.Trim(quoted, "'"))
}
