package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/notify"
)

// Alerts is read during a scrape.
type Alerts interface {
	Counts() alert.Counts
	Stats() []notify.Stats
}

// alerts collects the metrics of alerts. The label receiver has the names of ALERTS_FILE.
type alerts struct{ source Alerts }

var (
	alertRules     = desc("alert_rules", "Rules of ALERTS_FILE and those that are built in.")
	alertsFiring   = desc("alerts_firing", "Alerts that fire, by severity.", "severity")
	alertsPending  = desc("alerts_pending", "Alerts whose condition has not held for long enough.")
	notifyMessages = desc("notifications_total", "Messages to receivers of alerts, by outcome: delivered; failed: an attempt; gave_up: after all attempts; dropped: the queue was full.", "receiver", "outcome")
	notifyQueued   = desc("notifications_queued", "Alerts that wait to be sent.", "receiver")
	notifyAge      = desc("notification_queue_age_seconds", "Age of the oldest alert that waits to be sent.", "receiver")
)

// ReadAlerts sets the source of the metrics of alerts. It is called once, before Handler.
func (m *Metrics) ReadAlerts(source Alerts) { m.registry.MustRegister(alerts{source}) }

// Describe implements [prometheus.Collector].
func (alerts) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{alertRules, alertsFiring, alertsPending, notifyMessages, notifyQueued, notifyAge} {
		out <- d
	}
}

// Collect sends the present values.
func (a alerts) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counts := a.source.Counts()
	gauge(alertRules, float64(counts.Rules))
	gauge(alertsPending, float64(counts.Pending))
	for severity, n := range counts.Firing {
		gauge(alertsFiring, float64(n), string(severity))
	}
	for _, r := range a.source.Stats() {
		for outcome, n := range map[string]uint64{"delivered": r.Delivered, "failed": r.Failed, "gave_up": r.GivenUp, "dropped": r.Dropped} {
			out <- prometheus.MustNewConstMetric(notifyMessages, prometheus.CounterValue, float64(n), r.Name, outcome)
		}
		gauge(notifyQueued, float64(r.Queued), r.Name)
		age := 0.0
		if !r.Oldest.IsZero() {
			age = time.Since(r.Oldest).Seconds()
		}
		gauge(notifyAge, age, r.Name)
	}
}
