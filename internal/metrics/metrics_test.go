package metrics_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/metrics"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sse"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// source is what a test says it is.
type source struct {
	routers  []manager.Router
	sessions pool.Summary
	events   hub.Counts
}

func (s source) List() []manager.Router { return s.routers }
func (s source) Sessions() pool.Summary { return s.sessions }
func (s source) Events() hub.Counts     { return s.events }

// known is a device of which a test says what is known.
type known struct {
	manager.Device
	state pool.State
	facts poller.Facts
}

func (k known) Status() device.Status { return device.Status{Link: pool.Status{State: k.state}} }
func (k known) Facts() poller.Facts   { return k.facts }

func router(id string) manager.Router {
	return manager.Router{Here: true, ID: id, Device: known{state: pool.Up, facts: poller.Facts{
		Hotspot: new(7), PPP: new(500), Identity: "core " + id,
		Hardware: &poller.Hardware{
			Version: "7.20.4 (stable)", Board: "CCR2004", Uptime: 90 * time.Second, CPULoad: new(uint64(26)),
			FreeMemory: new(uint64(100)), TotalMemory: new(uint64(200)), FreeDisk: new(uint64(300)), TotalDisk: new(uint64(400)),
		},
	}}}
}

func newMetrics(s source) *metrics.Metrics {
	m := metrics.New("v1.2.3", slog.New(slog.DiscardHandler))
	m.Read(s)
	return m
}

func scrape(t testing.TB, m *metrics.Metrics, visible func(string) bool) string {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	m.Handler(visible).ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	return w.Body.String()
}

// own are the lines of mikronec's metrics, without those that depend on the
// machine.
func own(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.Contains(line, "mikronec_") && !strings.Contains(line, "build_info{") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// Everything that is counted, where it shows, and under which name.
func TestMetricsGolden(t *testing.T) {
	m := newMetrics(source{
		routers: []manager.Router{
			router("a"),
			{Here: true, ID: "b", Device: known{state: pool.Up, facts: poller.Facts{PPP: new(0), Hardware: &poller.Hardware{Version: "6.49.10"}}}},
			{Here: true, ID: `c "quoted" \ ü`, Device: known{state: pool.Down}},
		},
		sessions: pool.Summary{States: map[pool.State]int{pool.Up: 2, pool.Down: 1}, MaxBackoff: 1500 * time.Millisecond, Reconnects: 3, Losses: 4},
		events:   hub.Counts{Published: 10, Delivered: 100, Conflated: 5, Dropped: [hub.Reasons]uint64{1, 2, 3}},
	})
	m.Request(http.MethodGet, "/routers/{id}", 200, 20*time.Millisecond, false)
	m.Request("BREW", "", 404, time.Millisecond, false)
	m.Request(http.MethodGet, "/sse", 200, time.Hour, true)
	m.StreamOpened()
	m.StreamOpened()
	m.StreamWrote(1000)
	m.StreamEnded(sse.Slow, time.Second)
	m.Dialed(nil)
	m.Dialed(&routeros.LinkError{Step: "dial", Err: errors.New("refused")})
	m.Dialed(&routeros.LoginError{User: "api", Reason: "no"})
	m.Dialed(&routeros.LinkError{Step: "login", Err: routeros.ErrTimeout})
	m.Command(routeros.Foreground, routeros.Finished, time.Second, 40*time.Millisecond)
	m.Command(routeros.Foreground, routeros.Busy, 0, 0)
	m.Command(routeros.Streaming, routeros.Cancelled, 0, time.Hour)
	m.Command(routeros.Probe, routeros.Lost, 0, time.Second)
	m.Received(4096)
	m.Sent(64)
	m.Polled(30*time.Millisecond, 2*time.Millisecond, false)
	m.Polled(8*time.Second, 0, true)
	m.Skipped(3)

	text := scrape(t, m, nil)
	assert.Contains(t, text, `mikronec_build_info{go_version="go1.`)
	assert.Contains(t, text, `version="v1.2.3"} 1`)
	assert.Contains(t, text, "\ngo_goroutines ")
	assert.Contains(t, text, "\nprocess_resident_memory_bytes ")
	const file = "testdata/metrics.txt"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(own(text)), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), own(text))
}

// The names follow Prometheus's conventions, by its own checks.
func TestNames(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(scrape(t, newMetrics(source{routers: []manager.Router{router("a")}}), nil))).Lint()
	require.NoError(t, err)
	assert.Empty(t, problems)
}

func TestAKeySeesItsRoutersOnly(t *testing.T) {
	m := newMetrics(source{routers: []manager.Router{router("mine"), router("theirs")}})
	text := scrape(t, m, func(id string) bool { return id == "mine" })
	assert.Contains(t, text, `mikronec_router_up{router_id="mine"} 1`)
	assert.NotContains(t, text, "theirs")
	assert.NotContains(t, own(scrape(t, m, func(string) bool { return false })), "router_id")
}

// What clients and routers choose makes no new series.
func TestLabelsAreBounded(t *testing.T) {
	m := newMetrics(source{})
	for i := range 1000 {
		m.Request(fmt.Sprintf("M%d", i), "", 400+i%100, time.Millisecond, false)
		m.Dialed(fmt.Errorf("something new %d", i))
	}
	text := scrape(t, m, nil)
	assert.Equal(t, 1, strings.Count(text, "\nmikronec_http_requests_total{"))
	assert.NotContains(t, text, "something new")
}

func BenchmarkScrape(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("routers=%d", n), func(b *testing.B) {
			var s source
			for i := range n {
				s.routers = append(s.routers, router(fmt.Sprintf("router-%04d", i)))
			}
			m := newMetrics(s)
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/metrics", nil)
			for b.Loop() {
				m.Handler(nil).ServeHTTP(&discard{header: http.Header{}}, r)
			}
		})
	}
}

// discard is an answer that nobody reads.
type discard struct {
	header http.Header
}

func (d *discard) Header() http.Header       { return d.header }
func (*discard) Write(b []byte) (int, error) { return io.Discard.Write(b) }
func (*discard) WriteHeader(int)             {}

func BenchmarkCount(b *testing.B) {
	m := newMetrics(source{})
	for name, count := range map[string]func(){
		"command": func() { m.Command(routeros.Background, routeros.Finished, 0, time.Millisecond) },
		"request": func() { m.Request(http.MethodGet, "/routers", 200, time.Millisecond, false) },
		"write":   func() { m.StreamWrote(700) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				count()
			}
		})
	}
}
