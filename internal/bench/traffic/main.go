// Traffic measures what watching costs the routers: the bytes that they send and receive,
// their commands, and the CPU of both sides, each for a minute. It compares the stream of
// the dashboard's fleet view and the default stream of each router with a script that
// logs in, reads and logs out every two seconds, and with another build of the program.
//
// The simulated routers count. Each way of watching has routers, a server and a client of
// its own, in separate processes, and all ways are measured at the same time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// settings are the flags.
type settings struct {
	binaries []string      // the program to measure, and another build of it
	time     time.Duration // of the measurement
	only     string        // the site to measure; empty for all

	// Of the processes that this program starts of itself.
	play   string // be the routers of this site
	script string // be the script that reads the routers at these addresses
}

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := parse(os.Args[1:])
	switch {
	case err != nil:
	case s.play != "":
		err = play(ctx, s.play)
	case s.script != "":
		err = script(ctx, strings.Split(s.script, ","))
	default:
		err = s.measure(ctx)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "traffic:", err)
		return 1
	}
	return 0
}

func parse(args []string) (settings, error) {
	var s settings
	f := flag.NewFlagSet("traffic", flag.ContinueOnError)
	f.Func("bin", "the `program` to measure; given twice, the second is a build of before, for comparison (default bin/mikronec)", func(path string) error {
		s.binaries = append(s.binaries, path)
		return nil
	})
	f.DurationVar(&s.time, "time", time.Minute, "how long is measured, after a warm-up of "+warmUp.String())
	f.StringVar(&s.only, "only", "", "measure this `site` only: five, large")
	f.StringVar(&s.play, "play", "", "be the routers of this `site`; used by this program")
	f.StringVar(&s.script, "script", "", "be the script that reads the routers at these `addresses`; used by this program")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if len(s.binaries) == 0 {
		s.binaries = []string{"bin/mikronec"}
	}
	switch {
	case len(s.binaries) > 2:
		return s, errors.New("-bin can be given twice at most")
	case s.time < time.Second:
		return s, errors.New("-time must be at least 1s")
	case s.only != "" && find(s.only) == nil:
		return s, fmt.Errorf("-only: no site %q", s.only)
	}
	return s, nil
}

// measure measures all ways at all sites at the same time and prints the table.
func (s settings) measure(ctx context.Context) error {
	fmt.Fprintf(os.Stderr, "all ways at the same time, %v\n", warmUp+s.time)
	ways := s.ways()
	ctx, cancel := context.WithCancel(ctx) // a failure ends all
	defer cancel()
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex // guards failures and measured
		failures []error
		measured = map[string]result{} // by site and way
	)
	for _, at := range sites {
		if s.only != "" && s.only != at.key {
			continue
		}
		for _, w := range ways {
			wg.Go(func() {
				r, err := at.measure(ctx, w, s.time)
				mu.Lock()
				defer mu.Unlock()
				if err != nil && (ctx.Err() == nil || len(failures) == 0) {
					failures = append(failures, fmt.Errorf("%s, %s: %w", at.name, w.name, err))
					cancel()
				}
				measured[at.key+" "+w.name] = r
			})
		}
	}
	wg.Wait()
	if len(failures) > 0 {
		return errors.Join(failures...)
	}
	return bench.WriteTable(os.Stdout, s.rows(measured))
}

// rows are the lines of the table: for each kind of router and each stream the traffic,
// then for each site the CPU.
func (s settings) rows(measured map[string]result) []bench.Row {
	var traffic, cpu []bench.Row
	for _, at := range sites {
		if s.only != "" && s.only != at.key {
			continue
		}
		for _, v := range views {
			of := func(label string) result { return measured[at.key+" "+label] }
			for _, k := range at.kinds {
				traffic = append(traffic, bench.Row{
					Name:     fmt.Sprintf("a minute of a %s, %s", k.name, v.name),
					Measured: of(v.name).traffic(k).String(),
					Baseline: s.baselines(v, func(label string) string { return of(label).traffic(k).String() }),
					Goal:     k.goals[v.name].goal(),
				})
			}
			cpu = append(cpu, bench.Row{
				Name:     fmt.Sprintf("CPU a minute, %s, %s", at.name, v.name),
				Measured: of(v.name).cpu(),
				Baseline: s.baselines(v, func(label string) string { return of(label).cpu() }),
			})
		}
	}
	return append(traffic, cpu...)
}

// baselines describes the other build, if there is one, and the script.
func (s settings) baselines(v view, figure func(label string) string) string {
	text := scriptName + ": " + figure(scriptName)
	if len(s.binaries) > 1 {
		text = "before: " + figure(before(v)) + "; " + text
	}
	return text
}
