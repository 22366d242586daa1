package server_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

func TestRouterIDsWithTheSameCredentialsShareOneSession(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{
		User: testUser, Password: testPass,
		Users: []sim.User{{Name: "second", Password: testPass, Group: "full"}},
	})
	p := start(t, nil)
	for i, id := range []string{"a", "b", "c"} {
		var got struct{ Connected, Shared, Reused bool }
		p.connect(id, addr).data(t, &got)
		assert.True(t, got.Connected)
		assert.Equal(t, i > 0, got.Shared, id)
		assert.Equal(t, i > 0, got.Reused, id)
	}
	assert.Equal(t, 1, d.Stats().Connections, "three ids, one TCP session")
	assert.Equal(t, 1, d.Stats().Logins)

	p.connectAs("d", addr, "second", testPass)
	assert.Equal(t, 2, d.Stats().Connections, "another user, another session")

	var router struct {
		SharedWith []string `json:"shared_with"`
		State      string
	}
	p.get("/routers/a").data(t, &router)
	assert.Equal(t, []string{"b", "c"}, router.SharedWith)
	assert.Equal(t, "up", router.State)

	for _, id := range []string{"a", "b", "c"} {
		var got struct {
			Disconnected bool
			RouterClosed bool `json:"router_closed"`
		}
		p.post("/disconnect", `{"router_id":"`+id+`"}`).data(t, &got)
		assert.True(t, got.Disconnected)
		assert.Equal(t, id == "c", got.RouterClosed, id)
		if id != "c" {
			assert.Equal(t, 2, d.Stats().Connections, "others still use the session")
		}
	}
	asked := time.Now()
	eventually(t, "the session closes at the router", func() bool { return d.Stats().Connections == 1 })
	t.Logf("closed %v after the last release", time.Since(asked))
	require.Less(t, time.Since(asked), time.Second, "the contract: within 1 s")
	assert.Equal(t, http.StatusNotFound, p.get("/routers/a").status)
}

func TestCommandsDoNotWaitForALongOne(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{})
	p := start(t, nil)
	p.connect("r", addr)

	ctx, hangUp := context.WithCancel(t.Context())
	pinged := make(chan answer, 1)
	go func() {
		a, _ := p.do(ctx, http.MethodPost, "/run", runBody("r", "/ping", "=address=192.0.2.1"))
		pinged <- a
	}()
	eventually(t, "the ping runs", func() bool { return d.Stats().Commands["/ping"] == 1 })

	var mu sync.Mutex
	var took []time.Duration
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			for n := range 10 { // each a command of its own: equal ones would be shared
				began := time.Now()
				a, err := p.do(t.Context(), http.MethodPost, "/run", runBody("r", "/ip/address/print", fmt.Sprintf("?interface=none-%d-%d", i, n)))
				assert.NoError(t, err)
				assert.Equal(t, http.StatusOK, a.status, a.raw)
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	select {
	case a := <-pinged:
		t.Fatalf("the ping was over first: %s", a.raw)
	default:
	}
	slices.Sort(took)
	t.Logf("100 commands next to a ping: p50 %v, p99 %v", took[49], took[98])
	assert.Equal(t, 1, d.Stats().Accepted, "one connection for all")
	assert.Equal(t, 100, d.Stats().Commands["/ip/address/print"])
	hangUp()
	<-pinged
}

func TestHangingUpCancelsTheCommandAtTheRouter(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{})
	p := start(t, nil)
	p.connect("r", addr)

	ctx, hangUp := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := p.do(ctx, http.MethodPost, "/run", runBody("r", "/ping", "=address=192.0.2.1"))
		gone <- err
	}()
	eventually(t, "the endless ping runs", func() bool { return d.Stats().Commands["/ping"] == 1 })
	hangUp()
	require.ErrorIs(t, <-gone, context.Canceled)
	eventually(t, "/cancel reaches the router", func() bool { return d.Stats().Cancels == 1 })

	var rows []map[string]string
	p.run("r", "/system/identity/print").data(t, &rows)
	assert.Len(t, rows, 1, "the session goes on working")
	assert.Equal(t, 1, d.Stats().Accepted)
}

func TestRunTimeoutCancelsTheCommand(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"RUN_TIMEOUT": "300ms"})
	p.connect("r", addr)
	a := p.run("r", "/ping", "=address=192.0.2.1")
	assert.Equal(t, http.StatusGatewayTimeout, a.status, a.raw)
	assert.Equal(t, "timeout", a.body.Code)
	eventually(t, "/cancel reaches the router", func() bool { return d.Stats().Cancels == 1 })
}

