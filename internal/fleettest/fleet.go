// Package fleettest runs a fleet of real processes on loopback: NATS servers, instances of
// the program, each with a proxy of its own before NATS, and simulated routers that count
// the sessions which the fleet has at them. It is for tests, for the demo of a fleet and for
// the soak of one.
package fleettest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/bench"
	"github.com/aprakasa/mikronec/internal/natsserver"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
)

// Key is the API key of all instances that get no other.
const Key = "fleet-of-the-tests-on-loopback"

// Options of a fleet.
type Options struct {
	Binary    string        // the program
	Dir       string        // for what NATS and the instances write; it must exist
	Nodes     int           // of NATS; 0 is 1
	Instances []string      // their names
	Routers   []sim.Options // user and password are set
	Look      time.Duration // how often the sessions at routers are counted; 0 is 10 ms
	Env       []string      // of all instances, in addition
	Log       io.Writer     // of all instances; nil for none
}

// Fleet is a running fleet. Its methods are for one goroutine at a time.
type Fleet struct {
	Nodes     []*natsserver.Node
	Instances []*Instance
	Routers   []*Router

	twins    []*Instance
	done     chan struct{}  // ends counting
	counting sync.WaitGroup // who looks at the routers
}

// Start starts all processes and waits until all instances are ready. Close ends them;
// after an error none is left.
func Start(ctx context.Context, o Options) (f *Fleet, err error) {
	f = &Fleet{done: make(chan struct{})}
	defer func() {
		if err != nil {
			f.Close()
			f = nil
		}
	}()
	if f.Nodes, err = natsserver.Run(natsserver.Options{Dir: o.Dir, Nodes: o.Nodes}); err != nil {
		return f, err
	}
	for i, r := range o.Routers {
		router, err := newRouter(fmt.Sprintf("router-%04d", i+1), r)
		if err != nil {
			return f, err
		}
		f.Routers = append(f.Routers, router)
	}
	f.counting.Go(func() { count(f.Routers, cmp.Or(o.Look, 10*time.Millisecond), f.done) })
	shared := append([]string{
		"MY_API_KEY=" + Key, "SECRETS_KEY=" + secret.NewKey(time.Now()), "LISTEN_HOST=127.0.0.1", "LOG_FORMAT=json",
		"ADDRESS_REQUESTS=0", "KEY_REQUESTS=0", "KEY_STREAMS=0", "KEY_ROUTERS=0", "ADDRESS_CONNECTIONS=0",
	}, o.Env...)
	if o.Nodes > 1 {
		shared = append(shared, fmt.Sprint("NATS_REPLICAS=", o.Nodes))
	}
	for _, name := range o.Instances {
		in, err := newInstance(name, shared, f.Nodes, o)
		if err != nil {
			return f, err
		}
		f.Instances = append(f.Instances, in)
	}
	return f, f.all(func(in *Instance) error { return in.Start(ctx) })
}

// all calls do for all instances at the same time.
func (f *Fleet) all(do func(*Instance) error) error {
	errs := make([]error, len(f.Instances))
	var wg sync.WaitGroup
	for i, in := range f.Instances {
		wg.Go(func() { errs[i] = do(in) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Connect registers all routers, at each instance one after the other.
func (f *Fleet) Connect(ctx context.Context) error {
	return f.all(func(in *Instance) error {
		first := slices.Index(f.Instances, in)
		for i := first; i < len(f.Routers); i += len(f.Instances) {
			if err := in.Connect(ctx, f.Routers[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Instance returns the instance of a name, nil for none.
func (f *Fleet) Instance(name string) *Instance {
	i := slices.IndexFunc(f.Instances, func(in *Instance) bool { return in.Name == name })
	if i < 0 {
		return nil
	}
	return f.Instances[i]
}

// Close ends everything.
func (f *Fleet) Close() {
	for _, in := range append(slices.Clone(f.Instances), f.twins...) {
		in.Kill()
		in.close()
	}
	for _, n := range f.Nodes {
		n.Kill()
	}
	close(f.done)
	f.counting.Wait()
	for _, r := range f.Routers {
		r.close()
	}
}

// Twin returns another instance with the name of one that there is. It is not started.
func (f *Fleet) Twin(in *Instance) *Instance {
	addr, _ := bench.FreeAddr()
	_, port, _ := net.SplitHostPort(addr)
	twin := &Instance{Name: in.Name, Base: "http://" + addr, binary: in.binary, env: append(slices.Clone(in.env), "PORT="+port), log: in.log}
	f.twins = append(f.twins, twin)
	return twin
}
