// Fleet measures the cost of the server for each router: CPU of a poll, memory of a
// connection, and the latency that it adds to a command. The server and the simulated
// routers run in separate processes, so the figures are those of the server alone. Each
// figure has a baseline, measured in the same run with the same routers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// settings are the flags.
type settings struct {
	binary string
	sizes  []int         // numbers of routers, ascending
	time   time.Duration // of one measurement of CPU
	rate   int           // polls per second of all routers together
	runs   int           // commands of each kind
	polls  int           // polls of a router with high latency
	only   string        // the steps to run; empty for all

	baseline baseline
}

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := parse(os.Args[1:])
	if _, relay := relays[s.baseline.kind]; err == nil && relay {
		err = serveRelay(ctx, s.baseline.kind, s.baseline.file, runWords)
	} else if err == nil && s.baseline.kind != "" {
		err = s.baseline.run(ctx)
	} else if err == nil {
		err = s.measure(ctx)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		return 1
	}
	return 0
}

func parse(args []string) (settings, error) {
	var s settings
	var sizes string
	f := flag.NewFlagSet("fleet", flag.ContinueOnError)
	f.StringVar(&s.binary, "bin", "bin/mikronec", "the `program` to measure")
	f.StringVar(&sizes, "sizes", "100,1000,10000", "numbers of routers, ascending")
	f.DurationVar(&s.time, "time", 24*time.Second, "how long CPU is measured each time")
	f.IntVar(&s.rate, "rate", 500, "polls a second, all routers together")
	f.IntVar(&s.runs, "runs", 4000, "commands that are run each way")
	f.IntVar(&s.polls, "polls", 10, "poll cycles that are timed over a slow line")
	f.StringVar(&s.only, "only", "", "run these `steps` only: start, run, cycle, memory, watched, cpu; separated by commas")
	f.StringVar(&s.baseline.kind, "baseline", "", "be the baseline `kind` (bare, go-routeros, relay, session-relay) instead; used by this program")
	f.StringVar(&s.baseline.file, "routers", "", "`file` with the addresses of the routers of the baseline; for a relay the address of one")
	f.DurationVar(&s.baseline.interval, "interval", 0, "between polls of the baseline; 0 for no polls")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	for text := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 2 || n > 19000 {
			return s, fmt.Errorf("-sizes: %q is not a number from 2 to 19000", text)
		}
		s.sizes = append(s.sizes, n)
	}
	return s, nil
}

// small is a small router: a row of hardware, 15 PPP and 4 hotspot users.
var small = []string{"-board", "hex", "-ppp", "15", "-hotspot", "4", "-churn", "0.1"}

var firstAddr = netip.MustParseAddr("127.1.0.1")

// measure runs all measurements and prints the table.
func (s settings) measure(ctx context.Context) error {
	began := time.Now()
	var rows []bench.Row
	for _, step := range []struct {
		key, name string
		do        func(context.Context) ([]bench.Row, error)
	}{
		{"start", "starting the program", s.starting},
		{"run", "a command through /run, and its baselines", s.latency},
		{"cycle", "poll cycles over a line of 100 ms", s.cycle},
		{"memory", "memory, and CPU with the most routers", s.growth},
		{"watched", "memory of watched routers", s.memoryWatched},
		{"cpu", "CPU with fewer routers, with viewers, and of the baselines", s.polling},
	} {
		if s.only != "" && !slices.Contains(strings.Split(s.only, ","), step.key) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%5.0f s  %s\n", time.Since(began).Seconds(), step.name)
		more, err := step.do(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		rows = append(rows, more...)
	}
	fmt.Fprintf(os.Stderr, "%5.0f s  done\n\n", time.Since(began).Seconds())
	return bench.WriteTable(os.Stdout, rows)
}
