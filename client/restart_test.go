package client_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/client"
	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/engine"
	"github.com/aprakasa/mikronec/internal/server"
	"github.com/aprakasa/mikronec/internal/sim"
)

const testKey = "test-key-0123456789"

// program is the real program, which can be stopped and started again at its address.
type program struct {
	t        *testing.T
	settings map[string]string
	base     string
	stop     func() // nil while it is stopped
}

// startProgram starts the program with a register that outlives it.
func startProgram(t *testing.T) *program {
	t.Helper()
	p := &program{t: t, settings: map[string]string{
		"MY_API_KEY": testKey, "LISTEN_HOST": "127.0.0.1", "PORT": "0", "DATA_DIR": t.TempDir(), "POLL_INTERVAL": "500ms",
		"RECONNECT_MIN": "100ms", "SHUTDOWN_TIMEOUT": "2s", "SSE_HEARTBEAT": "1s",
	}}
	p.start()
	t.Cleanup(func() {
		if p.stop != nil {
			p.stop()
		}
	})
	return p
}

func (p *program) start() {
	p.t.Helper()
	cfg, err := config.Load(func(name string) (string, bool) { v, ok := p.settings[name]; return v, ok })
	require.NoError(p.t, err)
	s, err := server.Start(cfg, "v0.0.0-test", slog.New(slog.DiscardHandler))
	require.NoError(p.t, err)
	p.base = s.URL()
	_, p.settings["PORT"], err = net.SplitHostPort(strings.TrimPrefix(p.base, "http://"))
	require.NoError(p.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Wait(ctx) }()
	p.stop = func() {
		cancel()
		assert.NoError(p.t, <-ended)
		p.stop = nil
	}
}

// simulated runs a simulated router.
func simulated(t *testing.T, o sim.Options) (*sim.Device, client.Settings) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	o.User, o.Password, o.Personality = "api", "s3cret-pass-word", sim.CCR2004()
	d := sim.New(o)
	served := make(chan error, 1)
	go func() { served <- d.Serve(listener) }()
	t.Cleanup(func() {
		d.Close()
		assert.NoError(t, <-served)
	})
	return d, client.Settings{Host: listener.Addr().String(), User: o.User, Pass: o.Password}
}

// held is what a client has: the names of the users of router a, how many resets it was
// told of, and how often it was live again.
type held struct {
	Users         []string
	Resets, Again int
}

