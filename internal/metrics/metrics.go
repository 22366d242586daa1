// Package metrics counts for Prometheus. A [Metrics] is the observer of the
// packages that do the work, which know of it only as an interface of their own;
// what they keep count of by themselves is read when it is asked for. Nothing
// here ever asks a router.
//
// # Labels
//
// Every label but one has values from a fixed list: routes are patterns, methods
// and outcomes are known ones. The exception is router_id, of the few metrics in
// routers.go, of which there is a value for each connected router and none for
// one that was disconnected.
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

// Source is what is read when metrics are asked for. Its methods must not wait
// for a router.
type Source interface {
	List() []manager.Router
	Sessions() pool.Summary
	Events() hub.Counts
}

// Metrics is all there is to be read. Its methods may be called from any
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

// New returns metrics of a program of that version, all at nought.
func New(version string, log *slog.Logger) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), log: log}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	build := m.gauges("build_info", "A constant 1, labelled by the version of the program and of Go.", "version", "go_version")
	build.WithLabelValues(version, runtime.Version()).Set(1)
	m.newHTTP()
	m.newSessions()
	m.newPolls()
	return m
}

// Read has the metrics of routers, sessions and events read from source from now
// on. It is called once, before Handler.
func (m *Metrics) Read(source Source) {
	m.source = source
	m.registry.MustRegister(reading{source})
}

// Handler answers with all metrics; for those who see some routers only, with
// the metrics of the routers that visible admits and no others: what the server
// does as a whole, from sessions and bytes to its memory, tells of all routers.
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
	m.requests = m.counters("http_requests_total", "Requests that were answered, by route pattern, method and class of the status; 499 of clients that left counts as 4xx.", "route", "method", "code")
	m.requestTime = m.histograms("http_request_duration_seconds", "Time from a request to the end of its answer, by route pattern; streams are left out.",
		[]float64{.001, .005, .025, .1, .5, 1, 2.5, 5, 10, 30, 60}, "route")
	m.streamsOpen = m.gauges("streams_open", "Event streams that are open.").WithLabelValues()
	m.streamsOpened = m.counters("streams_opened_total", "Event streams that were opened.").WithLabelValues()
	m.streamsClosed = m.counters("streams_closed_total", "Event streams that ended, by reason; slow are clients that were dropped since they took nothing.", "reason")
	m.streamBytes = m.counters("stream_sent_bytes_total", "Bytes written to event streams.").WithLabelValues()
	for _, reason := range sse.Reasons() {
		m.streamsClosed.WithLabelValues(string(reason))
	}
}

// Request counts a request; see [api.Observer].
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

// StreamOpened counts a stream.
func (m *Metrics) StreamOpened() {
	m.streamsOpened.Inc()
	m.streamsOpen.Inc()
}

// StreamWrote counts bytes on any stream.
func (m *Metrics) StreamWrote(bytes int) { m.streamBytes.Add(float64(bytes)) }

// StreamEnded counts the end of a stream.
func (m *Metrics) StreamEnded(reason sse.Reason, _ time.Duration) {
	m.streamsOpen.Dec()
	m.streamsClosed.WithLabelValues(string(reason)).Inc()
}

func (m *Metrics) newPolls() {
	polls := m.counters("polls_total", "Polls of routers, by outcome; a poll failed if it brought nothing at all.", "outcome")
	m.polls = map[bool]prometheus.Counter{false: polls.WithLabelValues("ok"), true: polls.WithLabelValues("failed")}
	m.pollTime = m.histogram("poll_duration_seconds", "Time that a poll took.", []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10})
	m.pollLag = m.histogram("poll_lag_seconds", "Time from the tick of a poll to its beginning: how far the server, or a slow router before, is behind.",
		[]float64{.001, .005, .025, .1, .5, 1, 2.5, 5, 10})
	m.skipped = m.counters("poll_ticks_skipped_total", "Ticks without a poll of their own, since the one before still went on.").WithLabelValues()
}

// Polled counts a poll; see [poller.Observer].
func (m *Metrics) Polled(took, lag time.Duration, failed bool) {
	m.polls[failed].Inc()
	m.pollTime.Observe(took.Seconds())
	m.pollLag.Observe(lag.Seconds())
}

// Skipped counts ticks without a poll.
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
