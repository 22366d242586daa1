package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
	"github.com/aprakasa/mikronec/internal/sim"
)

// site is a set of routers that one client watches.
type site struct {
	key, name string
	kinds     []kind
}

// kind is a kind of router at a site.
type kind struct {
	name  string
	count int
	make  func() sim.Personality
	ppp   int
	hot   int
	churn float64            // share of the users that come and go in a minute
	goals map[string]traffic // by the name of the view
}

// sites are those of the figures in docs/benchmarks.md. In the large one fewer of the
// users change, but more of them than at all the others.
var sites = []site{
	{"five", "five routers", []kind{
		{
			name: "v6 router with 30 hotspot users", count: 2, make: sim.HAP, hot: 30, churn: 0.1,
			goals: map[string]traffic{fleetView: {30e3, 6e3, 40, 0}, defaultView: {60e3, 6e3, 40, 0}},
		},
		{
			name: "v7 router with 200 PPPoE users", count: 3, make: sim.CCR2004, ppp: 200, churn: 0.1,
			goals: map[string]traffic{fleetView: {60e3, 6e3, 40, 0}, defaultView: {120e3, 6e3, 40, 0}},
		},
	}},
	{"large", "one large router", []kind{{
		name: "v7 router with 5,000 PPPoE users", count: 1, make: sim.CCR2004, ppp: 5000, churn: 0.02,
		goals: map[string]traffic{fleetView: {60e3, 6e3, 40, 0}, defaultView: {1e6, 6e3, 40, 0}},
	}}},
}

// find returns the site with that key, or nil.
func find(key string) *site {
	for i := range sites {
		if sites[i].key == key {
			return &sites[i]
		}
	}
	return nil
}

// lingering is how long after the last viewer left a router may still be followed.
const lingering = 3 * time.Second

// warmUp is the time that is not measured: the logins, and what is read once.
const warmUp = 15 * time.Second

// result is what a way of watching took at a site.
type result struct {
	routers []traffic // a minute of each router, in the order of the site's kinds
	at      site
	client  time.Duration // CPU of the server or the script, a minute
	played  time.Duration // CPU of the simulated routers, a minute
}

// traffic is the traffic of a router in a minute.
type traffic struct {
	received, sent float64 // bytes from and to the router
	commands       float64 // with logins and cancels
	listens        float64 // running at the end; of a goal, not used
}

func (t traffic) String() string {
	return fmt.Sprintf("%.1f kB received, %.1f kB sent, %.0f commands, %.0f listens", t.received/1000, t.sent/1000, t.commands, t.listens)
}

// goal formats t as the most that is allowed.
func (t traffic) goal() string {
	return fmt.Sprintf("%.0f kB, %.0f kB, %.0f", t.received/1000, t.sent/1000, t.commands)
}

// traffic returns the mean of the routers of a kind.
func (r result) traffic(k kind) traffic {
	var sum traffic
	first := 0
	for _, other := range r.at.kinds {
		if other.name == k.name {
			break
		}
		first += other.count
	}
	for _, t := range r.routers[first : first+k.count] {
		sum.received += t.received
		sum.sent += t.sent
		sum.commands += t.commands
		sum.listens += t.listens
	}
	n := float64(k.count)
	return traffic{sum.received / n, sum.sent / n, sum.commands / n, sum.listens / n}
}

func (r result) cpu() string {
	return fmt.Sprintf("%.0f ms, simulated routers %.0f ms", float64(r.client.Milliseconds()), float64(r.played.Milliseconds()))
}

// measure starts the routers of the site and a client that watches them, and measures
// both.
func (at site) measure(ctx context.Context, w way, window time.Duration) (r result, err error) {
	p, err := startPlayers(at.key)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	c, err := w.start(ctx, p.addrs)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, c.stop()) }() // before the routers: they would be missed
	if err := bench.Pause(ctx, warmUp); err != nil {
		return r, err
	}
	began, cpu0, err := p.moment(ctx, c)
	if err != nil {
		return r, err
	}
	if err := bench.Pause(ctx, window); err != nil {
		return r, err
	}
	ended, cpu1, err := p.moment(ctx, c)
	if err != nil {
		return r, err
	}
	perMinute := float64(time.Minute) / float64(ended.At.Sub(began.At))
	r = result{
		at: at, client: time.Duration(float64(cpu1-cpu0) * perMinute),
		played: time.Duration(float64(ended.CPU-began.CPU) * perMinute),
	}
	for i, now := range ended.Routers {
		before := began.Routers[i]
		r.routers = append(r.routers, traffic{
			float64(now.Out-before.Out) * perMinute, float64(now.In-before.In) * perMinute,
			float64(now.Commands-before.Commands) * perMinute, float64(now.Listens),
		})
		if now.Commands == before.Commands && now.Out == before.Out {
			return r, fmt.Errorf("router %d was not watched", i)
		}
	}
	c.leave()
	return r, p.left(ctx)
}
