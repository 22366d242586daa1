// Soak runs the server for a long time against simulated routers that misbehave,
// with viewers that come and go and commands beside them, and checks all that
// the server says. The server is a process of its own; the routers live in this
// one, so that faults can be put into them.
//
// What is checked:
//
//   - every event is JSON in UTF-8 and of a router and topic that the stream is
//     for, and ids rise, also from one stream to the one that resumes it;
//   - a viewer of snapshots gets one in time, unless its router had a fault, the
//     viewer itself stood still, or the server says that the interval is longer;
//   - changes fit what the viewer has: nothing is added twice, nothing is changed
//     or removed that is not there, also across a resumption;
//   - users do not come or go twice;
//   - answers of commands are of the router that was asked, and fail only while
//     it has a fault;
//   - what the server holds at the end is what it held after the first minute:
//     memory, live heap, goroutines, descriptors;
//   - at the end all routers are up with one connection each, and when they are
//     disconnected no connection, descriptor or goroutine is left.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
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
	runs    int // commands a second, all routers together
	faults  int // a minute, all routers together
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
	if err := f.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if s.routers < 10 || s.viewers < 1 || s.runs < 1 || s.faults < 1 || s.time < time.Second {
		fmt.Fprintln(os.Stderr, "soak: numbers must be positive, -routers 10 at the least")
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
	fleet  []*device
	book   *book // what was seen

	base, empty level     // before there were routers, and without them again
	minute, end level     // after a minute, at the end of the time
	course      []float64 // MiB resident, every ten seconds
	heaps       []float64 // MiB of live heap, ten times
	goroutines  []string  // left at the end, a line for each kind
}

// The server is made to do often what it does rarely by default.
var environment = []string{"RECONNECT_MAX=10s", "SSE_WRITE_TIMEOUT=10s", "SSE_MAX_AGE=3m", "LOG_LEVEL=info"}

func newTrial(s settings) (*trial, error) {
	admin, err := freeAddr()
	if err != nil {
		return nil, err
	}
	server, err := bench.Serve(s.binary, append(environment, "ADMIN_ADDR="+admin, "GOMEMLIMIT="+memoryLimit(s.routers))...)
	if err != nil {
		return nil, err
	}
	t := &trial{settings: s, server: server, admin: admin, book: newBook()}
	if t.base, err = t.level(); err == nil {
		t.fleet, err = newFleet(s.routers)
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// close ends what play has not ended.
func (t *trial) close() {
	for _, d := range t.fleet {
		d.close()
	}
	_ = t.server.Stop(syscall.SIGKILL) // it has ended already unless something failed
}

// play is the trial from the first connection to the last goroutine.
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

// misbehave is the time of faults, viewers and commands.
func (t *trial) misbehave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.time)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { t.disturb(ctx) })
	wg.Go(func() { t.reconnect(ctx) })
	for range t.viewers {
		wg.Go(func() { t.view(ctx) })
	}
	wg.Go(func() { t.ask(ctx) })
	wg.Go(func() { t.wakeful(ctx) })
	wg.Go(func() { t.pulse(ctx) })
	err := t.sample(ctx)
	wg.Wait()
	return err
}

// wakeful notices when this program gets no time.
func (t *trial) wakeful(ctx context.Context) {
	for last := time.Now(); bench.Pause(ctx, 100*time.Millisecond) == nil; last = time.Now() {
		if time.Since(last) > stallLeast {
			t.book.stood(last, time.Now())
			fmt.Fprintf(os.Stderr, "this program stood still for %v\n", time.Since(last).Round(time.Millisecond))
		}
	}
}

// pulse notices when the server has no time for the simplest request.
func (t *trial) pulse(ctx context.Context) {
	for bench.Pause(ctx, 100*time.Millisecond) == nil {
		began := time.Now()
		err := t.server.Get(ctx, "/healthz", nil)
		if took := time.Since(began); ctx.Err() == nil && (err != nil || took > 2*time.Second) {
			t.book.violate("slow server", "/healthz after %v: %v", took.Round(time.Millisecond), err)
		}
	}
}

// sample watches the memory of the server until ctx ends.
func (t *trial) sample(ctx context.Context) error {
	began := time.Now()
	minute, late := min(time.Minute, t.time/2), t.time-15*time.Second
	tenth := t.time / 10
	for {
		usage, err := t.server.Usage()
		if err != nil {
			return fmt.Errorf("the server is gone: %w\n%s", err, strings.Join(t.server.Log(), "\n"))
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

// recover waits until all routers are well again and checks that each has one
// connection.
func (t *trial) recover(ctx context.Context) error {
	for _, d := range t.fleet {
		d.heal()
	}
	var down []string
	for patience := time.Now().Add(excuse); ; {
		list, err := t.server.Routers(ctx)
		if err != nil {
			return err
		}
		down = nil
		for _, r := range list {
			if r.State != "up" || r.Viewers > 0 {
				down = append(down, fmt.Sprintf("%s is %s with %d viewers", r.RouterID, r.State, r.Viewers))
			}
		}
		if len(down) == 0 && len(list) == len(t.fleet) {
			break
		}
		if time.Now().After(patience) {
			t.book.violate("recovery", "%d of %d routers are there; not as they should be: %q", len(list), len(t.fleet), down)
			break
		}
		if err := bench.Pause(ctx, time.Second); err != nil {
			return err
		}
	}
	for _, d := range t.fleet {
		if n := d.Stats().Connections; n != 1 {
			t.book.violate("connections", "%s has %d connections", d, n)
		}
	}
	return nil
}

// leave disconnects all routers and looks for what is left behind.
func (t *trial) leave(ctx context.Context) (err error) {
	for _, d := range t.fleet {
		if err := t.server.Post(ctx, "/disconnect", map[string]string{"router_id": d.id}, nil); err != nil {
			return err
		}
	}
	if err := bench.Pause(ctx, 5*time.Second); err != nil {
		return err
	}
	if t.empty, err = t.level(); err != nil {
		return err
	}
	t.lookBack()
	for _, d := range t.fleet {
		if n := d.Stats().Connections; n != 0 {
			t.book.violate("connections", "%s has %d connections after it was disconnected", d, n)
		}
	}
	for _, line := range t.server.Log() {
		if strings.Contains(line, `"msg":"router is gone"`) {
			continue // of those that were put out of order; the viewers have checked them
		}
		t.book.violate("log", "the server complained: %s", line)
	}
	return t.countGoroutines()
}

// mostGoroutines leaves room for the idle connections of this program's client;
// a router or a viewer that left one behind would bring hundreds.
const mostGoroutines = 80

// countGoroutines ends the server in the way that makes the runtime of Go print
// all goroutines.
func (t *trial) countGoroutines() error {
	before := len(t.server.Log())
	_ = t.server.Stop(syscall.SIGQUIT) // which is never a success
	dump := t.server.Log()[before:]
	kinds := make(map[string]int)
	for _, line := range dump {
		if creator, ok := strings.CutPrefix(line, "created by "); ok {
			creator, _, _ = strings.Cut(creator, " in goroutine")
			kinds[creator]++
		}
	}
	total := 0
	for creator, n := range kinds {
		total += n
		t.goroutines = append(t.goroutines, fmt.Sprintf("%d %s", n, creator))
	}
	slices.Sort(t.goroutines)
	if total == 0 || total > mostGoroutines {
		t.book.violate("goroutines", "after everything was disconnected: %q", t.goroutines)
	}
	return nil
}

// between is a random duration.
func between(least, most time.Duration) time.Duration { return least + rand.N(most-least) }
