// Fleetsoak runs a fleet for a long time and kills one instance after the other, while
// viewers watch and users come and go at simulated routers. It checks that
//
//   - every stream has events again within 30 s after an instance was killed;
//   - what a viewer has of a router is what the router has, or it was told reset;
//   - changes fit what the viewer has: nothing is added twice or removed that is not there;
//   - while all instances live, each router is polled once for each interval, to 5 %;
//   - no router has two sessions of the fleet for longer than a second, and none has a
//     session when the fleet has ended.
//
// The instances and NATS are processes; the routers and the viewers are in this one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
	"github.com/aprakasa/mikronec/internal/fleettest"
	"github.com/aprakasa/mikronec/internal/sim"
)

type settings struct {
	binary    string
	time      time.Duration
	every     time.Duration
	routers   int
	viewers   int
	instances int
	changes   int // of users, a second
}

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var s settings
	f := flag.NewFlagSet("fleetsoak", flag.ContinueOnError)
	f.StringVar(&s.binary, "bin", "bin/mikronec", "the `program` to try")
	f.DurationVar(&s.time, "time", 20*time.Minute, "how long instances are killed")
	f.DurationVar(&s.every, "every", time.Minute, "time from one kill to the next; 45s at least")
	f.IntVar(&s.routers, "routers", 1000, "simulated routers")
	f.IntVar(&s.viewers, "viewers", 300, "streams")
	f.IntVar(&s.instances, "instances", 3, "instances")
	f.IntVar(&s.changes, "changes", 50, "users that come or go, a second")
	if err := f.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if s.routers < 1 || s.viewers < 1 || s.instances < 2 || s.changes < 1 || s.every < calm+10*time.Second {
		fmt.Fprintln(os.Stderr, "fleetsoak: numbers must be positive, -instances at least 2 and -every at least 45s")
		return 2
	}
	t, err := s.trial(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fleetsoak:", err)
		return 1
	}
	t.report(os.Stdout)
	if len(t.wrong) > 0 {
		return 1
	}
	return 0
}

// trial runs the fleet and returns what was seen.
func (s settings) trial(ctx context.Context) (*trial, error) {
	dir, err := os.MkdirTemp("", "fleetsoak-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	o := fleettest.Options{Binary: s.binary, Dir: dir, Look: 100 * time.Millisecond, Env: []string{"LOG_LEVEL=warn", "GOMAXPROCS=2"}}
	for i := range s.instances {
		o.Instances = append(o.Instances, fmt.Sprintf("i%d", i))
	}
	for i := range s.routers {
		o.Routers = append(o.Routers, sim.Options{Personality: sim.HEX(), Seed: uint64(i)}) //nolint:gosec // not negative
	}
	f, err := fleettest.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t := newTrial(s, f)
	if err := f.Connect(ctx); err != nil {
		return nil, err
	}
	if err := t.play(ctx); err != nil {
		return nil, err
	}
	for _, in := range f.Instances {
		if err := in.Signal(syscall.SIGTERM); err != nil {
			return nil, err
		}
	}
	for _, in := range f.Instances {
		select {
		case <-in.Exited():
		case <-time.After(30 * time.Second):
			t.violate("the instance %s does not stop", in.Name)
		}
	}
	return t, errors.Join(bench.Pause(ctx, time.Second), t.sessions())
}
