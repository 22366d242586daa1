package server_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// A page elsewhere makes the browsers of an office ask for streams with wrong tickets and
// for anything with keys in the URL. That is counted and slowed down; nobody in the office
// notices.
func TestAForeignPageLocksNobodyOut(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"LOGIN_FAILURES": "4"})
	p.connect("r", addr)
	good := p.ticket(`{"routers":"all"}`)
	for _, path := range []string{"/sse?router=*&ticket=%d", "/sse/r?ticket=%d&api_key=x", "/routers?api_key=%d", "/routers?ticket=%d", "/metrics?x-api-key=%d", "/routers/r?ticket=%d"} {
		for i := range 3 {
			resp := p.browser(http.MethodGet, fmt.Sprintf(path, i))
			assert.Contains(t, []int{http.StatusUnauthorized, http.StatusTooManyRequests}, resp.StatusCode, path)
		}
	}
	for _, path := range []string{"/sse/r?ticket=1", "/routers?ticket=1", "/metrics?x-api-key=1", "/routers?api_key=1"} {
		assert.Contains(t, p.refused(http.StatusTooManyRequests, "rate_limited", http.MethodGet, path), "LOGIN_FAILURES")
	}
	status, text := p.as("new-key", http.MethodGet, "/whoami", "")
	assert.Equal(t, http.StatusUnauthorized, status, "a key that is new here is judged, not refused: "+text)
	p.watch(good.URLExample).snapshot()
	assert.Equal(t, http.StatusOK, p.get("/routers").status)
}

// Nor is a ticket in the URL a way to guess keys outside their limit.
func TestGuessesWithATicketBesideThemCount(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"LOGIN_FAILURES": "3"})
	for i := range 3 {
		status, _ := p.as(fmt.Sprint("guess-", i), http.MethodGet, "/routers?ticket=x", "")
		assert.Equal(t, http.StatusUnauthorized, status)
	}
	status, _ := p.as(testKey, http.MethodGet, "/routers?ticket=x", "")
	assert.Equal(t, http.StatusTooManyRequests, status, "a right guess looks like a wrong one")
}

// A page whose name leads to this machine is the same origin for its browser, and gets
// nothing from the admin port.
func TestTheAdminPortAnswersToItsOwnNames(t *testing.T) {
	ask := func(t *testing.T, base, host, path string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
		require.NoError(t, err)
		req.Host = host
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	for listen, own := range map[string][]string{
		"127.0.0.1:0": {"127.0.0.1"}, ":0": nil, "localhost:0": nil,
	} {
		t.Run(listen, func(t *testing.T) {
			p := start(t, map[string]string{"ADMIN_ADDR": listen})
			_, port, err := net.SplitHostPort(p.admin.String())
			require.NoError(t, err)
			admin := "http://127.0.0.1:" + port
			for _, host := range append(own, "localhost", "LOCALHOST", "localhost.", "app.localhost", "127.0.0.1", "127.0.0.2", "[::1]", "::1", "[::ffff:127.0.0.1]") {
				for _, suffix := range []string{"", ":" + port, ":1"} {
					if host == "::1" && suffix != "" {
						continue
					}
					assert.Equal(t, http.StatusOK, ask(t, admin, host+suffix, "/healthz"), host+suffix)
				}
			}
			for _, host := range []string{"evil.example", "evil.example:" + port, "127.0.0.1.evil.example", "localhost.evil.example", "notlocalhost", "203.0.113.7", "[2001:db8::1]", "2130706433", "0x7f.1"} {
				for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/cmdline", "/swagger/index.html", "/healthz", "/readyz"} {
					assert.Equal(t, http.StatusMisdirectedRequest, ask(t, admin, host, path), host+path)
				}
			}
		})
	}
	// On all addresses it answers to the one that a request was sent to.
	p := start(t, map[string]string{"ADMIN_ADDR": ":0"})
	_, port, err := net.SplitHostPort(p.admin.String())
	require.NoError(t, err)
	addrs, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range addrs {
		if ip := a.(*net.IPNet).IP; ip.To4() != nil && !ip.IsLoopback() {
			assert.Equal(t, http.StatusOK, ask(t, "http://"+net.JoinHostPort(ip.String(), port), net.JoinHostPort(ip.String(), port), "/healthz"))
		}
	}
}

