package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
	"github.com/aprakasa/mikronec/internal/sim"
)

// sample is what the routers of a site have counted so far, in the order of the kinds.
type sample struct {
	At      time.Time
	CPU     time.Duration // of the process of the routers
	Routers []count
}

// count are the counters of one router.
type count struct {
	In, Out  int64 // bytes
	Commands int   // with logins and cancels
	Listens  int   // running now
}

const addrsPrefix = "addrs "

// play serves the routers of a site until ctx ends. It prints their addresses, and then
// a sample every second.
func play(ctx context.Context, key string) error {
	at := find(key)
	if at == nil {
		return fmt.Errorf("no site %q", key)
	}
	var devices []*sim.Device
	var addrs []string
	var served sync.WaitGroup
	defer served.Wait()
	defer func() {
		for _, d := range devices {
			d.Close()
		}
	}()
	for _, k := range at.kinds {
		for range k.count {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			d := sim.New(sim.Options{
				Personality: k.make(), User: bench.DeviceUser, Password: bench.DevicePassword,
				PPPUsers: k.ppp, HotspotUsers: k.hot, Churn: k.churn, Seed: uint64(len(devices) + 1),
			})
			served.Go(func() { _ = d.Serve(l) }) // until Close
			devices, addrs = append(devices, d), append(addrs, l.Addr().String())
		}
	}
	fmt.Println(addrsPrefix + strings.Join(addrs, ","))
	for bench.Pause(ctx, time.Second) == nil {
		line, err := json.Marshal(take(devices))
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return nil
}

func take(devices []*sim.Device) sample {
	s := sample{At: time.Now()}
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) == nil {
		s.CPU = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	for _, d := range devices {
		stats := d.Stats()
		c := count{In: stats.BytesIn, Out: stats.BytesOut, Commands: stats.Logins + stats.LoginFailures + stats.Cancels}
		for _, n := range stats.Commands {
			c.Commands += n
		}
		for _, n := range stats.Listens {
			c.Listens += n
		}
		s.Routers = append(s.Routers, c)
	}
	return s
}

// players are the routers of a site in a process of their own.
type players struct {
	addrs   []string
	process *bench.Process
	samples chan sample // the newest, if nobody has taken it
}

func startPlayers(key string) (*players, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &players{samples: make(chan sample, 1)}
	addrs := make(chan string, 1)
	p.process, err = bench.Start(nil, func(line string) {
		if list, ok := strings.CutPrefix(line, addrsPrefix); ok {
			addrs <- list
			return
		}
		p.heard(line)
	}, self, "-play", key)
	if err != nil {
		return nil, err
	}
	select {
	case list := <-addrs:
		p.addrs = strings.Split(list, ",")
		return p, nil
	case <-time.After(30 * time.Second):
		return nil, errors.Join(errors.New("the simulated routers did not start"), p.stop())
	}
}

// heard replaces the sample by that of the line.
func (p *players) heard(line string) {
	var s sample
	if err := json.Unmarshal([]byte(line), &s); err != nil {
		fmt.Fprintln(os.Stderr, "routers:", line)
		return
	}
	select {
	case <-p.samples:
	default:
	}
	p.samples <- s // one line at a time: there is room
}

// next waits for the next sample.
func (p *players) next(ctx context.Context) (sample, error) {
	select {
	case <-p.samples: // of before
	default:
	}
	select {
	case s := <-p.samples:
		return s, nil
	case <-time.After(10 * time.Second):
		return sample{}, errors.New("the simulated routers report nothing")
	case <-ctx.Done():
		return sample{}, context.Cause(ctx)
	}
}

// moment waits for the next sample and reads the CPU of the client at this time.
func (p *players) moment(ctx context.Context, c client) (sample, time.Duration, error) {
	s, err := p.next(ctx)
	if err != nil {
		return s, 0, err
	}
	used, err := c.usage()
	return s, used.CPU, err
}

// left waits for the time that a router may still be followed after the viewers have
// left. It is an error if one is followed longer.
func (p *players) left(ctx context.Context) error {
	if err := bench.Pause(ctx, lingering); err != nil {
		return err
	}
	s, err := p.next(ctx)
	for i, c := range s.Routers {
		if c.Listens > 0 {
			err = errors.Join(err, fmt.Errorf("router %d has %d listens %v after the viewers left", i, c.Listens, lingering))
		}
	}
	return err
}

func (p *players) stop() error { return p.process.Stop(syscall.SIGTERM) }
