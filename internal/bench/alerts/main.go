// Alerts runs the server with alert rules and simulated routers that flap, reboot, lose
// half of their users and come back, and checks what its receivers get. The server is a
// separate process, which is killed in the middle and started again; the routers and the
// receivers are in this one.
//
// What is checked:
//
//   - every condition that lasted is told once and cleared once, and none that did not;
//   - a message that comes twice has the same id, and comes twice around the kill only;
//   - the stand-in for Telegram gets no more than one message a second and 20 a minute, and
//     nothing in the time that it asks to wait;
//   - at the end nothing fires, and nothing waits to be sent.
//
// With -cost it measures what rules cost instead: CPU and memory with and without them.
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
)

// settings are the flags.
type settings struct {
	binary  string
	time    time.Duration
	routers int
	cost    bool
}

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var s settings
	f := flag.NewFlagSet("alerts", flag.ContinueOnError)
	f.StringVar(&s.binary, "bin", "bin/mikronec", "the `program` to try")
	f.DurationVar(&s.time, "time", 20*time.Minute, "how long the routers misbehave, or with -cost how long is measured")
	f.IntVar(&s.routers, "routers", 500, "simulated routers")
	f.BoolVar(&s.cost, "cost", false, "measure the cost of 20 rules")
	if err := f.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	var err error
	switch {
	case s.cost && s.time >= time.Second && s.routers >= 1:
		err = s.measure(ctx)
	case s.time >= 8*time.Minute && s.routers >= 40:
		err = s.soak(ctx)
	default:
		err = errors.New("-time is at least 8m, and -routers 40")
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "alerts:", err)
		return 1
	}
	return 0
}
