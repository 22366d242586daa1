package server_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// busy keeps n endless commands of a key at a router until ctx ends. It returns the
// statuses of those that were refused.
func (p *program) busy(ctx context.Context, n int, key, accept, id string) (refused <-chan int) {
	ended := make(chan int, n)
	for i := range n {
		body := runBody(id, "/ping", "=address=192.0.2.1", fmt.Sprint("=size=", 64+i))
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/run", strings.NewReader(body))
		require.NoError(p.t, err)
		req.Header.Set("X-API-Key", key)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", accept)
		go func() {
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return
			}
			defer func() { _ = resp.Body.Close() }()
			if resp.StatusCode != http.StatusOK {
				ended <- resp.StatusCode
				return
			}
			<-ctx.Done()
		}()
	}
	return ended
}

// A key that keeps a router busy for ever stops neither the polls of those who watch
// it, also under another id, nor the commands of another key.
func TestABusyKeyDelaysNobody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		accept   string
		commands int
		refused  int // at least
	}{
		"eight commands":       {"application/json", 8, 0},
		"a full queue":         {"application/json", 300, 300 - 2 - 128},
		"streams":              {"application/x-ndjson", 8, 4},
		"many streams":         {"application/x-ndjson", 100, 96},
		"streams and commands": {"", 100, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, addr := device(t, sim.Options{PPPUsers: 3})
			file := filepath.Join(t.TempDir(), "keys")
			keyFile(t, file, map[string]string{"greedy": "role=operator routers=shared-*", "modest": "role=operator routers=branch"})
			p := start(t, map[string]string{"API_KEYS_FILE": file, "POLL_INTERVAL": "500ms", "LOG_LEVEL": "error"})
			for _, id := range []string{"shared-1", "branch"} { // one session
				require.Equal(t, http.StatusOK, p.connect(id, addr).status)
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var refused <-chan int
			if test.accept == "" {
				p.busy(ctx, test.commands, "greedy", "application/json", "shared-1")
				test.accept = "application/x-ndjson"
			}
			refused = p.busy(ctx, test.commands, "greedy", test.accept, "shared-1")
			eventually(t, "the others are refused", func() bool { return len(refused) >= test.refused })
			for range test.refused {
				require.Equal(t, http.StatusTooManyRequests, <-refused)
			}

			s := p.open("branch")
			s.snapshot()
			s.snapshot()
			status, text := p.as("modest", http.MethodPost, "/run", runBody("branch", "/system/identity/print"))
			assert.Equal(t, http.StatusOK, status, text)
			few, leave := context.WithCancel(ctx)
			defer leave()
			resp, lines := p.linesAs(few, "modest", "/run", "application/x-ndjson", runBody("branch", "/ping", "=address=192.0.2.9"))
			require.Equal(t, http.StatusOK, resp.StatusCode)
			assert.Contains(t, decodeLine(t, lines), "row")
		})
	}
}

// Commands of several keys are sent in turns: a hundred of one do not come before the
// first of another.
func TestCommandsOfManyKeysTakeTurns(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{PPPUsers: 3})
	file := filepath.Join(t.TempDir(), "keys")
	keyFile(t, file, map[string]string{"greedy": "role=operator routers=*", "modest": "role=operator routers=*"})
	p := start(t, map[string]string{"API_KEYS_FILE": file, "LOG_LEVEL": "error"})
	require.Equal(t, http.StatusOK, p.connect("r", addr).status)
	d.Inject(sim.Fault{Kind: sim.Slow, Path: "/system/identity/print", Delay: 100e6})
	done := make(chan struct{}, 100)
	var greedy sync.WaitGroup
	for i := range cap(done) {
		greedy.Go(func() {
			status, text := p.as("greedy", http.MethodPost, "/run", runBody("r", "/system/identity/print", fmt.Sprint("=.proplist=name,x", i)))
			assert.Equal(t, http.StatusOK, status, text)
			done <- struct{}{}
		})
	}
	eventually(t, "commands wait", func() bool { return len(done) > 0 })
	for range 3 {
		before := len(done)
		status, _ := p.as("modest", http.MethodPost, "/run", runBody("r", "/system/identity/print"))
		assert.Equal(t, http.StatusOK, status)
		assert.Less(t, len(done)-before, 20, "commands that were sent before it")
	}
	greedy.Wait()
}
