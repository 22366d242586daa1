package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
	"github.com/aprakasa/mikronec/internal/sim"
)

// Times around the conditions of the rules.
const (
	boot     = 5 * time.Second
	users    = 40
	flappers = 20 // routers that flap again and again
	calm     = 60 * time.Second

	downAfter  = 30 * time.Second // of router-down
	flapWithin = 3 * time.Minute  // of router-flapping
	recovery   = 45 * time.Second // until the end of a condition was noticed
)

// router is one simulated router.
type router struct {
	id     string
	addr   string
	device *sim.Device
	mu     sync.Mutex // held while the router misbehaves
}

// routers starts n simulated routers.
func routers(n int, serving *sync.WaitGroup) ([]*router, error) {
	list := make([]*router, n)
	for i := range list {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		d := sim.New(sim.Options{
			Personality: sim.HEX(), User: bench.DeviceUser, Password: bench.DevicePassword,
			Identity: bench.RouterID(i), BootTime: boot, Seed: uint64(i), //nolint:gosec // a number
		})
		serving.Go(func() { _ = d.Serve(l) })
		list[i] = &router{id: bench.RouterID(i), addr: l.Addr().String(), device: d}
		list[i].connectUsers()
	}
	return list, nil
}

// connectUsers connects all users.
func (r *router) connectUsers() {
	for u := range users {
		r.device.AddPPP(userName(u))
	}
}

// reboot restarts the router, or switches it on; its users connect again at once.
func (r *router) reboot() {
	r.device.Reboot()
	r.connectUsers()
}

func userName(n int) string { return fmt.Sprintf("subscriber-%d", n) }

// plan is when the routers misbehave.
type plan struct {
	book  *book
	kill  time.Time // of the server
	until time.Time // nothing begins after
}

// near reports whether the kill is less than a time away: what begins now may be told or
// not, because nothing fires for a minute after a start.
func (p *plan) near(before, after time.Duration) bool {
	now := time.Now()
	return now.After(p.kill.Add(-before)) && now.Before(p.kill.Add(after))
}

// live lets a router misbehave until the end.
func (p *plan) live(ctx context.Context, r *router, number int) {
	sleep := func(d time.Duration) bool {
		select {
		case <-time.After(d):
			return time.Now().Before(p.until)
		case <-ctx.Done():
			return false
		}
	}
	for sleep(40*time.Second + rand.N(60*time.Second)) {
		r.mu.Lock()
		if number < flappers {
			p.flap(r)
			r.mu.Unlock()
			if !sleep(4 * time.Minute) {
				return
			}
			continue
		}
		switch rand.N(6) {
		case 0:
			r.device.DropSessions() // it is back at once
			p.awaitSession(r, time.Now())
		case 1:
			began := time.Now()
			r.device.Off()
			time.Sleep(5*time.Second + rand.N(5*time.Second))
			r.reboot() // which is what it is told as
			p.book.expect(r.id, "router-rebooted", !p.near(60*time.Second, calm+40*time.Second))
			p.awaitSession(r, began)
		case 2:
			p.outage(r, 90*time.Second+rand.N(40*time.Second))
		case 3:
			p.book.expect(r.id, "router-rebooted", !p.near(40*time.Second, calm+40*time.Second))
			began := time.Now()
			r.reboot()
			p.awaitSession(r, began)
		default:
			p.lose(r)
		}
		time.Sleep(recovery) // what comes next is another condition
		r.mu.Unlock()
	}
}

// awaitSession waits until the router has a session again. If it had none for nearly as
// long as the rule says, because the machine is busy, it may be told as down.
func (p *plan) awaitSession(r *router, since time.Time) {
	time.Sleep(time.Second) // until the session that is lost is gone
	for time.Since(since) < 2*time.Minute && r.device.Stats().Sessions == 0 {
		time.Sleep(100 * time.Millisecond)
	}
	if time.Since(since) > downAfter-5*time.Second {
		p.book.expect(r.id, "router-down", false)
	}
}

// outage takes a router away. It is told as down and, after that, as rebooted.
func (p *plan) outage(r *router, d time.Duration) {
	sure := !p.near(45*time.Second, calm+40*time.Second)
	p.book.expect(r.id, "router-down", sure)
	spans := time.Now().Before(p.kill) && time.Now().Add(d).After(p.kill.Add(-20*time.Second))
	r.device.Off()
	time.Sleep(d)
	r.reboot()
	p.book.expect(r.id, "router-rebooted", sure && !spans && !p.near(40*time.Second, calm+40*time.Second))
}

// lose disconnects half of the users, and has them come back. Just before the kill they
// stay away until after it.
func (p *plan) lose(r *router) {
	d := 60*time.Second + rand.N(20*time.Second)
	if p.near(60*time.Second, -45*time.Second) {
		d = 150 * time.Second
	} else if p.near(180*time.Second, calm+90*time.Second) {
		return
	}
	before := r.reads()
	for u := range users / 2 {
		r.device.RemovePPP(userName(u))
	}
	time.Sleep(d)
	// Without two readings of the users meanwhile, nobody can know that they were away.
	p.book.expect(r.id, "users-drop", r.reads() >= before+2)
	for u := range users / 2 {
		r.device.AddPPP(userName(u))
	}
}

// reads is how often the router was asked for the number of its users.
func (r *router) reads() int { return r.device.Stats().Commands["/ppp/active/print"] }

// flap loses the session of a router six times.
func (p *plan) flap(r *router) {
	if p.near(4*time.Minute, calm+5*time.Minute) {
		return
	}
	began := time.Now()
	for range 6 {
		r.device.DropSessions()
		time.Sleep(10 * time.Second)
		p.awaitSession(r, time.Now())
		time.Sleep(time.Second) // until the server knows of it
	}
	p.book.expect(r.id, "router-flapping", time.Since(began) < flapWithin-30*time.Second)
}
