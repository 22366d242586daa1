package alert

import (
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/poller"
)

// Source is something that rules can be about.
type Source struct {
	Name    string
	Example string // a condition
	Meaning string

	gauge    bool // it has a number
	event    bool // it happens
	drops    bool // the operator drops is for it
	subjects bool // it has several subjects in a router
	state    bool // it follows from the state of the session, not from readings
	server   bool // it is about the server, not a router
	hold     time.Duration

	// count and within are those of a count for which the rule has none; 0 for none.
	count  float64
	within time.Duration

	topic    string // that has to be read; empty for none
	counters bool   // of a menu that can be listened to, its counters as well
}

// group is how long messages wait for others. Routers behind one line are lost together,
// and those who notice last do so much later than the first one.
func (s *Source) group() time.Duration {
	switch {
	case s.state:
		return 30 * time.Second
	case s.server:
		return 0
	}
	return 10 * time.Second
}

// readEvery is how often what rules need is read, unless a rule is about a shorter time.
const readEvery = 30 * time.Second

// sources are all sources, in the order of the documentation.
var sources = []*Source{
	{Name: "router.down", Example: "router.down", Meaning: "the router has no session, for whatever reason", state: true, hold: 30 * time.Second},
	{Name: "router.up", Example: "router.up", Meaning: "the router has a session again", state: true, event: true},
	{Name: "router.login_refused", Example: "router.login_refused", Meaning: "the router refuses the login", state: true},
	{Name: "router.certificate_refused", Example: "router.certificate_refused", Meaning: "the certificate of the router is refused", state: true},
	{Name: "router.flapping", Example: "router.flapping > 4 in 30m", Meaning: "the session was lost more often than this", state: true, count: 4, within: 30 * time.Minute},
	{Name: "router.rebooted", Example: "router.rebooted", Meaning: "the router has restarted", event: true, topic: "hardware"},
	{Name: "cpu", Example: "cpu > 90", Meaning: "CPU load in percent", gauge: true, topic: "hardware"},
	{Name: "memory", Example: "memory > 90", Meaning: "used memory in percent", gauge: true, topic: "hardware"},
	{Name: "disk", Example: "disk > 95", Meaning: "used disk space in percent", gauge: true, topic: "hardware"},
	{Name: "temperature", Example: "temperature > 70", Meaning: "each temperature sensor, in degrees Celsius", gauge: true, subjects: true, topic: "health"},
	{Name: "voltage", Example: "voltage < 11.5", Meaning: "each voltage sensor, in volts", gauge: true, subjects: true, topic: "health"},
	{Name: "users", Example: "users drops 30% in 1m from 20", Meaning: "PPP and hotspot users together", gauge: true, drops: true, topic: "counts"},
	{Name: "users.ppp", Example: "users.ppp < 1", Meaning: "PPP users", gauge: true, drops: true, topic: "counts"},
	{Name: "users.hotspot", Example: "users.hotspot > 200", Meaning: "hotspot users", gauge: true, drops: true, topic: "counts"},
	{Name: "interface.down", Example: "interface.down", Meaning: "an interface that is not disabled does not run; without only, of those with a comment", subjects: true, topic: "interfaces"},
	{Name: "interface.rx", Example: "interface.rx > 900M", Meaning: "received bits per second of an interface", gauge: true, subjects: true, topic: "interfaces", counters: true},
	{Name: "interface.tx", Example: "interface.tx < 1k", Meaning: "sent bits per second of an interface", gauge: true, subjects: true, topic: "interfaces", counters: true},
	{Name: "interface.errors", Example: "interface.errors > 100 in 5m", Meaning: "errors of an interface within the time", subjects: true, topic: "interfaces", counters: true, count: 100, within: 5 * time.Minute},
	{Name: "pool", Example: "pool > 90", Meaning: "addresses of a pool that are given out, in percent", gauge: true, subjects: true, topic: "pools"},
	{Name: "user.up", Example: "user.up", Meaning: "a PPP or hotspot user has connected", event: true, subjects: true, topic: "sessions"},
	{Name: "user.down", Example: "user.down > 50 in 1m", Meaning: "a PPP or hotspot user has disconnected", event: true, subjects: true, topic: "sessions"},
	{Name: "log", Example: `log matches "out of memory"`, Meaning: "a line of the log of the router", event: true, topic: "log"},
	{Name: "login.failed", Example: "login.failed > 5 in 10m", Meaning: "the log has a login that failed; the subject is the address it came from", event: true, subjects: true, topic: "log"},
	{Name: "config.changed", Example: "config.changed", Meaning: "the log has a change of the configuration", event: true, topic: "log"},
	{Name: "poll.stretched", Example: "poll.stretched", Meaning: "the router is slow, and is read less often", topic: "hardware"},
	{Name: "server.audit_slow", Example: "server.audit_slow", Meaning: "lines of the audit log wait for the disk", server: true, hold: 10 * time.Second},
	{Name: "server.wrong_keys", Example: "server.wrong_keys > 30 in 5m", Meaning: "requests with a wrong API key", server: true, event: true, count: 30, within: 5 * time.Minute},
}

// Sources returns all sources.
func Sources() []*Source { return sources }

// SourceNames are the names of all sources.
func SourceNames() []string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.Name
	}
	return names
}

func sourceOf(name string) *Source {
	i := slices.IndexFunc(sources, func(s *Source) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return sources[i]
}

// variant is what a rule needs to be read; false for nothing.
func (r *Rule) variant() (v poller.Variant, ok bool) {
	s := r.When.Source
	if s.topic == "" {
		return v, false
	}
	every := readEvery
	if r.When.Op == Drops {
		every = min(every, max(r.When.Within/3, time.Second))
	}
	if s.topic == poller.Pools.Name {
		return poller.Pools.Rare(every, false), true
	}
	t, _ := poller.Lookup(s.topic) // a test looks up all of them
	return t.Rare(every, s.counters), true
}

// variants are what rules need of a router, each topic once.
func variants(rules []*Rule) []poller.Variant {
	var all []poller.Variant
	for _, r := range rules {
		v, ok := r.variant()
		if !ok {
			continue
		}
		i := slices.IndexFunc(all, func(other poller.Variant) bool { return other.Topic == v.Topic })
		if i < 0 {
			all = append(all, v)
			continue
		}
		all[i].Volatile = all[i].Volatile || v.Volatile
		all[i].Every = min(all[i].Every, v.Every)
	}
	return all
}
