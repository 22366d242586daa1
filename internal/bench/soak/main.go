// Soak runs the server for a long time with simulated routers that misbehave, viewers
// that connect and disconnect, commands, and hostile clients, and checks all that the
// server sends. The server is a separate process; the routers are in this one, to inject
// faults.
//
// Hostile clients have a weak key, or none: they leave large answers and pages unread, send
// batches of invented ids, start commands that do not end, and guess keys.
//
// What is checked:
//
//   - every event is JSON in UTF-8 and of a router and topic that the stream is
//     for, and the positions in ids rise, also from one stream to the one that
//     resumes it;
//   - a viewer of snapshots gets one in time, unless its router had a fault, the
//     viewer itself stood still, or the server says that the interval is longer;
//   - changes fit what the viewer has: nothing is added twice, nothing is changed
//     or removed that is not there, also across a resumption;
//   - no user connects or disconnects twice;
//   - answers come from the router that the command was for, and commands fail only
//     while it has a fault;
//   - at routers without faults, where hostile clients are busy, no event is late by more
//     than one interval;
//   - the audit log has a line for every command that a router saw and the server does
//     not send by itself;
//   - memory, live heap, goroutines and descriptors at the end are those of the first
//     minute;
//   - at the end all routers are connected with one connection each, and after
//     disconnecting them no connection, descriptor or goroutine remains.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
)

// settings are the flags.
type settings struct {
	binary  string
	time    time.Duration
	routers int
	viewers int
	runs    int // commands per second of all routers together
	faults  int // per minute of all routers together
	hostile bool
}

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var s settings
	f := flag.NewFlagSet("soak", flag.ContinueOnError)
	f.StringVar(&s.binary, "bin", "bin/mikronec", "the `program` to try")
	f.DurationVar(&s.time, "time", 30*time.Minute, "how long the routers misbehave")
	f.IntVar(&s.routers, "routers", 500, "simulated routers")
	f.IntVar(&s.viewers, "viewers", 200, "viewers that come and go")
	f.IntVar(&s.runs, "runs", 50, "commands a second")
	f.IntVar(&s.faults, "faults", 60, "faults a minute")
	f.BoolVar(&s.hostile, "hostile", true, "hostile clients")
	if err := f.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if s.routers < 10 || s.viewers < 1 || s.runs < 1 || s.faults < 1 || s.time < time.Second {
		fmt.Fprintln(os.Stderr, "soak: numbers must be positive, and -routers at least 10")
		return 2
	}
	t, err := newTrial(s)
	if err == nil {
		err = t.play(ctx)
		t.close()
		t.report(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
	}
	if err != nil || len(t.book.violations()) > 0 {
		return 1
	}
	return 0
}

// trial is one run of the program.
type trial struct {
	settings
	server *bench.Server
	admin  string // address of its admin port
	dir    string // of the files of the server
	audit  string // path of its audit log
	fleet  []*device
	book   *book // of observations

	base, empty level     // before connecting routers, and after disconnecting them
	minute, end level     // after a minute, at the end of the time
	course      []float64 // resident MiB, every ten seconds
	heaps       []float64 // MiB of live heap, ten times
	goroutines  []string  // remaining at the end, a line for each kind
}

// secret seals the ids of events, so that this program can open them.
const secret = "of-the-soak-and-nobody-else"

// pollInterval is the default of the server. A router that is slow is asked less often, which
// its events say.
const pollInterval = 2 * time.Second

// The settings make rare things frequent.
var environment = []string{"RECONNECT_MAX=10s", "SSE_WRITE_TIMEOUT=10s", "SSE_MAX_AGE=3m", "LOG_LEVEL=info", "TICKET_SECRET=" + secret}

