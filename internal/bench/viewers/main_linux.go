// Viewers measures what the viewers of event streams cost the server. It compares the
// server with the minimum, a loop of one write for each viewer and event, and with the
// usual design, a goroutine for each viewer on net/http.
//
// The viewers are a process of their own: raw sockets and one epoll loop, no
// goroutine for each. All three servers are processes of their own, too, and get
// the same viewers, one after the other.
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

	"github.com/aprakasa/mikronec/internal/bench"
)

// settings are the flags.
type settings struct {
	binary  string
	viewers int
	idle    int           // viewers while memory is measured
	time    time.Duration // of each measurement
	long    time.Duration // of the search for lost events
	only    string

	// Of the processes that this program starts of itself.
	serve string // raw or handler: be a server of events of size bytes
	size  int
	load  string // host:port: be the viewers of a server
	path  string
}

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var s settings
	f := flag.NewFlagSet("viewers", flag.ContinueOnError)
	f.StringVar(&s.binary, "bin", "bin/mikronec", "the `program` to measure")
	f.IntVar(&s.viewers, "viewers", 10000, "viewers of one router")
	f.IntVar(&s.idle, "idle", 19000, "viewers while memory is measured")
	f.DurationVar(&s.time, "time", 20*time.Second, "how long each server is measured")
	f.DurationVar(&s.long, "long", time.Minute, "how long lost events are looked for")
	f.StringVar(&s.only, "only", "", "run these `steps` only: small, large, memory, lost; separated by commas")
	f.StringVar(&s.serve, "serve", "", "be a baseline server of this `kind`; used by this program")
	f.IntVar(&s.size, "size", 0, "bytes of an event of the baseline")
	f.StringVar(&s.load, "load", "", "be the viewers of the server at this `address`; used by this program")
	f.StringVar(&s.path, "path", "/", "what the viewers ask for")
	if err := f.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if s.viewers < 1 || s.viewers > mostViewers || s.idle < 1 || s.idle > mostViewers {
		fmt.Fprintf(os.Stderr, "viewers: numbers of viewers must be from 1 to %d, as a process has 20,000 descriptors\n", mostViewers)
		return 2
	}
	var err error
	switch {
	case s.serve == "raw":
		err = serveRaw(ctx, s.viewers, s.size)
	case s.serve == "handler":
		err = serveHandler(ctx, s.size)
	case s.load != "":
		err = watch(ctx, s.load, s.path, s.viewers)
	default:
		err = s.measure(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "viewers:", err)
		return 1
	}
	return 0
}

const mostViewers = 19000

func (s settings) measure(ctx context.Context) error {
	var rows []bench.Row
	for _, step := range []struct {
		key, name string
		do        func(context.Context) ([]bench.Row, error)
	}{
		{"small", "events of about 1 KB", func(ctx context.Context) ([]bench.Row, error) { return s.deliveries(ctx, smallEvents) }},
		{"large", "events of about 20 KB", func(ctx context.Context) ([]bench.Row, error) { return s.deliveries(ctx, largeEvents) }},
		{"memory", "viewers that get nothing", s.memory},
		{"lost", "ten events a second", s.lost},
	} {
		if s.only != "" && !contains(s.only, step.key) {
			continue
		}
		fmt.Fprintln(os.Stderr, step.name)
		more, err := step.do(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		rows = append(rows, more...)
	}
	return bench.WriteTable(os.Stdout, rows)
}

func contains(list, key string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if item == key {
			return true
		}
	}
	return false
}
