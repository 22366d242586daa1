package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/engine"
	"github.com/aprakasa/mikronec/internal/sim"
)

// npmClients installs the stream clients of testdata/npm, at their pinned
// versions, and returns the script that runs one of them.
func npmClients(t *testing.T) (node, script string) {
	t.Helper()
	dir := engine.NPM(t, filepath.Join("testdata", "npm"))
	return engine.Find(t, "node", "nodejs"), filepath.Join(dir, "clients.mjs")
}

// held is what a client has, as testdata/npm/clients.mjs prints it.
type held struct {
	Messages, Resets, Ends, Errors int
	Bad                            []string
	Rows                           map[string]string // names of users by .id
}

// npmClient is one client in a process of its own.
type npmClient struct {
	mu   sync.Mutex
	last held // guarded by mu
}

func (c *npmClient) held() held {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

func startNPMClient(t *testing.T, node, script, name, url string) *npmClient {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, node, script, name, url, testKey)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var problems strings.Builder
	cmd.Stderr = &problems
	require.NoError(t, cmd.Start())
	c := &npmClient{}
	var wg sync.WaitGroup
	wg.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var h held
			if json.Unmarshal(lines.Bytes(), &h) == nil {
				c.mu.Lock()
				c.last = h
				c.mu.Unlock()
			}
		}
	})
	t.Cleanup(func() {
		stop()
		wg.Wait()
		_ = cmd.Wait()
		assert.Empty(t, problems.String(), "what the client complained of")
	})
	return c
}

// cutter is a line to the program that can be cut.
type cutter struct {
	listener net.Listener
	to       string
	wg       sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn // guarded by mu
}

func newCutter(t *testing.T, to string) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &cutter{listener: l, to: to}
	c.wg.Go(c.serve)
	t.Cleanup(func() {
		_ = l.Close()
		c.cut()
		c.wg.Wait()
	})
	return c
}

func (c *cutter) serve() {
	for {
		client, err := c.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", c.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		c.mu.Lock()
		c.conns = append(c.conns, client, server)
		c.mu.Unlock()
		for _, pair := range [][2]net.Conn{{client, server}, {server, client}} {
			c.wg.Go(func() {
				_, err := io.Copy(pair[0], pair[1])
				if err == nil || !errors.Is(err, net.ErrClosed) {
					_ = pair[0].Close()
				}
			})
		}
	}
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// The stream clients of npm, as a frontend uses them: nothing but JSON reaches
// their callbacks, heart-beats least of all, and after a cut they hold what the
// router has without having been told to reset.
func TestStreamClientsOfNPM(t *testing.T) {
	t.Parallel()
	node, script := npmClients(t)
	for _, name := range []string{"eventsource", "eventsource-client", "fetch-event-source", "reconnecting-eventsource"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, map[string]string{"POLL_INTERVAL": "500ms", "SSE_HEARTBEAT": "1s"})
			d, addr := device(t, sim.Options{PPPUsers: 10})
			require.Equal(t, http.StatusOK, p.connect("a", addr).status)
			line := newCutter(t, strings.TrimPrefix(p.base, "http://"))
			url := "http://" + line.listener.Addr().String() + "/sse/a?topics=ppp_active&mode=delta"
			c := startNPMClient(t, node, script, name, url)
			eventually(t, "the snapshot", func() bool { return len(c.held().Rows) == 10 })
			rest := time.NewTimer(2500 * time.Millisecond) // of heart-beats alone
			<-rest.C
			line.cut()
			gone := users(t, p)[0]
			d.RemovePPP(gone)
			d.AddPPP("returned-" + name)
			eventually(t, "what happened meanwhile", func() bool {
				return slices.Equal(users(t, p), slices.Sorted(maps.Values(c.held().Rows)))
			})
			got := c.held()
			assert.NotContains(t, slices.Collect(maps.Values(got.Rows)), gone)
			assert.Empty(t, got.Bad)
			assert.Zero(t, got.Resets, "it resumed")
			assert.Zero(t, got.Ends)
			assert.Positive(t, got.Errors, "it noticed the cut")

			// While it is away, a comes to stand for another router, and later for this one again.
			_, other := device(t, sim.Options{PPPUsers: 3})
			for i, to := range []string{other, addr} {
				line.cut()
				require.Equal(t, http.StatusOK, p.connect("a", to).status)
				eventually(t, "the rows of the other router", func() bool {
					return slices.Equal(users(t, p), slices.Sorted(maps.Values(c.held().Rows)))
				})
				got = c.held()
				assert.Equal(t, i+1, got.Resets, "it was told")
				assert.Empty(t, got.Bad)
			}
		})
	}
}

// users are the names of the PPP users of the router, sorted.
func users(t *testing.T, p *program) []string {
	t.Helper()
	var rows []map[string]string
	p.run("a", "/ppp/active/print").data(t, &rows)
	var names []string
	for _, row := range rows {
		names = append(names, row["name"])
	}
	slices.Sort(names)
	return names
}
