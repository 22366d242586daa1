// Package metrics exports metrics for Prometheus. [Metrics] implements the
// observer interfaces of the packages that do the work; counters that those
// packages keep themselves are read during a scrape. A scrape sends nothing to a
// router.
//
// # Labels
//
// The values of all labels but router_id come from fixed lists: route patterns,
// known methods, outcomes, error codes. router_id is a label of the metrics in
// routers.go, which exist while the router is connected.
package metrics

import (
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sse"
)

// Source is read during a scrape. Its methods must not wait for a router.
type Source interface {
	List() []manager.Router
	Sessions() pool.Summary
	Events() hub.Counts
}

// Metrics has all metrics of the program. Its methods may be called from any
// goroutine.
type Metrics struct {
	registry *prometheus.Registry
	log      *slog.Logger
	source   Source // set by Read

	requests      *prometheus.CounterVec
	requestTime   *prometheus.HistogramVec
	streamsOpen   prometheus.Gauge
	streamsOpened prometheus.Counter
	streamsClosed *prometheus.CounterVec
	streamBytes   prometheus.Counter

	dials, logins *prometheus.CounterVec
	commands      [][]prometheus.Counter // by class and outcome
	queueTime     []prometheus.Observer  // by class
	commandTime   []prometheus.Observer  // by class
	received      prometheus.Counter
	sent          prometheus.Counter

	polls    map[bool]prometheus.Counter // by whether they failed
	pollTime prometheus.Histogram
	pollLag  prometheus.Histogram
	skipped  prometheus.Counter
}

// New returns metrics of this version of the program, all zero.
func New(version string, log *slog.Logger) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), log: log}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	build := m.gauges("build_info", "Always 1; labels: version of the program and of Go.", "version", "go_version")
	build.WithLabelValues(version, runtime.Version()).Set(1)
	m.newHTTP()
	m.newSessions()
	m.newPolls()
	return m
}

// Read sets the source of the metrics of routers, sessions and events. It is
// called once, before Handler.
func (m *Metrics) Read(source Source) {
	m.source = source
	m.registry.MustRegister(reading{source})
}

// Handler serves all metrics. With visible set it serves the metrics of the
// routers that visible reports true for and nothing else: metrics of the whole
// server would reveal something about the other routers.
func (m *Metrics) Handler(visible func(routerID string) bool) http.Handler {
	single := prometheus.NewRegistry()
	single.MustRegister(routers{m.source, visible})
	gatherers := prometheus.Gatherers{single}
	if visible == nil {
		gatherers = append(gatherers, m.registry)
	}
	return promhttp.HandlerFor(gatherers, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(m.log.Handler(), slog.LevelWarn),
	})
}

func (m *Metrics) newHTTP() {
	m.requests = m.counters("http_requests_total", "Requests answered, by route pattern, method and status class; a client that disconnected (499) counts as 4xx.", "route", "method", "code")
	m.requestTime = m.histograms("http_request_duration_seconds", "Time from the request to the end of the response, by route pattern, without streams.",
		[]float64{.001, .005, .025, .1, .5, 1, 2.5, 5, 10, 30, 60}, "route")
	m.streamsOpen = m.gauges("streams_open", "Open event streams.").WithLabelValues()
	m.streamsOpened = m.counters("streams_opened_total", "Event streams opened.").WithLabelValues()
	m.streamsClosed = m.counters("streams_closed_total", "Event streams ended, by reason; slow: the client did not read in time.", "reason")
	m.streamBytes = m.counters("stream_sent_bytes_total", "Bytes written to event streams.").WithLabelValues()
	for _, reason := range sse.Reasons() {
		m.streamsClosed.WithLabelValues(string(reason))
	}
}

// Request counts an HTTP request; it implements the api package's Observer.
func (m *Metrics) Request(method, route string, status int, took time.Duration, stream bool) {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodOptions:
	default:
		method = "other"
	}
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status/100)+"xx").Inc()
	if !stream {
		m.requestTime.WithLabelValues(route).Observe(took.Seconds())
	}
}

// StreamOpened counts a stream that was opened.
func (m *Metrics) StreamOpened() {
	m.streamsOpened.Inc()
	m.streamsOpen.Inc()
}

// StreamWrote counts bytes written to a stream.
func (m *Metrics) StreamWrote(bytes int) { m.streamBytes.Add(float64(bytes)) }

// StreamEnded counts a stream that ended.
func (m *Metrics) StreamEnded(reason sse.Reason, _ time.Duration) {
	m.streamsOpen.Dec()
	m.streamsClosed.WithLabelValues(string(reason)).Inc()
}

func (m *Metrics) newPolls() {
	polls := m.counters("polls_total", "Polls of routers, by outcome; failed: no menu was read.", "outcome")
	m.polls = map[bool]prometheus.Counter{false: polls.WithLabelValues("ok"), true: polls.WithLabelValues("failed")}
	m.pollTime = m.histogram("poll_duration_seconds", "Duration of a poll.", []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10})
	m.pollLag = m.histogram("poll_lag_seconds", "Delay from the scheduled time of a poll to its start, caused by a busy server or by the previous poll of a slow router.",
		[]float64{.001, .005, .025, .1, .5, 1, 2.5, 5, 10})
	m.skipped = m.counters("poll_ticks_skipped_total", "Scheduled polls skipped because the previous poll of the router was still running.").WithLabelValues()
}

// Polled counts a poll; see [poller.Observer].
func (m *Metrics) Polled(took, lag time.Duration, failed bool) {
	m.polls[failed].Inc()
	m.pollTime.Observe(took.Seconds())
	m.pollLag.Observe(lag.Seconds())
}

// Skipped counts skipped polls; see [poller.Observer].
func (m *Metrics) Skipped(ticks int) { m.skipped.Add(float64(ticks)) }

const namespace = "mikronec"

func (m *Metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	return register(m, prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels))
}

func (m *Metrics) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return register(m, prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels))
}

func (m *Metrics) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return register(m, prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels))
}

func (m *Metrics) histogram(name, help string, buckets []float64) prometheus.Histogram {
	return register(m, prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}))
}

func register[C prometheus.Collector](m *Metrics, c C) C {
	m.registry.MustRegister(c)
	return c
}

var _ routeros.Observer = (*Metrics)(nil)
