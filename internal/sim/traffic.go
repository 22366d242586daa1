package sim

import (
	"math"
	"strconv"
	"time"
)

// flow is traffic in one direction: a rate that varies slowly around a mean.
// The counter is the exact integral of the rate, so that what monitor-traffic
// reports and what a client computes from counters agree.
type flow struct {
	mean  float64 // bytes per second
	omega float64 // radians per second
	phase float64
	start float64 // cos(phase)
}

const swing = 0.6 // less than 1: the rate never becomes negative

// newFlow returns a flow with a mean between low and high bytes per second, uniform on a
// logarithmic scale.
func newFlow(seed uint64, low, high float64) flow {
	h := mix(seed, 0xF10)
	phase := 2 * math.Pi * unit(mix(h, 2))
	return flow{
		mean:  low * math.Pow(high/low, unit(h)),
		omega: 2 * math.Pi / (20 + 280*unit(mix(h, 1))),
		phase: phase,
		start: math.Cos(phase),
	}
}

// total returns the number of bytes after d.
func (f flow) total(d time.Duration) uint64 {
	t := max(d.Seconds(), 0)
	if f.mean == 0 {
		return 0
	}
	return uint64(f.mean * (t - swing/f.omega*(math.Cos(f.omega*t+f.phase)-f.start)))
}

// rate returns the bytes per second at d.
func (f flow) rate(d time.Duration) float64 {
	return f.mean * (1 + swing*math.Sin(f.omega*d.Seconds()+f.phase))
}

// flows is the traffic of a subscriber, an interface or a queue. The rows of a session
// share it, so their counters agree.
type flows struct{ up, down flow }

// newFlows returns the traffic of weight subscribers.
func newFlows(seed uint64, weight float64) *flows {
	return &flows{
		up:   newFlow(mix(seed, 1), 5e2*weight, 5e4*weight),
		down: newFlow(mix(seed, 2), 2e3*weight, 2e5*weight),
	}
}

const packetSize = 700 // mean bytes of a packet

func (r *row) upload() flow {
	if r.flows == nil {
		return flow{}
	}
	return r.flows.up
}

func (r *row) download() flow {
	if r.flows == nil {
		return flow{}
	}
	return r.flows.down
}

// counter returns a property with the total of a flow; divisor is 1 for bytes and
// packetSize for packets.
func counter(name string, direction func(*row) flow, divisor uint64) live {
	return live{name, func(b []byte, m *moment, r *row) ([]byte, bool) {
		return strconv.AppendUint(b, direction(r).count(m, r)/divisor, 10), true
	}}
}

// count is the number of bytes that the counters of r show: since reset-counters, if
// there was one.
func (f flow) count(m *moment, r *row) uint64 {
	n := f.total(m.now.Sub(r.born))
	if r.zero > 0 {
		n -= f.total(r.zero)
	}
	return n
}

// pair returns a property of the form up/down.
func pair(name string, value func(f flow, m *moment, r *row) uint64) live {
	return live{name, func(b []byte, m *moment, r *row) ([]byte, bool) {
		b = append(strconv.AppendUint(b, value(r.upload(), m, r), 10), '/')
		return strconv.AppendUint(b, value(r.download(), m, r), 10), true
	}}
}

func zero(b []byte, _ *moment, _ *row) ([]byte, bool) { return append(b, '0'), true }

func zeroPair(b []byte, _ *moment, _ *row) ([]byte, bool) { return append(b, "0/0"...), true }
