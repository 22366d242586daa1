package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
	"github.com/aprakasa/mikronec/internal/sim"
)

// device is a simulated router with a fault from time to time.
type device struct {
	*sim.Device
	id, addr string
	served   sync.WaitGroup

	mu           sync.Mutex
	busy         bool      // has a fault; guarded by mu
	excusedUntil time.Time // end of the effects of the last fault; guarded by mu
	story        []string  // the faults so far; guarded by mu
}

// String returns the router with the faults that it had.
func (d *device) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fmt.Sprintf("%s (%s)", d.id, strings.Join(d.story, ", "))
}

// excuse is how long the effects of a fault may last: an unused session that is dead is
// found by the heartbeat after a minute, then come the probe and the delay before the
// next connection attempt.
const excuse = 100 * time.Second

// newFleet starts routers of all boards, each on its own loopback address, all on one port
// that the server does not have: it dials its own ports at no address of the machine.
func newFleet(count int) ([]*device, error) {
	free, err := bench.FreeAddr() // at the address where the server listens already
	if err != nil {
		return nil, err
	}
	port := netip.MustParseAddrPort(free).Port()
	boards := []func() sim.Personality{sim.HEX, sim.HAP, sim.CCR2004, sim.CHR}
	addr := netip.MustParseAddr("127.3.0.1")
	var fleet []*device
	for i := range count {
		listener, err := net.Listen("tcp", netip.AddrPortFrom(addr, port).String())
		if err != nil {
			for _, d := range fleet {
				d.close()
			}
			return nil, err
		}
		addr = addr.Next()
		users := 10 + i%30
		if i == 0 {
			users = manyUsers
		}
		d := &device{id: bench.RouterID(i), addr: listener.Addr().String(), Device: sim.New(sim.Options{
			Personality: boards[i%len(boards)](), Identity: bench.RouterID(i), User: bench.DeviceUser, Password: bench.DevicePassword,
			PPPUsers: users, HotspotUsers: i % 15, Churn: 2, Seed: uint64(i), Nasty: i%3 == 0,
			BootTime: 3 * time.Second, CancelOrder: sim.CancelOrder(i % 2), TagFirst: i%5 == 0,
		})}
		d.served.Go(func() { _ = d.Serve(listener) })
		fleet = append(fleet, d)
	}
	return fleet, nil
}

func (d *device) close() {
	d.Close()
	d.served.Wait()
}

// excused reports whether the router has a fault, or had one since then.
func (d *device) excused(since time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.busy || since.Before(d.excusedUntil)
}

// begin reserves the router for a fault; false if it has one.
func (d *device) begin(what string, at time.Duration) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy {
		return false
	}
	d.busy = true
	d.story = append(d.story, fmt.Sprintf("%s at %.1f s", what, at.Seconds()))
	return true
}

// heal ends the fault.
func (d *device) heal() {
	d.Clear()
	d.SetLatency(0)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy {
		d.busy, d.excusedUntil = false, time.Now().Add(excuse)
	}
}

// trouble is a kind of fault.
type trouble struct {
	name string
	do   func(d *device)
}

func injecting(name string, f sim.Fault) trouble {
	return trouble{name, func(d *device) { d.Inject(f) }}
}