func newTrial(s settings) (*trial, error) {
	admin, err := bench.FreeAddr()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return nil, err
	}
	t := &trial{settings: s, admin: admin, dir: dir, audit: filepath.Join(dir, "audit.jsonl"), book: newBook()}
	t.server, err = bench.Serve(s.binary, append(environment, "ADMIN_ADDR="+admin, "AUDIT_LOG="+t.audit, "API_KEYS="+weakKeyLine(),
		"GOMEMLIMIT="+memoryLimit(s.routers), fmt.Sprint("MAX_HELD_BYTES=", held))...)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if t.base, err = t.level(); err == nil {
		t.fleet, err = newFleet(s.routers)
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// close ends what is still running after play.
func (t *trial) close() {
	for _, d := range t.fleet {
		d.close()
	}
	_ = t.server.Stop(syscall.SIGKILL) // no effect unless something failed
	_ = os.RemoveAll(t.dir)
}

// play runs the trial.
func (t *trial) play(ctx context.Context) error {
	addrs := make([]string, len(t.fleet))
	for i, d := range t.fleet {
		addrs[i] = d.addr
	}
	if err := t.server.ConnectAll(ctx, addrs, 0); err != nil {
		return err
	}
	if err := t.misbehave(ctx); err != nil {
		return err
	}
	if err := t.recover(ctx); err != nil {
		return err
	}
	return t.leave(ctx)
}

// misbehave runs faults, viewers, commands and hostile clients for the time of the trial.
func (t *trial) misbehave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.time)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { t.disturb(ctx) })
	wg.Go(func() { t.reconnect(ctx) })
	for n := range t.viewers {
		wg.Go(func() { t.view(ctx, n) })
	}
	wg.Go(func() { t.ask(ctx) })
	if t.hostile {
		wg.Go(func() { t.attackAll(ctx) })
	}
	for _, d := range t.fleet[1:calm] {
		wg.Go(func() { t.witness(ctx, d) })
	}
	wg.Go(func() { t.wakeful(ctx) })
	wg.Go(func() { t.pulse(ctx) })
	err := t.sample(ctx)
	wg.Wait()
	return err
}

// wakeful notices when this program gets no CPU time.
func (t *trial) wakeful(ctx context.Context) {
	for last := time.Now(); bench.Pause(ctx, 100*time.Millisecond) == nil; last = time.Now() {
		if time.Since(last) > stallLeast {
			t.book.stood(last, time.Now())
			fmt.Fprintf(os.Stderr, "this program was stopped for %v\n", time.Since(last).Round(time.Millisecond))
		}
	}
}

// pulse notices when the server is slow with the simplest request.
func (t *trial) pulse(ctx context.Context) {
	for bench.Pause(ctx, 100*time.Millisecond) == nil {
		began := time.Now()
		err := t.server.Get(ctx, "/healthz", nil)
		if took := time.Since(began); ctx.Err() == nil && (err != nil || took > 2*time.Second) {
			t.book.violate("slow server", "/healthz after %v: %v", took.Round(time.Millisecond), err)
		}
	}
}

// sample records the memory of the server until ctx ends.
func (t *trial) sample(ctx context.Context) error {
	began := time.Now()
	minute, late := min(time.Minute, t.time/2), t.time-15*time.Second
	tenth := t.time / 10
	for {
		usage, err := t.server.Usage()
		if err != nil {
			return fmt.Errorf("the server has ended: %w\n%s", err, strings.Join(t.server.Log(), "\n"))
		}
		t.course = append(t.course, float64(usage.RSS)/(1<<20))
		passed := time.Since(began)
		if passed >= minute && t.minute.RSS == 0 {
			if t.minute, err = t.level(); err != nil {
				return err
			}
		}
		if passed >= tenth*time.Duration(len(t.heaps)+1) {
			now, err := t.level()
			if err != nil {
				return err
			}
			t.heaps = append(t.heaps, now.heap/(1<<20))
		}
		if passed >= late && t.end.RSS == 0 {
			if t.end, err = t.level(); err != nil {
				return err
			}
			t.compare()
		}
		fmt.Fprintf(os.Stderr, "%5.0f s  %s; %s\n", passed.Seconds(), describe(usage), t.book.line())
		if bench.Pause(ctx, 10*time.Second) != nil {
			return nil
		}
	}
}

// between returns a random duration.
func between(least, most time.Duration) time.Duration { return least + rand.N(most-least) }
