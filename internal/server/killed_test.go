package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// serving is the program as a process of its own, and a client for it.
type serving struct {
	*program

	cmd *exec.Cmd
}

func serve(t *testing.T, file string, env ...string) *serving {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	s := &serving{program: &program{t: t, log: &syncBuffer{}}}
	s.cmd = command(ctx, file, append([]string{"MY_API_KEY=" + testKey, "PORT=0", "LISTEN_HOST=127.0.0.1", "LOG_FORMAT=json"}, env...))
	out, err := s.cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	for s.base == "" && lines.Scan() {
		_, _ = s.log.Write(lines.Bytes())
		var line struct{ Msg, Addr string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		if line.Msg == "server started" {
			s.base = "http://" + line.Addr
		}
	}
	require.NotEmpty(t, s.base, s.log.String())
	go func() {
		for lines.Scan() {
			_, _ = s.log.Write(lines.Bytes())
		}
	}()
	return s
}

// A program that is killed has its routers when it is started again, also after the keys
// were rotated in between.
func TestRoutersStayWhenTheProgramIsKilled(t *testing.T) {
	t.Parallel()
	file, dir := binary(t), filepath.Join(t.TempDir(), "data")
	_, addr := device(t, sim.Options{})
	env := []string{"DATA_DIR=" + dir}
	first := serve(t, file, env...)
	require.Equal(t, http.StatusOK, first.connect("a", addr).status)
	require.Equal(t, http.StatusOK, first.connect("b", addr).status)
	require.Equal(t, http.StatusOK, first.send(http.MethodDelete, "/routers/b", "").status)
	status, _, problems := ended(t, file, env, "secrets", "rotate")
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, "in use by another process")
	require.NoError(t, first.cmd.Process.Kill())
	_ = first.cmd.Wait()

	before, err := os.ReadFile(filepath.Join(dir, "secrets.key"))
	require.NoError(t, err)
	status, out, problems := ended(t, file, env, "secrets", "rotate")
	require.Zero(t, status, problems)
	assert.Contains(t, out, "Passwords sealed again: 1.")
	after, err := os.ReadFile(filepath.Join(dir, "secrets.key"))
	require.NoError(t, err)
	assert.NotEqual(t, before, after)

	second := serve(t, file, env...)
	eventually(t, "the router is up", func() bool { return second.routers()["a"].State == "up" })
	assert.Len(t, second.routers(), 1)
	assert.NotContains(t, first.log.String()+second.log.String(), testPass)
	require.NoError(t, second.cmd.Process.Kill())
	_ = second.cmd.Wait()

	require.NoError(t, os.WriteFile(filepath.Join(dir, "secrets.key"), before, 0o600))
	status, _, problems = ended(t, file, append(env, "MY_API_KEY="+testKey, "PORT=0", "LISTEN_HOST=127.0.0.1"))
	assert.Equal(t, 1, status)
	assert.Contains(t, problems, "the key ring does not open the register")
}
