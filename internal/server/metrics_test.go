package server_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/server"
	"github.com/aprakasa/mikronec/internal/sim"
)

// fetch is a GET without a key, but for what headers bring.
func fetch(t testing.TB, url string, headers ...string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(b)
}

// series are the values of a scrape by their names with labels.
type series map[string]float64

// metrics is what the server shows to Prometheus.
func (p *program) metrics() string {
	p.t.Helper()
	status, body := fetch(p.t, p.base+"/metrics", "Authorization", "Bearer "+testKey)
	require.Equal(p.t, http.StatusOK, status, body)
	return body
}

func (p *program) scrape() series {
	p.t.Helper()
	return parse(p.t, p.metrics())
}

func parse(t testing.TB, body string) series {
	t.Helper()
	all := series{}
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndexByte(strings.TrimSpace(line), ' ')
		v, err := strconv.ParseFloat(strings.TrimSpace(line[at+1:]), 64)
		require.NoError(t, err, line)
		all[line[:at]] = v
	}
	return all
}

func TestMetricsOfARunningServer(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{Identity: "core", PPPUsers: 9, HotspotUsers: 4})
	p := start(t, map[string]string{"POLL_INTERVAL": "500ms"})
	status, _ := fetch(t, p.base+"/metrics")
	assert.Equal(t, http.StatusUnauthorized, status)

	p.connect("r", addr)
	assert.Equal(t, 1.0, p.scrape()[`mikronec_router_up{router_id="r"}`])
	before := d.Stats().Commands
	for range 20 {
		p.scrape()
	}
	assert.Equal(t, before, d.Stats().Commands, "a scrape asks no router")
	assert.NotContains(t, p.scrape(), `mikronec_router_ppp_users{router_id="r"}`, "which nobody knows yet")

	s := p.open("r")
	s.snapshot()
	s.snapshot()
	p.run("r", "/no/such/print")
	now := p.scrape()
	for name, want := range map[string]float64{
		`mikronec_router_ppp_users{router_id="r"}`:                                                          9,
		`mikronec_router_hotspot_users{router_id="r"}`:                                                      4,
		`mikronec_streams_open`:                                                                             1,
		`mikronec_streams_opened_total`:                                                                     1,
		`mikronec_sessions{state="up"}`:                                                                     1,
		`mikronec_session_dials_total{outcome="ok"}`:                                                        1,
		`mikronec_session_logins_total{outcome="ok"}`:                                                       1,
		`mikronec_commands_total{class="foreground",outcome="refused"}`:                                     1,
		`mikronec_http_requests_total{code="2xx",method="POST",route="/connect"}`:                           1,
		`mikronec_http_requests_total{code="4xx",method="POST",route="/run"}`:                               1,
		`mikronec_http_requests_total{code="2xx",method="GET",route="/sse/{routerID}"}`:                     1,
		`mikronec_router_info{board="CCR2004-16G-2S+",identity="",router_id="r",version="7.20.4 (stable)"}`: 1,
	} {
		assert.Equal(t, want, now[name], name)
	}
	for _, name := range []string{
		`mikronec_router_uptime_seconds{router_id="r"}`, `mikronec_router_memory_total_bytes{router_id="r"}`,
		`mikronec_commands_total{class="background",outcome="ok"}`, `mikronec_polls_total{outcome="ok"}`,
		`mikronec_stream_sent_bytes_total`, `mikronec_session_received_bytes_total`, `mikronec_session_sent_bytes_total`,
		`mikronec_events_published_total`, `mikronec_events_delivered_total`, `go_goroutines`, `process_open_fds`,
		`mikronec_poll_duration_seconds_count`, `mikronec_command_duration_seconds_count{class="background"}`,
	} {
		assert.Positive(t, now[name], name)
	}
	s.close()
	eventually(t, "the end of the stream is counted", func() bool {
		now := p.scrape()
		return now["mikronec_streams_open"] == 0 && now[`mikronec_streams_closed_total{reason="left"}`] == 1
	})

	d.DropSessions()
	eventually(t, "the loss is counted", func() bool {
		now := p.scrape()
		return now["mikronec_session_losses_total"] == 1 && now["mikronec_session_reconnects_total"] == 1
	})
	assert.Equal(t, 1, strings.Count(p.log.String(), `"router is gone"`))
	assert.Equal(t, 1, strings.Count(p.log.String(), `"router is back"`))
	p.post("/disconnect", `{"router_id":"r"}`)
	for name := range p.scrape() {
		assert.NotContains(t, name, `router_id="r"`, "a router that was disconnected leaves nothing")
	}
}

func TestARouterThatNobodyWatchesIsScraped(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{Identity: "core", PPPUsers: 9})
	p := start(t, map[string]string{"METRICS_INTERVAL": "1s"})
	p.connect("r", addr)
	eventually(t, "its metrics", func() bool {
		return p.scrape()[`mikronec_router_ppp_users{router_id="r"}`] == 9
	})
	assert.Equal(t, 1.0, p.scrape()[`mikronec_router_info{board="CCR2004-16G-2S+",identity="core",router_id="r",version="7.20.4 (stable)"}`])
}

// adminBase is where the admin port of a program is.
func adminBase(t testing.TB, env map[string]string) (p *program, base string) {
	t.Helper()
	p = start(t, env)
	require.NotNil(t, p.admin)
	return p, "http://" + p.admin.String()
}

