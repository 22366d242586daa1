package metrics

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
)

func (m *Metrics) newSessions() {
	m.dials = m.counters("session_dials_total", "Attempts to connect to a router, by outcome: ok or an error code.", "outcome")
	m.logins = m.counters("session_logins_total", "Logins on open connections, TLS included, by outcome: ok or an error code.", "outcome")
	for _, outcome := range []string{"ok", string(errcode.Unreachable), string(errcode.Timeout)} {
		m.dials.WithLabelValues(outcome)
		m.logins.WithLabelValues(outcome)
	}
	m.logins.WithLabelValues(string(errcode.Login))
	m.logins.WithLabelValues(string(errcode.Certificate))

	commands := m.counters("commands_total", "Commands ended, by class (foreground: clients, background: polls, standing: streamed, urgent: heartbeats) and outcome.", "class", "outcome")
	queueTime := m.histograms("command_queue_seconds", "Time that commands waited in the queue of their session, by class.", []float64{.001, .005, .025, .1, .5, 1, 2.5, 5, 10, 30}, "class")
	commandTime := m.histograms("command_duration_seconds", "Time from sending a command to the end of its reply, by class, without standing commands.", []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}, "class")
	for class, name := range routeros.Classes() {
		m.commands = append(m.commands, nil)
		for _, outcome := range routeros.Outcomes() {
			m.commands[class] = append(m.commands[class], commands.WithLabelValues(name, outcome))
		}
		m.queueTime = append(m.queueTime, queueTime.WithLabelValues(name))
		if routeros.Class(class) == routeros.Streaming {
			m.commandTime = append(m.commandTime, nil) // their duration is that of the client's interest
			continue
		}
		m.commandTime = append(m.commandTime, commandTime.WithLabelValues(name))
	}
	m.received = m.counters("session_received_bytes_total", "Bytes received from routers; with TLS, after decryption.").WithLabelValues()
	m.sent = m.counters("session_sent_bytes_total", "Bytes sent to routers; with TLS, before encryption.").WithLabelValues()
}

// Dialed counts an attempt to open a session that ended with err, nil for success.
func (m *Metrics) Dialed(err error) {
	outcome := "ok"
	if err != nil {
		outcome = string(errcode.Of(err))
	}
	if link, ok := errors.AsType[*routeros.LinkError](err); ok && link.Step == "dial" {
		m.dials.WithLabelValues(outcome).Inc()
		return
	}
	m.dials.WithLabelValues("ok").Inc()
	m.logins.WithLabelValues(outcome).Inc()
}

// Command counts a command; see [routeros.Observer].
func (m *Metrics) Command(class routeros.Class, outcome routeros.Outcome, waited, took time.Duration) {
	m.commands[class][outcome].Inc()
	if outcome == routeros.Busy {
		return // it was never queued
	}
	m.queueTime[class].Observe(waited.Seconds())
	if took > 0 && m.commandTime[class] != nil {
		m.commandTime[class].Observe(took.Seconds())
	}
}

// Received counts bytes from any router.
func (m *Metrics) Received(bytes int) { m.received.Add(float64(bytes)) }

// Sent counts bytes to any router.
func (m *Metrics) Sent(bytes int) { m.sent.Add(float64(bytes)) }

// reading collects counters that other packages keep.
type reading struct{ source Source }

var (
	sessionsDesc   = desc("sessions", "Sessions, by state; one that is down or login_failed waits for its next attempt.", "state")
	backoffDesc    = desc("session_backoff_max_seconds", "Longest time until the next attempt, of all sessions that are not up.")
	reconnectsDesc = desc("session_reconnects_total", "Sessions reopened after a loss.")
	lossesDesc     = desc("session_losses_total", "Sessions lost while they were in use.")
	publishedDesc  = desc("events_published_total", "Events published, each counted once, whatever the number of viewers.")
	deliveredDesc  = desc("events_delivered_total", "Events delivered, counted once for each viewer.")
	conflatedDesc  = desc("events_conflated_total", "Snapshots replaced by newer ones before a slow viewer received them.")
	droppedDesc    = desc("events_dropped_total", "Changes and lines not delivered to a viewer, who got a reset instead, by reason.", "reason")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
}

// Describe implements [prometheus.Collector].
func (reading) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		sessionsDesc, backoffDesc, reconnectsDesc, lossesDesc,
		publishedDesc, deliveredDesc, conflatedDesc, droppedDesc,
	} {
		out <- d
	}
}

// Collect sends the present values.
func (r reading) Collect(out chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	sessions := r.source.Sessions()
	for _, state := range []pool.State{pool.Connecting, pool.Up, pool.Down, pool.LoginFailed} {
		out <- prometheus.MustNewConstMetric(sessionsDesc, prometheus.GaugeValue, float64(sessions.States[state]), state.String())
	}
	out <- prometheus.MustNewConstMetric(backoffDesc, prometheus.GaugeValue, sessions.MaxBackoff.Seconds())
	count(reconnectsDesc, sessions.Reconnects)
	count(lossesDesc, sessions.Losses)

	events := r.source.Events()
	count(publishedDesc, events.Published)
	count(deliveredDesc, events.Delivered)
	count(conflatedDesc, events.Conflated)
	for reason, name := range map[hub.DropReason]string{hub.SlowChanges: "slow_changes", hub.SlowLines: "slow_lines", hub.Moved: "moved"} {
		count(droppedDesc, events.Dropped[reason], name)
	}
}
