package server_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// listenForAnything counts the connections to a port on which no router listens.
func listenForAnything(t *testing.T) (addr string, connections *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	connections = &atomic.Int64{}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-ended })
	return listener.Addr().String(), connections
}

// What listens at an address may take a line of its own for a command: nothing with a
// line break in it is sent there.
func TestLineBreaksAreSentToNobody(t *testing.T) {
	t.Parallel()
	addr, connections := listenForAnything(t)
	p := start(t, nil)
	for _, text := range []string{
		"x\r\nSET a b\r\nx", "x\nFLUSHALL\n", "\rx", "x\n", "\x00", "a\tb", "\x1b[2J", "\x7f", "a\u0085b", "a\u2028b", "a\u2029b", strings.Repeat("p", 257),
	} {
		quoted, err := json.Marshal(text)
		require.NoError(t, err)
		for field, body := range map[string]string{
			"user":            `{"router_id":"a","host":"` + addr + `","user":%s,"pass":"p"}`,
			"pass":            `{"router_id":"a","host":"` + addr + `","user":"u","pass":%s}`,
			"tls.server_name": `{"router_id":"a","host":"` + addr + `","user":"u","pass":"p","tls":{"mode":"verify","server_name":%s}}`,
		} {
			a := p.post("/connect", fmt.Sprintf(body, quoted))
			assert.Equal(t, http.StatusBadRequest, a.status, "%s %q: %s", field, text, a.raw)
			assert.True(t, strings.HasPrefix(a.body.Error, field+" "), a.body.Error)
		}
		for _, host := range []string{addr + text, text + addr} {
			quoted, err := json.Marshal(host)
			require.NoError(t, err)
			a := p.post("/connect", fmt.Sprintf(`{"router_id":"a","host":%s,"user":"u","pass":"p"}`, quoted))
			assert.Equal(t, "invalid_request", a.body.Code, "%q: %s", host, a.raw)
		}
	}
	assert.Zero(t, connections.Load())
}

// The program does not connect to its own ports, however their address is written.
func TestOwnPortsAreNotDialed(t *testing.T) {
	dns := resolve(t, "127.0.0.1")
	p := start(t, map[string]string{"ADMIN_ADDR": "127.0.0.1:0", "ROUTER_NETWORKS": "0.0.0.0/0,::/0,*.isp.example"})
	hosts := []string{"127.0.0.1", "127.0.0.2", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]", "core.isp.example", "core.isp.example.", "0.0.0.0", "[::]"}
	addrs, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range addrs {
		if ip, _ := netip.AddrFromSlice(a.(*net.IPNet).IP); ip.Is4() {
			hosts = append(hosts, ip.String(), "[::ffff:"+ip.String()+"]")
		}
	}
	for _, own := range []string{strings.TrimPrefix(p.base, "http://"), p.admin.String()} {
		_, port, err := net.SplitHostPort(own)
		require.NoError(t, err)
		for _, host := range hosts {
			for _, tls := range []string{"", `,"tls":{"mode":"insecure"}`} {
				a := p.post("/connect", fmt.Sprintf(`{"router_id":"a","host":"%s:%s","user":"u","pass":"p"%s}`, host, port, tls))
				assert.Equal(t, "address_refused", a.body.Code, "%s: %s", host, a.raw)
				assert.Contains(t, a.body.Error, "never dialed", host)
			}
		}
	}
	_, addr := device(t, sim.Options{})
	_, port, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, p.connect("a", "core.isp.example:"+port).status, "other ports of this machine are")
	assert.Positive(t, dns.count())
}

// What a router says instead of an answer is short and harmless wherever it is shown:
// in errors, status events, the list of routers and the log.
func TestTextOfStrangersIsBounded(t *testing.T) {
	t.Parallel()
	text := "\x1b]0;owned\a\u009b31m\u202e" + strings.Repeat("bad ", 250_000)
	harmless := func(what, got string) {
		t.Helper()
		assert.Contains(t, got, "bad bad", what)
		assert.Less(t, len(got), 900, what)
		for _, c := range []string{"\x1b", "\a", "\u009b", "\u202e", `\u001b`, `\x1b`, `\u0007`} {
			assert.NotContains(t, got, c, what)
		}
	}
	d, addr := device(t, sim.Options{})
	p := start(t, nil)
	for name, fault := range map[string]sim.Fault{
		"a refused login": {Kind: sim.Trap, Path: "/login", Text: text, Category: -1, Count: 1},
		"a closed login":  {Kind: sim.Fatal, Path: "/login", Text: text, Count: 1},
	} {
		d.Inject(fault)
		harmless(name, p.connect("a", addr).raw)
		d.Clear()
	}
	require.Equal(t, http.StatusOK, p.connect("a", addr).status)
	d.Inject(sim.Fault{Kind: sim.Trap, Path: "/ip/address/print", Text: text, Category: -1})
	a := p.run("a", "/ip/address/print")
	harmless("the error of a command", a.body.Error)
	assert.Less(t, len(a.raw), 200<<10, "the traps as they are have a bound as well")
	d.Inject(sim.Fault{Kind: sim.Fatal, Path: "/ip/route/print", Text: text, Count: 1})
	harmless("a command that ended the session", p.run("a", "/ip/route/print").raw)
	d.Inject(sim.Fault{Kind: sim.Fatal, Path: "/login", Text: text})
	d.DropSessions()
	eventually(t, "the router is down", func() bool { return strings.Contains(p.get("/routers/a").raw, "bad bad") })
	assert.Less(t, len(p.get("/routers").raw), 2000)
	status := p.open("a").until("a status event of the login", func(e event) bool { return e.Name == "status" && strings.Contains(e.Data, "bad bad") })
	harmless("a status event", status.Data)
	d.Clear()
	for line := range strings.Lines(p.log.String()) {
		assert.Less(t, len(line), 1000, "a line of the log")
		assert.NotContains(t, line, "\x1b")
		assert.NotContains(t, line, "\u009b")
	}
}