func TestViewersShareThePoll(t *testing.T) {
	d, addr := device(t, sim.Options{PPPUsers: 20})
	p := start(t, map[string]string{"POLL_INTERVAL": "500ms", "POLL_LINGER": "100ms"})
	p.connect("r", addr)
	assert.Zero(t, d.Stats().Commands["/ppp/active/print"], "nobody watches")

	viewers := make([]*stream, 100)
	var wg sync.WaitGroup
	for i := range viewers {
		viewers[i] = p.open("r")
	}
	for _, v := range viewers {
		wg.Go(func() {
			for range 3 {
				v.snapshot()
			}
		})
	}
	wg.Wait()
	var router struct {
		Viewers  int
		LastPoll struct{ Polls int } `json:"last_poll"`
	}
	p.get("/routers/r").data(t, &router)
	assert.Equal(t, 100, router.Viewers)
	polls, commands := router.LastPoll.Polls, d.Stats().Commands
	assert.InDelta(t, polls, commands["/system/resource/print"], 1, "asked once a poll, not once a viewer")
	for _, menu := range []string{"/ip/hotspot/active", "/ppp/active"} {
		assert.Equal(t, 1, commands[menu+"/listen"], "%s is followed", menu)
		assert.LessOrEqual(t, commands[menu+"/print"], 3)
	}

	for _, v := range viewers {
		v.close()
	}
	eventually(t, "the poller pauses", func() bool {
		var r struct{ Polling bool }
		p.get("/routers/r").data(t, &r)
		return !r.Polling
	})
	before := d.Stats().Commands["/ppp/active/print"]
	time.Sleep(1200 * time.Millisecond) // two intervals in which nothing may happen
	assert.Equal(t, before, d.Stats().Commands["/ppp/active/print"], "no poll after the last viewer")
}

func TestDroppedConnectionsLeaveStreamsOpen(t *testing.T) {
	const drops = 10
	d, addr := device(t, sim.Options{PPPUsers: 5})
	p := start(t, map[string]string{"POLL_INTERVAL": "500ms", "RECONNECT_MIN": "50ms"})
	p.connect("r", addr)
	viewer := p.open("r")
	viewer.snapshot()
	descriptors, goroutines := resources(t)

	for i := range drops {
		d.DropSessions()
		// A status is a state: "down" is left out where the router is back before
		// the viewer was written to.
		viewer.status("up")
		require.NotEmpty(t, viewer.snapshot()["ppp_active"], "data resume after drop %d", i+1)
		viewer.snapshot() // a tick later: the wait grows only where sessions do not live
	}
	logins := d.Stats().Logins
	t.Logf("%d drops, %d logins", drops, logins)
	assert.LessOrEqual(t, logins, 1+2*drops)

	eventually(t, "descriptors and goroutines return to the start", func() bool {
		fds, routines := resources(t)
		return fds <= descriptors+1 && routines <= goroutines+2
	})
}

func TestReplacingCredentialsKeepsViewers(t *testing.T) {
	t.Parallel()
	first, addr1 := device(t, sim.Options{Identity: "first", PPPUsers: 1})
	_, addr2 := device(t, sim.Options{Identity: "second", PPPUsers: 3})
	p := start(t, map[string]string{"POLL_INTERVAL": "500ms"})
	p.connect("r", addr1)
	viewer := p.open("r")
	require.Len(t, viewer.snapshot()["ppp_active"], 1)

	a := p.connectAs("r", addr2, testUser, "wrong")
	require.Equal(t, http.StatusUnprocessableEntity, a.status, "a failed move changes nothing")
	require.Len(t, viewer.snapshot()["ppp_active"], 1)

	p.connect("r", addr2)
	viewer.until("the other router's users", func(e event) bool {
		users, _ := e.decode(t)["ppp_active"].([]any)
		return len(users) == 3
	})
	eventually(t, "the old session is released", func() bool { return first.Stats().Connections == 0 })
}

func TestDisconnectEndsStreams(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{})
	p := start(t, nil)
	p.connect("r", addr)
	viewer := p.open("r")
	viewer.snapshot()
	p.post("/disconnect", `{"router_id":"r"}`)
	viewer.status("disconnected")
	last := viewer.until("the end", func(e event) bool { return e.Name == "end" })
	assert.Equal(t, "disconnected", last.decode(t)["reason"])
	_, err := viewer.next()
	require.Error(t, err, "the stream ends")
	assert.Equal(t, http.StatusNotFound, p.get("/sse/r").status)
}

func TestHostForms(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{})
	p := start(t, nil)
	_, port, _ := splitHostPort(addr)
	for i, host := range []string{"127.0.0.1:" + port, "localhost:" + port} {
		var got struct{ Connected bool }
		p.connect(fmt.Sprint("r", i), host).data(t, &got)
		assert.True(t, got.Connected, host)
	}
	assert.Equal(t, 2, d.Stats().Connections)
	assert.Equal(t, http.StatusBadRequest, p.connect("r", "http://127.0.0.1").status)
}

// Browsers open connections to spare; they must not hold up a stop.
func TestAnUnusedConnectionDoesNotHoldUpTheStop(t *testing.T) {
	t.Parallel()
	var spare net.Conn
	t.Cleanup(func() { _ = spare.Close() }) // after the program has stopped, cleanly
	p := start(t, nil)
	var err error
	spare, err = net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, p.get("/healthz").status)
}
