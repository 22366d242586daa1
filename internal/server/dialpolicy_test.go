package server_test

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// nameServer is a DNS server that answers every question for an IPv4 address with
// the addresses of the moment. The program asks it as it asks any other.
type nameServer struct {
	mu    sync.Mutex
	addrs []netip.Addr // guarded by mu
	asked int          // guarded by mu
}

// resolve has all names of the test lead to the addresses.
func resolve(t *testing.T, addrs ...string) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	n := &nameServer{}
	n.lead(addrs...)
	var wg sync.WaitGroup
	wg.Go(func() { n.serve(conn) })
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		assert.NoError(t, conn.Close())
		wg.Wait()
	})
	return n
}

func (n *nameServer) lead(addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.addrs = nil
	for _, a := range addrs {
		n.addrs = append(n.addrs, netip.MustParseAddr(a))
	}
}

func (n *nameServer) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked
}

func (n *nameServer) serve(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		size, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		_, _ = conn.WriteTo(n.answer(buf[:size]), from)
	}
}

// answer makes the answer of a question (RFC 1035): its header with the flags of
// an answer, the question as it is, and a record for each address.
func (n *nameServer) answer(query []byte) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	question := query[12 : end+5]
	msg := slices.Concat(query[:2], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question)
	if kind := int(question[len(question)-4])<<8 | int(question[len(question)-3]); kind != 1 {
		return msg // IPv6 and others: there is no such record
	}
	n.asked++
	for _, a := range n.addrs {
		msg[7]++
		msg = append(msg, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		msg = append(msg, a.AsSlice()...)
	}
	return msg
}

// A name is judged by the address that it leads to at the moment of dialing,
// also when the server dials again by itself.
func TestANameThatMovesToTheMetadataService(t *testing.T) {
	router, addr := device(t, sim.Options{})
	dns := resolve(t, "127.0.0.1")
	p := start(t, map[string]string{"ROUTER_NETWORKS": "*.isp.example"})
	_, port, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, p.connect("r", "core.isp.example:"+port).status)

	dns.lead("169.254.169.254")
	router.DropSessions()
	eventually(t, "the router is down, and why", func() bool {
		a := p.get("/routers/r")
		return strings.Contains(a.raw, "169.254.169.254") && strings.Contains(a.raw, `"code":"address_refused"`)
	})
	asked := dns.count()
	time.Sleep(time.Second) // five times the pause of RECONNECT_MIN
	assert.Equal(t, asked, dns.count(), "it is not tried again and again")

	a := p.connect("other", "core.isp.example:"+port)
	assert.Equal(t, http.StatusForbidden, a.status, a.raw)
	assert.Equal(t, "address_refused", a.body.Code)
	assert.Contains(t, a.body.Error, `169.254.169.254 of "core.isp.example"`)

	dns.lead("127.0.0.1")
	assert.Equal(t, http.StatusOK, p.connect("r", "core.isp.example:"+port).status, "a person asks, and it is tried at once")
}

// Spellings of an address that people know how to write, and others.
func TestAddressesThatAreNotDialed(t *testing.T) {
	t.Parallel()
	p := start(t, nil)
	for _, host := range []string{
		"169.254.169.254", "169.254.169.254:80", "[::ffff:169.254.169.254]:8728", "::ffff:a9fe:a9fe", "fe80::1%lo", "[fe80::1%25lo]",
		"fd00:ec2::254", "64:ff9b::a9fe:a9fe", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255",
		"2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe", "169.254.43518", "169.254.169.254.",
	} {
		a := p.connect("r", host)
		switch host[0] {
		case '2', '0', '1': // resolvers differ in what they take for an address
			assert.Contains(t, []string{"address_refused", "router_unreachable", "timeout", "invalid_request"}, a.body.Code, "%s: %s", host, a.raw)
			assert.NotContains(t, a.raw, "connection refused", host)
			if a.body.Code == "address_refused" {
				assert.Equal(t, http.StatusForbidden, a.status)
			}
		default:
			assert.Equal(t, http.StatusForbidden, a.status, "%s: %s", host, a.raw)
			assert.Equal(t, "address_refused", a.body.Code, host)
			assert.Contains(t, a.body.Error, "never dialed", host)
		}
	}
	assert.Contains(t, p.connect("r", "169.254.169.254").body.Error, "metadata")
	assert.JSONEq(t, `[]`, string(p.get("/routers").body.Data))
}

// Beyond the bound attempts wait, and go on when there is room.
func TestAttemptsToDialAreBounded(t *testing.T) {
	t.Parallel()
	mute, slow := device(t, sim.Options{})
	_, good := device(t, sim.Options{})
	mute.Inject(sim.Fault{Kind: sim.MuteAtLogin})
	p := start(t, map[string]string{"MAX_DIALS": "1", "LOGIN_TIMEOUT": "2s"})
	blocked := make(chan answer, 1)
	go func() {
		a, _ := p.do(t.Context(), http.MethodPost, "/connect", connectBody("mute", slow))
		blocked <- a
	}()
	eventually(t, "an attempt is under way", func() bool { return mute.Stats().Accepted > 0 })
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := p.do(ctx, http.MethodPost, "/connect", connectBody("good", good))
	require.ErrorIs(t, err, context.DeadlineExceeded, "it waits for its turn")
	assert.Equal(t, http.StatusOK, p.connect("good", good).status, "which comes")
	assert.Equal(t, http.StatusGatewayTimeout, (<-blocked).status)
}