// Whoever can change the file of keys has every router.
func TestAFileOfKeysForOthersIsWarnedOf(t *testing.T) {
	const warning = "API_KEYS_FILE should be for this program alone"
	for mode, want := range map[os.FileMode]string{
		0o600: "", 0o400: "", 0o640: "", 0o440: "", 0o644: "can read it", 0o604: "can read it", 0o444: "can read it",
		0o660: "its group can change it", 0o666: "everybody on this machine can change it", 0o602: "can change it", 0o777: "can change it",
	} {
		t.Run(mode.String(), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "keys")
			keyFile(t, file, map[string]string{"noc": "role=viewer routers=*"})
			require.NoError(t, os.Chmod(file, mode))
			log := start(t, map[string]string{"API_KEYS_FILE": file}).log.String()
			assert.Equal(t, want != "", strings.Contains(log, warning))
			assert.Contains(t, log, want)
		})
	}
}

// A key that is not the owner's does not learn where a name leads, nor whom the server
// asked for it.
func TestErrorsForOthersHaveNoAddresses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	keyFile(t, file, map[string]string{"tenant": "role=admin routers=*", "other": "role=admin routers=t*"})
	dns := resolve(t, "127.0.0.77")
	p := start(t, map[string]string{"API_KEYS_FILE": file})
	hidden := []string{"127.0.0.77", "127.0.0.1", "169.254", "10.255.255.53"}
	check := func(text string) {
		t.Helper()
		for _, part := range hidden {
			assert.NotContains(t, strings.ReplaceAll(text, p.base, ""), part, text)
		}
	}
	closed := "core.isp.example:1"
	for _, key := range []string{"tenant", "other"} {
		_, text := p.as(key, http.MethodPost, "/connect", guessBody("t1", closed, "p"))
		assert.Contains(t, text, "connection refused")
		check(text)
	}
	assert.Contains(t, p.connect("t1", closed).body.Error, "127.0.0.77", "the owner may know")

	dns.lead("169.254.169.254")
	_, text := p.as("tenant", http.MethodPost, "/connect", guessBody("t1", "core.isp.example", "p"))
	assert.Contains(t, text, "address_refused")
	check(text)
	dns.lead()
	_, text = p.as("tenant", http.MethodPost, "/connect", guessBody("t1", "core.isp.example", "p"))
	assert.Contains(t, text, "router_unreachable")
	check(text)

	dns.lead("127.0.0.1")
	d, addr := device(t, sim.Options{})
	_, port, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	status, text := p.as("tenant", http.MethodPost, "/connect", guessBody("t1", "core.isp.example:"+port, testPass))
	require.Equal(t, http.StatusOK, status, text)
	d.Inject(sim.Fault{Kind: sim.ResetInRow, Path: "/ip/address/print", Count: 1})
	_, text = p.as("tenant", http.MethodPost, "/run", runBody("t1", "/ip/address/print"))
	assert.Contains(t, text, "router_unreachable")
	check(text)
	d.Close()
	eventually(t, "the router is down", func() bool { return strings.Contains(p.get("/routers/t1").raw, "refused") })
	for _, ask := range []struct{ method, path, body string }{
		{http.MethodGet, "/routers", ""}, {http.MethodGet, "/routers/t1", ""}, {http.MethodGet, "/system-info?router=t1", ""},
		{http.MethodPost, "/run", runBody("t1", "/ip/address/print")},
		{http.MethodPost, "/run/batch", `{"routers":["t1"],"args":["/ip/address/print"]}`},
	} {
		_, text := p.as("tenant", ask.method, ask.path, ask.body)
		assert.Contains(t, text, "refused")
		check(text)
	}
	assert.Contains(t, p.get("/routers/t1").raw, "127.0.0.1:"+port, "the owner may know")
	check(p.open("t1").until("the status", func(e event) bool { return e.Name == "status" }).Data)
}
