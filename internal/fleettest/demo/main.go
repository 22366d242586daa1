// Demo shows a fleet: a NATS server, three instances of the program and ten simulated
// routers, all on loopback. Instances can be killed and started again while the streams go
// on. "make demo-fleet" runs it.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/aprakasa/mikronec/internal/fleettest"
	"github.com/aprakasa/mikronec/internal/sim"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	f := flag.NewFlagSet("demo", flag.ContinueOnError)
	binary := f.String("bin", "bin/mikronec", "the `program`")
	if err := f.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if err := show(ctx, *binary, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo-fleet:", err)
		return 1
	}
	return 0
}

// routers are those of the demo.
func routers() (list []sim.Options) {
	kinds := []sim.Personality{sim.HAP(), sim.HEX(), sim.CCR2004(), sim.CHR()}
	for i := range 10 {
		list = append(list, sim.Options{
			Personality: kinds[i%len(kinds)], Identity: fmt.Sprintf("cabang-%02d", i+1), HotspotUsers: 8, PPPUsers: 20 + 10*i, Churn: 0.5, Seed: uint64(i) + 1, //nolint:gosec // small
		})
	}
	return list
}

// show runs the demo until ctx ends.
func show(ctx context.Context, binary string, in io.Reader, out io.Writer) error {
	dir, err := os.MkdirTemp("", "mikronec-fleet-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	_, _ = fmt.Fprintln(out, "Building nats-server if it is not yet, then starting the fleet …")
	f, err := fleettest.Start(ctx, fleettest.Options{
		Binary: binary, Dir: dir, Instances: []string{"a", "b", "c"}, Routers: routers(), Env: []string{"LOG_LEVEL=warn"},
	})
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Connect(ctx); err != nil {
		return err
	}
	guide(f, out)
	lines := make(chan string)
	go func() { // ends with the input, or with the program
		for s := bufio.NewScanner(in); s.Scan(); {
			lines <- s.Text()
		}
	}()
	ended := make(map[string]bool) // instances whose end was told
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C: // somebody may have killed one
			for _, instance := range f.Instances {
				if gone := !instance.Alive(); gone != ended[instance.Name] {
					ended[instance.Name] = gone
					tell(instance, gone, out)
				}
			}
		case line := <-lines:
			if instance := f.Instance(strings.TrimSpace(line)); instance != nil {
				toggle(ctx, instance, out)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// toggle kills an instance, or starts it again.
func toggle(ctx context.Context, in *fleettest.Instance, out io.Writer) {
	if in.Alive() {
		in.Kill()
	} else if err := in.Start(ctx); err != nil {
		_, _ = fmt.Fprintf(out, "%s does not start: %v\n", in.Name, err)
	}
}

func tell(in *fleettest.Instance, gone bool, out io.Writer) {
	if gone {
		_, _ = fmt.Fprintf(out, "%s has ended. The others take its routers over within half a minute. Type %s and Enter to start it again.\n", in.Name, in.Name)
		return
	}
	_, _ = fmt.Fprintf(out, "%s runs again; kill -9 %d\n", in.Name, in.PID())
}

func guide(f *fleettest.Fleet, out io.Writer) {
	_, _ = fmt.Fprintf(out, "\nA fleet of three instances with ten simulated routers; NATS is at %s.\n\n", f.Nodes[0].URL)
	for _, in := range f.Instances {
		_, _ = fmt.Fprintf(out, "  %s  %s/#key=%s   type %s and Enter to kill it, or: kill -9 %d\n", in.Name, in.Base, fleettest.Key, in.Name, in.PID())
	}
	_, _ = fmt.Fprintf(out, "\nRun in another terminal, at any instance:\n\n")
	_, _ = fmt.Fprintf(out, "curl -s -H 'X-API-Key: %s' %s/fleet\n", fleettest.Key, f.Instances[0].Base)
	_, _ = fmt.Fprintf(out, "curl -sN -H 'X-API-Key: %s' '%s/sse?router=*&topics=ppp_active'\n", fleettest.Key, f.Instances[1].Base)
	_, _ = fmt.Fprintf(out, "\nPress Ctrl-C to stop the fleet.\n")
}