var troubles = []trouble{
	{"drop", func(d *device) { d.DropSessions() }},
	{"reboot", func(d *device) { d.Reboot() }},
	{"latency", func(d *device) { d.SetLatency(between(100*time.Millisecond, 3*time.Second)) }},
	injecting("garbage", sim.Fault{Kind: sim.Garbage, Count: 1}),
	injecting("huge length", sim.Fault{Kind: sim.HugeLength, Count: 1}),
	injecting("reserved byte", sim.Fault{Kind: sim.ReservedByte, Count: 1}),
	injecting("fatal", sim.Fault{Kind: sim.Fatal, Count: 1, Text: "session terminated"}),
	injecting("trap", sim.Fault{Kind: sim.Trap, Count: 5, Text: "std failure: timeout (13)", Category: 5}),
	injecting("no menu", sim.Fault{Kind: sim.Trap, Path: "/ppp/active/print", Count: 3, Text: "no such command prefix", Category: 0}),
	injecting("hang up", sim.Fault{Kind: sim.HangUp, Count: 3}),
	injecting("close in a row", sim.Fault{Kind: sim.CloseInRow, Count: 2}),
	injecting("reset in a row", sim.Fault{Kind: sim.ResetInRow, Count: 2}),
	injecting("slow", sim.Fault{Kind: sim.Slow, Count: 5, Delay: 5 * time.Second}),
	injecting("dribble", sim.Fault{Kind: sim.Dribble, Count: 3, Delay: 2 * time.Millisecond}),
	injecting("deaf", sim.Fault{Kind: sim.Deaf}),
	injecting("stops reading", sim.Fault{Kind: sim.StopReading}),
	// Changes that a listen does not report must not make anything untrue for longer than
	// until the next full reading, and a listen that ends or is silent nothing at all.
	injecting("lost rows", sim.Fault{Kind: sim.LostRow, Every: 2}),
	injecting("lost ends", sim.Fault{Kind: sim.LostDead, Every: 2}),
	injecting("partial rows", sim.Fault{Kind: sim.PartialRow}),
	injecting("listen ends", sim.Fault{Kind: sim.EndListen, Delay: 3 * time.Second}),
	injecting("listen fails", sim.Fault{Kind: sim.EndListen, Delay: time.Second, Text: "interrupted", Category: 2}),
	{"silent listen", func(d *device) { d.Inject(sim.Fault{Kind: sim.SilentListen}); d.DropSessions() }},
	{"mute at connect", func(d *device) { d.Inject(sim.Fault{Kind: sim.MuteAtConnect, Count: 2}); d.DropSessions() }},
	{"mute at login", func(d *device) { d.Inject(sim.Fault{Kind: sim.MuteAtLogin, Count: 1}); d.DropSessions() }},
	{"reset at login", func(d *device) { d.Inject(sim.Fault{Kind: sim.ResetAtLogin, Count: 3}); d.DropSessions() }},
}

// disturb injects faults for some seconds each until ctx ends.
func (t *trial) disturb(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for bench.Pause(ctx, rand.N(2*time.Minute/time.Duration(t.faults))) == nil {
		d := t.anyButCalm()
		what := troubles[rand.N(len(troubles))]
		if !d.begin(what.name, t.book.passed()) {
			continue
		}
		t.book.count("fault: " + what.name)
		wg.Go(func() {
			defer d.heal()
			what.do(d)
			_ = bench.Pause(ctx, between(time.Second, 20*time.Second))
		})
	}
}

// anyButCalm returns a router that may have faults.
func (t *trial) anyButCalm() *device { return t.fleet[calm+rand.N(len(t.fleet)-calm)] }

// reconnect disconnects and connects routers until ctx ends.
func (t *trial) reconnect(ctx context.Context) {
	for bench.Pause(ctx, 10*time.Second) == nil {
		d := t.anyButCalm()
		if d.excused(time.Now()) || !d.begin("reconnection", t.book.passed()) {
			continue
		}
		t.book.count("reconnections")
		// Without ctx: both requests are completed.
		err := t.server.Post(context.Background(), "/disconnect", map[string]string{"router_id": d.id}, nil)
		_ = bench.Pause(ctx, rand.N(3*time.Second))
		err = errors.Join(err, t.server.Connect(context.Background(), d.id, d.addr))
		d.heal()
		if err != nil {
			t.book.violate("reconnection", "%s: %v", d, err)
		}
	}
}

func describe(u bench.Usage) string {
	return fmt.Sprintf("%.1f MiB resident, %d threads, %d descriptors", float64(u.RSS)/(1<<20), u.Threads, u.Files)
}