func TestTheAdminPort(t *testing.T) {
	t.Parallel()
	p, admin := adminBase(t, map[string]string{"ADMIN_ADDR": "127.0.0.1:0", "METRICS": "admin", "SWAGGER": "off"})
	for path, want := range map[string]string{
		"/metrics":                        "mikronec_build_info{",
		"/healthz":                        "alive",
		"/readyz":                         "ready",
		"/swagger/index.html":             "swagger",
		"/debug/pprof/":                   "goroutine",
		"/debug/pprof/heap?debug=1":       "heap profile",
		"/debug/pprof/goroutine?debug=1":  "goroutine profile",
		"/debug/pprof/profile?seconds=1":  "",
		"/debug/pprof/trace?seconds=0.01": "go 1.",
	} {
		status, body := fetch(t, admin+path)
		assert.Equal(t, http.StatusOK, status, path)
		assert.True(t, strings.Contains(body, want), path)
	}
	status, _ := fetch(t, p.base+"/metrics", "X-API-Key", testKey)
	assert.Equal(t, http.StatusNotFound, status, "not on the public port")
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/vars"} {
		status, _ := fetch(t, p.base+path, "X-API-Key", testKey)
		assert.Equal(t, http.StatusNotFound, status, path)
	}
	for _, path := range []string{"/routers", "/run", "/sse?router=*", "/connect", "/"} {
		status, _ := fetch(t, admin+path, "X-API-Key", testKey)
		assert.Equal(t, http.StatusNotFound, status, "%s: the API is on the public port", path)
	}
	assert.NotContains(t, p.log.String(), "needs no key")
}

func TestMetricsCanBeOff(t *testing.T) {
	p, admin := adminBase(t, map[string]string{"ADMIN_ADDR": "127.0.0.1:0", "METRICS": "off"})
	for _, base := range []string{p.base, admin} {
		status, _ := fetch(t, base+"/metrics", "X-API-Key", testKey)
		assert.Equal(t, http.StatusNotFound, status)
	}
}

func TestAnAdminPortThatIsOpenToOthersIsWorthAWarning(t *testing.T) {
	p := start(t, map[string]string{"ADMIN_ADDR": ":0"})
	assert.Contains(t, p.log.String(), "admin port is open to other machines")
}

func TestAnAdminPortThatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	settings := map[string]string{"MY_API_KEY": testKey, "PORT": "0", "LISTEN_HOST": "127.0.0.1", "ADMIN_ADDR": taken.Addr().String()}
	cfg, err := config.Load(func(name string) (string, bool) { v, ok := settings[name]; return v, ok })
	require.NoError(t, err)
	_, err = server.Start(cfg, "v0.0.0-test", slog.New(slog.DiscardHandler))
	assert.ErrorContains(t, err, "ADMIN_ADDR")
}

// Health is the process's alone: routers that answer nothing, commands that hang
// and viewers that take nothing do not hold it up.
func TestHealthIsNotHeldUp(t *testing.T) {
	d, addr := device(t, sim.Options{PPPUsers: 200})
	p, admin := adminBase(t, map[string]string{"ADMIN_ADDR": "127.0.0.1:0", "POLL_INTERVAL": "500ms"})
	p.connect("r", addr)
	d.Inject(sim.Fault{Kind: sim.Deaf})
	for range 50 { // viewers that never read
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		_, err = io.WriteString(conn, "GET /sse/r HTTP/1.1\r\nHost: x\r\nX-API-Key: "+testKey+"\r\n\r\n")
		require.NoError(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 20 { // commands that hang
		go func() { _, _ = p.do(ctx, http.MethodPost, "/run", runBody("r", "/system/resource/print")) }()
	}
	for range 50 {
		for _, base := range []string{p.base, admin} {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // far more than it takes, far less than the router's silence
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/healthz", nil)
			require.NoError(t, err)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			assert.Equal(t, http.StatusOK, resp.StatusCode)
			_ = resp.Body.Close()
			cancel()
		}
	}
}

// While the server drains it lives, is not ready, and can still be watched on
// the admin port.
func TestHealthWhileDraining(t *testing.T) {
	t.Parallel()
	settings := map[string]string{
		"MY_API_KEY": testKey, "PORT": "0", "LISTEN_HOST": "127.0.0.1", "ADMIN_ADDR": "127.0.0.1:0", "SHUTDOWN_TIMEOUT": "20s",
	}
	cfg, err := config.Load(func(name string) (string, bool) { v, ok := settings[name]; return v, ok })
	require.NoError(t, err)
	s, err := server.Start(cfg, "v0.0.0-test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	admin := "http://" + s.AdminAddr().String()
	status, _ := fetch(t, admin+"/readyz")
	assert.Equal(t, http.StatusOK, status)

	d, addr := device(t, sim.Options{Latency: 3 * time.Second}) // a command that keeps the server from ending at once
	p := &program{t: t, base: "http://" + s.Addr().String()}
	p.connect("r", addr)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Wait(ctx) }()
	asked := d.Stats().Commands["/ip/address/print"]
	answered := make(chan answer, 1)
	go func() {
		a, _ := p.do(t.Context(), http.MethodPost, "/run", runBody("r", "/ip/address/print"))
		answered <- a
	}()
	eventually(t, "the command is at the router", func() bool { return d.Stats().Commands["/ip/address/print"] > asked })
	stop()
	eventually(t, "it is not ready", func() bool {
		status, body := fetch(t, admin+"/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "shutting_down")
	})
	status, _ = fetch(t, admin+"/healthz")
	assert.Equal(t, http.StatusOK, status)
	status, body := fetch(t, admin+"/metrics")
	assert.Equal(t, http.StatusOK, status)
	assert.Regexp(t, regexp.MustCompile(`(?m)^mikronec_sessions\{state="up"\} 1$`), body)
	assert.Equal(t, http.StatusOK, (<-answered).status)
	assert.NoError(t, <-ended)
}
