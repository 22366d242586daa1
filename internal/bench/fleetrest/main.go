// Fleetrest measures what a fleet costs at rest, with routers that nobody watches: writes
// to the buckets of NATS, and CPU and memory of each process. Then it stops one instance in
// order, and measures how long its routers take to move; then it kills another one.
//
// The instances and NATS are processes; the routers are in this one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/aprakasa/mikronec/internal/bench"
	"github.com/aprakasa/mikronec/internal/fleettest"
	"github.com/aprakasa/mikronec/internal/sim"
)

type settings struct {
	binary    string
	routers   int
	instances int
	time      time.Duration
}

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var s settings
	f := flag.NewFlagSet("fleetrest", flag.ContinueOnError)
	f.StringVar(&s.binary, "bin", "bin/mikronec", "the `program` to measure")
	f.IntVar(&s.routers, "routers", 10000, "simulated routers")
	f.IntVar(&s.instances, "instances", 3, "instances")
	f.DurationVar(&s.time, "time", 2*time.Minute, "how long the fleet is measured at rest")
	if err := f.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	rows, err := s.measure(ctx)
	if err == nil {
		err = bench.WriteTable(os.Stdout, rows)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "fleetrest:", err)
		return 1
	}
	return 0
}

func (s settings) measure(ctx context.Context) ([]bench.Row, error) {
	dir, err := os.MkdirTemp("", "fleetrest-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	o := fleettest.Options{Binary: s.binary, Dir: dir, Look: time.Second, Env: []string{"LOG_LEVEL=warn"}}
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
	began := time.Now()
	if err := f.Connect(ctx); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "%d routers connected after %v\n", s.routers, time.Since(began).Round(time.Second))
	rows := []bench.Row{{Name: fmt.Sprintf("%d routers registered, one after the other at each of %d instances", s.routers, s.instances), Measured: time.Since(began).Round(time.Second).String()}}
	if err := settle(ctx, f); err != nil {
		return nil, err
	}
	rest, err := s.rest(ctx, f)
	if err != nil {
		return nil, err
	}
	rows = append(rows, rest...)
	for _, way := range []struct {
		name   string
		signal syscall.Signal
	}{{"stopped in order", syscall.SIGTERM}, {"killed", syscall.SIGKILL}}[:s.instances-1] {
		row, err := move(ctx, f, way.name, way.signal)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Routers move until the shares are even: nothing to an instance in its first 30 s, and then
// some each 10 s.
const (
	still          = 40 * time.Second
	settlePatience = 10 * time.Minute
)

// settle waits until no router has moved for a while.
func settle(ctx context.Context, f *fleettest.Fleet) error {
	var before string
	since := time.Now()
	for late := since.Add(settlePatience); time.Since(since) < still; {
		if time.Now().After(late) {
			return fmt.Errorf("routers move after %v: %s", settlePatience, before)
		}
		var fleet struct {
			Data struct {
				Members []struct {
					Instance string
					Routers  int
				}
			}
		}
		if err := f.Instances[0].Get(ctx, "/fleet", &fleet); err != nil {
			return err
		}
		if now := fmt.Sprint(fleet.Data.Members); now != before {
			before, since = now, time.Now()
		}
		if err := bench.Pause(ctx, time.Second); err != nil {
			return err
		}
	}
	fmt.Fprintln(os.Stderr, "at rest:", before)
	return nil
}

// rest measures for a while.
func (s settings) rest(ctx context.Context, f *fleettest.Fleet) ([]bench.Row, error) {
	writes, err := writes(ctx, f)
	if err != nil {
		return nil, err
	}
	pids := map[string]int{"NATS": f.Nodes[0].PID()}
	for _, in := range f.Instances {
		pids["instance "+in.Name] = in.PID()
	}
	before := make(map[string]bench.Usage)
	for name, pid := range pids {
		if before[name], err = bench.UsageOf(pid); err != nil {
			return nil, err
		}
	}
	began := time.Now()
	if err := bench.Pause(ctx, s.time); err != nil {
		return nil, err
	}
	took := time.Since(began)
	after, err := writes.since(ctx, f)
	if err != nil {
		return nil, err
	}
	rows := []bench.Row{{
		Name: "writes to the buckets of NATS a minute, at rest", Measured: fmt.Sprintf("%.0f", float64(after)/took.Minutes()),
		Baseline: fmt.Sprintf("%.0f renewals of leases", float64(15*s.instances)),
	}}
	for name, pid := range pids {
		u, err := bench.UsageOf(pid)
		if err != nil {
			return nil, err
		}
		rows = append(rows, bench.Row{Name: name + " at rest", Measured: fmt.Sprintf("%.2f %% of a processor, %.0f MiB",
			100*(u.CPU-before[name].CPU).Seconds()/took.Seconds(), float64(u.RSS)/(1<<20))})
	}
	return rows, nil
}

// written is the last sequence of each bucket.
type written map[string]uint64

func writes(ctx context.Context, f *fleettest.Fleet) (written, error) {
	nc, err := nats.Connect(f.Nodes[0].URL)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	w := make(written)
	list := js.ListStreams(ctx)
	for info := range list.Info() {
		if strings.HasPrefix(info.Config.Name, "KV_") {
			w[info.Config.Name] = info.State.LastSeq
		}
	}
	return w, list.Err()
}

// since returns how many writes there were since then.
func (w written) since(ctx context.Context, f *fleettest.Fleet) (n uint64, err error) {
	now, err := writes(ctx, f)
	for name, last := range now {
		n += last - w[name]
		fmt.Fprintf(os.Stderr, "%s: %d writes\n", name, last-w[name])
	}
	return n, err
}

// movePatience limits how long routers may take to move.
const movePatience = 3 * time.Minute

// move ends the last instance that lives, and measures how long its routers take to have a
// session at another one.
func move(ctx context.Context, f *fleettest.Fleet, name string, signal syscall.Signal) (bench.Row, error) {
	victim := f.Instances[len(f.Instances)-1]
	before := make(map[*fleettest.Router]int)
	had := 0
	var list struct {
		Data []struct {
			ID       string `json:"router_id"`
			Instance string
		}
	}
	if err := victim.Get(ctx, "/routers", &list); err != nil {
		return bench.Row{}, err
	}
	at := make(map[string]string)
	for _, r := range list.Data {
		at[r.ID] = r.Instance
	}
	for _, r := range f.Routers {
		if at[r.ID] == victim.Name {
			before[r] = r.Stats().Logins
			had++
		}
	}
	began := time.Now()
	if err := victim.Signal(signal); err != nil {
		return bench.Row{}, err
	}
	var half time.Duration
	for {
		moved := 0
		for r, logins := range before {
			if r.Stats().Logins > logins {
				moved++
			}
		}
		took := time.Since(began)
		if half == 0 && moved >= had/2 {
			half = took
		}
		if moved == had {
			<-victim.Exited()
			f.Instances = f.Instances[:len(f.Instances)-1]
			return bench.Row{Name: fmt.Sprintf("%d routers of an instance that is %s have their next session", had, name),
				Measured: fmt.Sprintf("half of them after %.1f s, all after %.1f s", half.Seconds(), took.Seconds())}, nil
		}
		if took > movePatience {
			return bench.Row{}, fmt.Errorf("%d of %d routers have moved after %v", moved, had, movePatience)
		}
		if err := bench.Pause(ctx, 20*time.Millisecond); err != nil {
			return bench.Row{}, err
		}
	}
}
