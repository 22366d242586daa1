package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
)

// routers collects the metrics of each router.
type routers struct {
	source  Source
	visible func(routerID string) bool // nil for all
}

var (
	upDesc      = desc("router_up", "1 while a session on the router is up, else 0.", "router_id")
	infoDesc    = desc("router_info", "Always 1; labels: identity, version and board of the router. identity is empty unless METRICS_INTERVAL is set.", "router_id", "identity", "version", "board")
	cpuDesc     = desc("router_cpu_load_ratio", "CPU load of the router, from 0 to 1.", "router_id")
	freeMemory  = desc("router_memory_free_bytes", "Free memory of the router.", "router_id")
	totalMemory = desc("router_memory_total_bytes", "Total memory of the router.", "router_id")
	freeDisk    = desc("router_disk_free_bytes", "Free disk space of the router.", "router_id")
	totalDisk   = desc("router_disk_total_bytes", "Total disk space of the router.", "router_id")
	uptimeDesc  = desc("router_uptime_seconds", "Time since the router started.", "router_id")
	hotspotDesc = desc("router_hotspot_users", "Hotspot users logged in.", "router_id")
	pppDesc     = desc("router_ppp_users", "PPP users connected.", "router_id")
	bytesDesc   = desc("router_poll_bytes_total", "Bytes of the API that watching the router took, by topic and direction (received, sent).", "router_id", "topic", "direction")
)

// Describe implements [prometheus.Collector].
func (routers) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		upDesc, infoDesc, cpuDesc, freeMemory, totalMemory, freeDisk, totalDisk, uptimeDesc, hotspotDesc, pppDesc, bytesDesc,
	} {
		out <- d
	}
}

// Collect sends the present values of the routers whose sessions are at this instance. A value that is unknown or outdated has no
// metric.
func (c routers) Collect(out chan<- prometheus.Metric) {
	for _, r := range c.source.List() {
		if r.Here && (c.visible == nil || c.visible(r.ID)) {
			collect(out, r)
		}
	}
}

func collect(out chan<- prometheus.Metric, r manager.Router) {
	f := r.Device.Facts()
	gauge := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, r.ID)
	}
	up, status := 0.0, r.Device.Status()
	if status.Link.State == pool.Up {
		up = 1
	}
	gauge(upDesc, up)
	for _, c := range status.Cost {
		out <- prometheus.MustNewConstMetric(bytesDesc, prometheus.CounterValue, float64(c.Received), r.ID, c.Topic, "received")
		out <- prometheus.MustNewConstMetric(bytesDesc, prometheus.CounterValue, float64(c.Sent), r.ID, c.Topic, "sent")
	}
	if f.Hotspot != nil {
		gauge(hotspotDesc, float64(*f.Hotspot))
	}
	if f.PPP != nil {
		gauge(pppDesc, float64(*f.PPP))
	}
	h := f.Hardware
	if h == nil {
		return
	}
	out <- prometheus.MustNewConstMetric(infoDesc, prometheus.GaugeValue, 1, r.ID, f.Identity, h.Version, h.Board)
	if h.Uptime > 0 {
		gauge(uptimeDesc, h.Uptime.Seconds())
	}
	bytes := func(d *prometheus.Desc, n *uint64) {
		if n != nil {
			gauge(d, float64(*n))
		}
	}
	bytes(freeMemory, h.FreeMemory)
	bytes(totalMemory, h.TotalMemory)
	bytes(freeDisk, h.FreeDisk)
	bytes(totalDisk, h.TotalDisk)
	if h.CPULoad != nil {
		gauge(cpuDesc, float64(*h.CPULoad)/100)
	}
}
