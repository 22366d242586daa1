package server_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/engine"
)

// built builds the program once for all tests.
var built func() (file string, err error)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mikronec-test")
	if err != nil {
		panic(err)
	}
	built = sync.OnceValues(func() (string, error) {
		file := filepath.Join(dir, "mikronec")
		return file, engine.Build(file, "v1.2.3-test")
	})
	http.DefaultClient.Transport = inDocument(http.DefaultTransport)
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

// binary is the path of the program, built as people do.
func binary(t *testing.T) string {
	t.Helper()
	file, err := built()
	require.NoError(t, err)
	return file
}

// command is the program with these settings and no others.
func command(ctx context.Context, file string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, file, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	return cmd
}

// ended runs the program to its end.
func ended(t *testing.T, file string, env []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var out, problems bytes.Buffer
	cmd := command(ctx, file, env, args...)
	cmd.Stdout, cmd.Stderr = &out, &problems
	_ = cmd.Run()
	require.NoError(t, ctx.Err(), "it did not end by itself")
	return cmd.ProcessState.ExitCode(), out.String(), problems.String()
}

// demo is a running demo.
type demo struct {
	cmd   *exec.Cmd
	guide string        // what it printed
	out   *bufio.Reader // what it prints after that
	log   *bytes.Buffer
}

func startDemo(t *testing.T, file string, env ...string) *demo {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	d := &demo{cmd: command(ctx, file, env, "demo"), log: &bytes.Buffer{}}
	d.cmd.Stderr = d.log
	out, err := d.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, d.cmd.Start())
	d.out = bufio.NewReader(out)
	for !strings.Contains(d.guide, "Press Ctrl-C to stop the demo.\n") {
		line, err := d.out.ReadString('\n')
		d.guide += line
		require.NoError(t, err, "%s\n%s", d.guide, d.log)
	}
	t.Cleanup(func() { _ = d.cmd.Process.Kill() })
	return d
}

// stop ends the demo as Docker, systemd or Ctrl-C do and returns its status.
func (d *demo) stop(t *testing.T, with os.Signal) int {
	t.Helper()
	require.NoError(t, d.cmd.Process.Signal(with))
	done := make(chan error, 1)
	go func() { done <- d.cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(5 * time.Second): // what it promises, SHUTDOWN_TIMEOUT
		_ = d.cmd.Process.Kill()
		t.Fatalf("still there 5 s after %v\n%s", with, d.log)
	}
	return d.cmd.ProcessState.ExitCode()
}

// port is where the demo serves.
func (d *demo) port(t *testing.T) string {
	t.Helper()
	_, rest, ok := strings.Cut(d.guide, "http://127.0.0.1:")
	require.True(t, ok, d.guide)
	port, _, _ := strings.Cut(rest, "/")
	return port
}

// Whatever the demo prints works when it is pasted, in the order in which it is
// printed, and again.
func TestTheDemo(t *testing.T) {
	t.Parallel()
	file := binary(t)
	for _, runner := range curlRunners(t) {
		t.Run("by "+runner.name, func(t *testing.T) {
			d := startDemo(t, file, "PORT=0")
			var commands []string
			for line := range strings.Lines(d.guide) {
				if strings.HasPrefix(line, "curl ") {
					commands = append(commands, strings.TrimSuffix(line, "\n"))
				}
			}
			assert.GreaterOrEqual(t, len(commands), 10)
			for range 2 {
				for _, c := range commands {
					checkAnswer(t, c, runner.run(t, c, isStream(c)))
				}
			}
			port := d.port(t)
			status, _, problems := ended(t, file, []string{"PORT=" + port}, "healthcheck")
			assert.Zero(t, status, problems)
			assert.Zero(t, d.stop(t, syscall.SIGTERM))
			assert.Empty(t, d.log.String(), "nothing to warn of")
			status, _, problems = ended(t, file, []string{"PORT=" + port}, "healthcheck")
			assert.Equal(t, 1, status)
			assert.Contains(t, problems, "refused")
		})
	}
	t.Run("on another port where one is taken", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer func() { _ = listener.Close() }()
		_, taken, err := net.SplitHostPort(listener.Addr().String())
		require.NoError(t, err)
		d := startDemo(t, file, "PORT="+taken)
		assert.NotEqual(t, taken, d.port(t))
		assert.Zero(t, d.stop(t, os.Interrupt))
	})
	t.Run("with a key of one's own", func(t *testing.T) {
		d := startDemo(t, file, "PORT=0", "MY_API_KEY=a-key-of-my-own")
		assert.Contains(t, d.guide, "-H 'X-API-Key: a-key-of-my-own'")
	})
	t.Run("while a viewer watches", func(t *testing.T) {
		d := startDemo(t, file, "PORT=0", "MY_API_KEY=a-key-of-my-own")
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+d.port(t)+"/sse?router=*", nil)
		require.NoError(t, err)
		req.Header.Set("X-API-Key", "a-key-of-my-own")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		assert.Zero(t, d.stop(t, syscall.SIGTERM))
		rest, err := io.ReadAll(resp.Body)
		assert.NoError(t, err)
		assert.True(t, strings.HasSuffix(string(rest), "event: end\ndata: {\"reason\":\"shutdown\"}\n\n"), "the viewer is told")
	})
}

