package poller

import (
	"errors"
	"time"

	"github.com/aprakasa/mikronec/internal/history"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// The counters of the interfaces that are not those of PPP users.
var staticTraffic = register(Topic{
	Name: "interface_traffic", Hidden: true,
	Menu:  &menu.Menu{Path: "/interface", Fields: []string{"name", "rx-byte", "tx-byte"}},
	Query: staticQuery,
})

// What is measured for Options.Sampled. Nothing is delivered.
var historyTopic = register(Topic{
	Name: "history", Hidden: true, Parts: []*Topic{hardware, hotspotCount, pppCount, staticTraffic},
	collect: func(p *Poller) collector { return &sampler{poller: p} },
	Menu:    &menu.Menu{},
})

// historyInterval is the time between two samples.
const historyInterval = time.Minute

// History is the variant whose watching gives samples to Options.Sampled.
var History = historyTopic.Rare(historyInterval, false)

// sampler is the collector of historyTopic.
type sampler struct {
	poller  *Poller
	values  []history.Value // since the last sample
	traffic map[string]traffic
	at      time.Time // of traffic
	measure bool      // the traffic was read
}

// traffic has the counters of an interface.
type traffic struct{ rx, tx uint64 }

func (c *sampler) take(r Reading) {
	refused, ok := errors.AsType[*routeros.TrapError](r.Err)
	switch {
	case r.Topic == staticTraffic:
		c.measure = true
		if r.Err == nil {
			c.takeTraffic(r)
		}
	case r.Topic == hardware && r.Err == nil:
		row, _ := r.Rows.Cut()
		for series, field := range map[string]string{"cpu": "cpu-load", "memory-free": "free-memory"} {
			if n, ok := counter(row, field); ok {
				c.set(series, n)
			}
		}
	case (r.Topic == pppCount || r.Topic == hotspotCount) && (r.Err == nil || ok && refused.Missing()):
		c.set(r.Topic.Name, uint64(max(r.Len, 0)))
	}
}

func (c *sampler) set(series string, n uint64) {
	for i := range c.values {
		if c.values[i].Series == series {
			c.values[i].Number = n
			return
		}
	}
	c.values = append(c.values, history.Value{Series: series, Number: n})
}

// takeTraffic computes the rates since the reading before, in bits per second.
func (c *sampler) takeTraffic(r Reading) {
	now := make(map[string]traffic, len(c.traffic)+1)
	elapsed := r.Answered.Sub(c.at)
	for row := range r.Rows.All() {
		name, _ := row.Get("name")
		rx, okRx := counter(row, "rx-byte")
		tx, okTx := counter(row, "tx-byte")
		if !okRx || !okTx {
			continue
		}
		if rx == 0 && tx == 0 {
			continue // nothing has ever been connected there
		}
		before, known := c.traffic[string(name)]
		now[string(name)] = traffic{rx, tx}
		if known && elapsed > 0 && rx >= before.rx && tx >= before.tx {
			series := "interface/" + c.poller.opts.Page.String(name)
			c.set(series+"/rx", bitsPerSecond(rx-before.rx, elapsed))
			c.set(series+"/tx", bitsPerSecond(tx-before.tx, elapsed))
		}
	}
	c.traffic, c.at = now, r.Answered
}

func (c *sampler) reading(now time.Time) (Reading, bool) {
	if c.measure && c.poller.opts.Sampled != nil && len(c.values) > 0 {
		c.poller.opts.Sampled(history.Sample{At: now, Values: c.values})
	}
	if c.measure {
		c.measure, c.values = false, nil
	}
	return Reading{}, false
}
