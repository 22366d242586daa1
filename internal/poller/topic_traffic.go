package poller

import (
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// The counters of the interfaces that are not those of PPP users, for the topic traffic.
var busiestCounters = register(Topic{
	Name: "busiest_counters", MinInterval: countInterval, Twice: true, Hidden: true,
	Menu: &menu.Menu{Path: "/interface", Fields: []string{"name", "rx-byte", "tx-byte"}}, Query: staticQuery,
})

// The traffic of a router in one row, for those who look at many: that of its interface with
// the most traffic. A sum would count what passes through twice.
var _ = register(Topic{
	Name: "traffic", Parts: []*Topic{busiestCounters},
	collect: func(*Poller) collector { return &busiest{} },
	Menu: &menu.Menu{
		Kinds:    menu.Integers("rx-bits-per-second", "tx-bits-per-second"),
		Volatile: map[string]menu.Trend{"rx-bits-per-second": menu.Wanders, "tx-bits-per-second": menu.Wanders},
	},
})

// busiest is the collector of the topic traffic.
type busiest struct {
	before map[string]traffic // by name
	at     time.Time          // of before
	latest Reading
	fresh  bool
}

func (c *busiest) take(r Reading) {
	c.latest, c.fresh = Reading{Err: r.Err, Asked: r.Asked, Answered: r.Answered}, true
	if r.Err != nil {
		return
	}
	now := make(map[string]traffic, len(c.before)+1)
	elapsed := r.Answered.Sub(c.at)
	var name string
	var most traffic
	found := false
	for row := range r.Rows.All() { // the first one wins where two are as busy
		text, _ := row.Get("name")
		rx, okRx := counter(row, "rx-byte")
		tx, okTx := counter(row, "tx-byte")
		if !okRx || !okTx {
			continue
		}
		before, known := c.before[string(text)]
		now[string(text)] = traffic{rx, tx}
		if !known || elapsed <= 0 || rx < before.rx || tx < before.tx {
			continue
		}
		if rate := (traffic{rx - before.rx, tx - before.tx}); !found || rate.rx+rate.tx > most.rx+most.tx {
			name, most, found = string(text), rate, true
		}
	}
	c.before, c.at = now, r.Answered
	c.fresh = found
	if found {
		rate := func(n uint64) string { return strconv.FormatUint(bitsPerSecond(n, elapsed), 10) }
		c.latest.Rows = proto.AppendSentence(nil, "!re", "=name="+name, "=rx-bits-per-second="+rate(most.rx), "=tx-bits-per-second="+rate(most.tx))
		c.latest.Len = 1
	}
}

func (c *busiest) reading(time.Time) (Reading, bool) {
	fresh := c.fresh
	c.fresh = false
	return c.latest, fresh
}