// goClient watches with the client for Go.
func goClient(t *testing.T, base string) func() held {
	t.Helper()
	c, err := client.New(base, client.Options{Key: testKey})
	require.NoError(t, err)
	w := c.Watch(client.Query{Routers: []string{"*"}, Topics: []string{"ppp_active", "hotspot_active"}, Delta: true}, client.WatchOptions{Backoff: 50 * time.Millisecond, MaxBackoff: 200 * time.Millisecond})
	var mu sync.Mutex
	var now held
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for event, err := range w.Events(ctx) {
			mu.Lock()
			switch e := event.(type) {
			case *client.Reset:
				if e.RouterID == "a" && e.Topic == "ppp_active" {
					now.Resets++
				}
			case *client.State:
				if e.Resumed {
					now.Again++
				}
			}
			now.Users = strings.FieldsFunc(names(w), func(r rune) bool { return r == ',' })
			mu.Unlock()
			if err != nil {
				assert.ErrorIs(t, err, context.Canceled)
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	return func() held {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
}

// nodeClient watches with the TypeScript client in Node.
func nodeClient(t *testing.T, base string) func() held {
	t.Helper()
	node := engine.Find(t, "node", "nodejs")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, node, "typescript/test/watcher.mjs", base, testKey)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var problems strings.Builder
	cmd.Stderr = &problems
	require.NoError(t, cmd.Start())
	var mu sync.Mutex
	var now held
	var wg sync.WaitGroup
	wg.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var next held // of its own: the slice of the last one is compared
			assert.NoError(t, json.Unmarshal(lines.Bytes(), &next))
			mu.Lock()
			now = next
			mu.Unlock()
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		_ = cmd.Wait()
		assert.Empty(t, problems.String())
	})
	return func() held {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
}

// The clients hold what the router has, through restarts of the server, and are told of
// each gap; where a connection was cut alone, nothing is missing and nothing is told.
func TestWatchesSurviveRestarts(t *testing.T) {
	p := startProgram(t)
	d, settings := simulated(t, sim.Options{PPPUsers: 10})
	c, err := client.New(p.base, client.Options{Key: testKey})
	require.NoError(t, err)
	_, err = c.Connect(t.Context(), "a", settings)
	require.NoError(t, err)
	between := newLine(t, strings.TrimPrefix(p.base, "http://"))
	clients := map[string]func() held{"go": goClient(t, between.base), "node": nodeClient(t, between.base)}
	equal := func(what string) {
		t.Helper()
		for name, has := range clients {
			require.Eventually(t, func() bool {
				users := online(t, c)
				return len(users) > 0 && slices.Equal(users, has().Users)
			}, time.Minute, 50*time.Millisecond, "%s: %s", name, what)
		}
	}
	equal("at first")
	for i := range 3 {
		d.AddPPP("seen-" + strconv.Itoa(i))
		equal("a change")
		p.stop()
		d.AddPPP(fmt.Sprint("meanwhile-", i))
		d.RemovePPP("seen-" + strconv.Itoa(i))
		p.start()
		equal("after a restart")
		for name, has := range clients {
			require.Eventually(t, func() bool { return has().Resets == i+1 }, time.Minute, 50*time.Millisecond, "%s was told", name)
			assert.Equal(t, i+1, has().Again, name)
		}
	}
	for i := range 3 {
		between.cut()
		d.AddPPP(fmt.Sprint("cut-", i))
		equal("after a cut")
	}
	for name, has := range clients {
		assert.Equal(t, 3, has().Resets, "%s: a cut is no gap", name)
		assert.Equal(t, 6, has().Again, name)
	}
}

// online are the names of the PPP users of the router, sorted.
func online(t *testing.T, c *client.Client) (names []string) {
	t.Helper()
	reply, err := c.Run(t.Context(), "a", []string{"/ppp/active/print", "=.proplist=name"}, client.RunOptions{})
	if client.CodeOf(err) == client.CodeRouterUnreachable {
		return nil // after a restart
	}
	require.NoError(t, err)
	for _, row := range reply.Rows {
		names = append(names, row["name"])
	}
	slices.Sort(names)
	return names
}

// line is a way to the server whose connections can be cut.
type line struct {
	base string

	mu    sync.Mutex
	conns []net.Conn // guarded by mu
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &line{base: "http://" + listener.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { l.pass(near, to) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		l.cut()
		wg.Wait()
	})
	return l
}

func (l *line) pass(near net.Conn, to string) {
	defer func() { _ = near.Close() }()
	far, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	l.mu.Lock()
	l.conns = append(l.conns, near, far)
	l.mu.Unlock()
	var wg sync.WaitGroup
	for _, pair := range [][2]net.Conn{{near, far}, {far, near}} {
		wg.Go(func() {
			_, _ = bufio.NewReader(pair[0]).WriteTo(pair[1])
			_ = pair[0].Close()
			_ = pair[1].Close()
		})
	}
	wg.Wait()
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range l.conns {
		_ = conn.Close()
	}
	l.conns = nil
}

// Every endpoint works with the real program.
func TestTheRealProgram(t *testing.T) {
	p := startProgram(t)
	_, settings := simulated(t, sim.Options{PPPUsers: 3, Identity: "gw"})
	c, err := client.New(p.base, client.Options{Key: testKey})
	require.NoError(t, err)
	ctx := t.Context()
	require.NoError(t, c.Health(ctx))
	require.NoError(t, c.Ready(ctx))
	connected, err := c.PutRouter(ctx, "a", settings)
	require.NoError(t, err)
	assert.True(t, connected.Connected)
	_, err = c.ChangeRouter(ctx, "a", client.Changes{Comment: new("first floor")})
	require.NoError(t, err)
	routers, err := c.Routers(ctx)
	require.NoError(t, err)
	require.Len(t, routers, 1)
	assert.Equal(t, "first floor", routers[0].Comment)
	router, err := c.Router(ctx, "a")
	require.NoError(t, err)
	assert.Equal(t, "up", router.State)
	file, err := c.RoutersFile(ctx)
	require.NoError(t, err)
	assert.Contains(t, string(file), "first floor")
	info, err := c.SystemInfo(ctx, "a")
	require.NoError(t, err)
	assert.Equal(t, "gw", info.Text("identity"))
	require.NoError(t, c.RetryRouter(ctx, "a"))
	users, err := c.Users(ctx, "a", client.UsersQuery{Limit: 2, Sort: "name"})
	require.NoError(t, err)
	assert.Equal(t, 3, users.Total)
	require.Len(t, users.Users, 2)
	done, err := c.DisconnectUser(ctx, "a", users.Users[0].User)
	require.NoError(t, err)
	assert.True(t, done.Disconnected)
	added, err := c.REST("a").Add(ctx, "ip/address", client.Values{"address": "192.0.2.1/24", "interface": "ether1"})
	require.NoError(t, err)
	require.NoError(t, c.REST("a").Remove(ctx, "ip/address/"+added[".id"]))
	_, err = c.REST("a").Get(ctx, "ip/address/"+added[".id"])
	assert.Equal(t, "not_found", client.CodeOf(err))
	rows := 0
	for _, err := range c.Rows(ctx, "a", []string{"/ping", "=address=192.0.2.9", "=count=2"}, client.RunOptions{}) {
		require.NoError(t, err)
		rows++
	}
	assert.Equal(t, 2, rows)
	for line, err := range c.Batch(ctx, nil, []string{"/system/identity/print"}, client.BatchOptions{}) {
		require.NoError(t, err)
		require.NoError(t, line.Err)
		assert.Equal(t, []client.TextRow{{"name": "gw"}}, line.Reply.Rows)
	}
	_, err = c.Run(ctx, "a", []string{"/no/such/print"}, client.RunOptions{Timeout: time.Second})
	assert.Equal(t, client.CodeRouterRefused, client.CodeOf(err))
	who, err := c.Whoami(ctx)
	require.NoError(t, err)
	assert.Equal(t, "admin", who.Role)
	metrics, err := c.Metrics(ctx)
	require.NoError(t, err)
	assert.Contains(t, string(metrics), "mikronec_")
	document, err := c.OpenAPI(ctx)
	require.NoError(t, err)
	assert.Contains(t, string(document), `"3.1.0"`)
	ticket, err := c.Ticket(ctx, client.TicketRequest{Routers: []string{"a"}, TTL: time.Minute})
	require.NoError(t, err)
	page, err := client.New(p.base, client.Options{Ticket: func(context.Context) (string, error) { return ticket.Ticket, nil }})
	require.NoError(t, err)
	for event, err := range page.Watch(client.Query{Routers: []string{"a"}}, client.WatchOptions{}).Events(ctx) {
		require.NoError(t, err)
		if e, ok := event.(*client.Combined); ok {
			assert.Len(t, e.Hardware, 1)
			break
		}
	}
	require.NoError(t, c.RebootRouter(ctx, "a", "gw"))
	removed, err := c.DeleteRouter(ctx, "a")
	require.NoError(t, err)
	assert.True(t, removed.Disconnected)
	_, err = c.Disconnect(ctx, "a")
	assert.Equal(t, client.CodeUnknownRouter, client.CodeOf(err))
}