// A router that is switched off as the demo says is told in the terminal, within 90 s once
// alerts may fire.
func TestTheDemoPrintsAlerts(t *testing.T) {
	t.Parallel()
	d := startDemo(t, binary(t), "PORT=0")
	started := time.Now()
	_, rest, found := strings.Cut(d.guide, "wait for a minute:\n\n  ")
	require.True(t, found, d.guide)
	off, _, _ := strings.Cut(rest, "\n")
	time.Sleep(time.Until(started.Add(time.Minute))) // nothing fires before
	runner := curlRunners(t)[0]
	runner.run(t, off, false)
	began := time.Now()
	told := make(chan string, 1)
	go func() { // ends with the demo
		for {
			line, err := d.out.ReadString('\n')
			if err != nil || strings.HasPrefix(line, "*** ") {
				told <- line
				return
			}
		}
	}()
	select {
	case line := <-told:
		t.Logf("told after %v", time.Since(began).Round(time.Second))
		assert.True(t, strings.HasPrefix(line, "*** CRITICAL pppoe-core: router is down"), line)
		assert.Less(t, time.Since(began), 90*time.Second)
	case <-time.After(3 * time.Minute):
		t.Fatal("nothing was told\n" + d.log.String())
	}
	assert.Zero(t, d.stop(t, syscall.SIGTERM))
}

func TestTheProgramsManners(t *testing.T) {
	t.Parallel()
	file := binary(t)
	t.Run("without a key it does not start", func(t *testing.T) {
		for _, env := range [][]string{nil, {"MY_API_KEY="}, {"MY_API_KEY=  "}} {
			status, stdout, stderr := ended(t, file, env)
			assert.Equal(t, 1, status)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, "MY_API_KEY: is required but not set")
		}
	})
	t.Run("all mistakes are named at once", func(t *testing.T) {
		status, _, stderr := ended(t, file, []string{
			"PORT=99999", "POLL_INTERVAL=2", "LOG_LEVEL=loud", "ALLOWED_ORIGINS=dash.example", "TICKET_SECRET=shh-secret",
		})
		assert.Equal(t, 1, status)
		for _, name := range []string{"MY_API_KEY", "PORT", "POLL_INTERVAL", "LOG_LEVEL", "ALLOWED_ORIGINS", "TICKET_SECRET"} {
			assert.Contains(t, stderr, "\n  "+name+": ")
		}
		assert.NotContains(t, stderr, "shh-secret")
	})
	t.Run("a port that is taken", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer func() { _ = listener.Close() }()
		_, port, err := net.SplitHostPort(listener.Addr().String())
		require.NoError(t, err)
		status, _, stderr := ended(t, file, []string{"MY_API_KEY=" + testKey, "LISTEN_HOST=127.0.0.1", "PORT=" + port})
		assert.Equal(t, 1, status)
		assert.Contains(t, stderr, "PORT")
		assert.Contains(t, stderr, "address already in use")
		assert.NotContains(t, stderr, testKey)
	})
	t.Run("healthcheck", func(t *testing.T) {
		for status, want := range map[int]int{http.StatusOK: 0, http.StatusServiceUnavailable: 1, http.StatusInternalServerError: 1} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "/readyz", r.URL.Path)
				w.WriteHeader(status)
			}))
			_, port, err := net.SplitHostPort(server.Listener.Addr().String())
			require.NoError(t, err)
			got, _, stderr := ended(t, file, []string{"PORT=" + port}, "healthcheck")
			assert.Equal(t, want, got, stderr)
			if want != 0 {
				assert.Contains(t, stderr, fmt.Sprintf("not ready: %d", status))
			}
			server.Close()
		}
		got, _, stderr := ended(t, file, []string{"PORT=http"}, "healthcheck")
		assert.Equal(t, 1, got)
		assert.Contains(t, stderr, `PORT: "http" is not a port`)
	})
	t.Run("version", func(t *testing.T) {
		status, stdout, _ := ended(t, file, nil, "version")
		assert.Zero(t, status)
		assert.Equal(t, "mikronec v1.2.3-test\n", stdout)
	})
	t.Run("help", func(t *testing.T) {
		for _, args := range [][]string{{"-h"}, {"--help"}, {"demo", "-h"}} {
			status, _, stderr := ended(t, file, nil, args...)
			assert.Zero(t, status, args)
			for _, name := range []string{"demo", "sim", "healthcheck", "version", "MY_API_KEY"} {
				assert.Contains(t, stderr, name, args)
			}
		}
		status, _, stderr := ended(t, file, nil, "sim", "-h")
		assert.Zero(t, status)
		assert.Contains(t, stderr, "-board")
	})
	t.Run("what it does not know", func(t *testing.T) {
		status, _, stderr := ended(t, file, nil, "serv")
		assert.Equal(t, 2, status)
		assert.Contains(t, stderr, "mikronec demo")
		status, _, stderr = ended(t, file, []string{"MY_API_KEY=" + testKey}, "--port", "80")
		assert.Equal(t, 1, status)
		assert.Contains(t, stderr, "use environment variables for settings")
	})
}
