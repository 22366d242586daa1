// Package instance makes this process one instance of a fleet: it joins the others through
// NATS, and tells the manager which sessions are here. It is [manager.Fleet].
//
// An instance starts in this order: the connection and the register ([Open]), the hub and
// the exchange of events, the manager, and then its place in the fleet ([Instance.Start]),
// after which it is given routers. It stops in the reverse order.
package instance

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aprakasa/mikronec/internal/bus"
	"github.com/aprakasa/mikronec/internal/exchange"
	"github.com/aprakasa/mikronec/internal/fleet"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/rules"
)

// Options of an Instance.
type Options struct {
	Bus      *bus.Conn          // owned: closed by Close
	Register *register.Register // of the fleet; not owned
	Instance string             // name
	Prefix   string             // of the fleet
	Commands [][]byte           // secrets with which commands may be signed; the first one signs
	IDs      []byte             // secret that seals the ids of events
	Version  string
	// Lease is the time after which an instance that is silent has lost its routers.
	Lease     time.Duration
	Partition fleet.Partition
	Rules     []*rules.Set    // of the server
	Budget    routeros.Budget // of what answers of other instances hold; nil for no limit
	Log       *slog.Logger
}

// Instance is this process in the fleet.
type Instance struct {
	opts    Options
	hub     *hub.Hub
	x       *exchange.Exchange
	client  *relay.Client
	server  *relay.Server
	manager atomic.Pointer[manager.Manager] // nil before Start
	follow  context.CancelFunc
	wg      sync.WaitGroup
	fleet   atomic.Pointer[fleet.Fleet] // nil before Start
}

// Open begins to take events. The connection is the instance's unless there is an error.
func Open(ctx context.Context, opts Options) (*Instance, error) {
	sum := sha256.Sum256([]byte("order of events " + opts.Prefix))
	epoch := binary.BigEndian.Uint64(sum[:])
	i := &Instance{opts: opts, follow: func() {}, hub: hub.NewShared(hub.NewSealer(opts.IDs), epoch)}
	var err error
	if i.client, err = relay.NewClient(opts.Bus, relay.ClientOptions{Instance: opts.Instance, Budget: opts.Budget}); err != nil {
		return nil, err
	}
	i.server = relay.NewServer(opts.Bus, relay.ServerOptions{Instance: opts.Instance, Log: opts.Log})
	i.x, err = exchange.New(ctx, exchange.Options{
		NATS: opts.Bus.NATS(), JetStream: opts.Bus.JetStream(), Subject: opts.Bus.Subject,
		Stream: opts.Prefix + "_events", Replicas: opts.Bus.Replicas(), Instance: opts.Instance,
		Hub: i.hub, Epoch: epoch, Peers: peers{i.client, i.server}, Describe: i.describe, Log: opts.Log,
	})
	if err != nil {
		i.server.Close()
		i.client.Close()
		return nil, err
	}
	return i, nil
}

// peers is [exchange.Peers].
type peers struct {
	*relay.Client

	server *relay.Server
}

func (p peers) Handle(name string, answer func(context.Context, []byte) ([]byte, error)) {
	p.server.Handle(name, answer)
}

// Hub is the hub for the manager, which owns it.
func (i *Instance) Hub() *hub.Hub { return i.hub }

// Start takes requests of other instances and a place in the fleet. The manager must have
// been made with this instance as its fleet.
func (i *Instance) Start(ctx context.Context, m *manager.Manager) error {
	i.manager.Store(m)
	i.serve()
	if err := i.server.Serve(); err != nil {
		return err
	}
	follow, cancel := context.WithCancel(context.Background())
	i.follow = cancel
	i.wg.Go(func() { i.followRegister(follow) })
	timing := fleet.Standard
	if lease := cmp.Or(i.opts.Lease, timing.Expire); lease < timing.Expire {
		timing = timing.Divided(timing.Expire / lease)
	}
	f, err := fleet.Join(ctx, i.opts.Bus, fleet.Options{
		Instance: i.opts.Instance, Version: i.opts.Version, Partition: i.opts.Partition, Timing: timing, Log: i.opts.Log,
		Take: func(shard int, _ uint64) { i.move(context.Background(), shard) },
		Give: i.move, Changed: func(shard int) { i.move(context.Background(), shard) },
	})
	if err != nil {
		return err
	}
	i.fleet.Store(f)
	m.Move(ctx, nil) // shards may have been taken before Owner knew of the fleet
	return nil
}

// followRegister takes the changes of other instances.
func (i *Instance) followRegister(ctx context.Context) {
	for ctx.Err() == nil {
		if err := i.manager.Load().Follow(ctx); ctx.Err() == nil {
			i.opts.Log.LogAttrs(ctx, slog.LevelWarn, "the register is not followed; trying again", slog.Any("error", err))
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
		}
	}
}

// Drain hands all routers to other instances and leaves the fleet, until ctx ends.
func (i *Instance) Drain(ctx context.Context) {
	if f := i.fleet.Load(); f != nil {
		f.Drain(ctx)
	}
}

// Done is closed when another process has this instance's name, see [Instance.Err]; nil
// before Start.
func (i *Instance) Done() <-chan struct{} {
	if f := i.fleet.Load(); f != nil {
		return f.Done()
	}
	return nil
}

// Err is why Done is closed.
func (i *Instance) Err() error { return i.fleet.Load().Err() }

// Close ends everything but the manager, which must have been closed before.
func (i *Instance) Close(ctx context.Context) {
	i.Drain(ctx)
	i.follow()
	i.wg.Wait()
	i.server.Drain(ctx)
	i.x.Close()
	i.server.Close()
	i.client.Close()
	i.opts.Bus.Close()
}

// Degraded is why this instance does not serve all of the fleet; nil if it does.
func (i *Instance) Degraded() error {
	f := i.fleet.Load()
	switch {
	case f == nil:
		return nil
	case !i.opts.Bus.Connected():
		return errors.New("NATS cannot be reached: this instance serves the routers that it has, and no router can be registered")
	case i.x.Alone():
		return errors.New("events do not come back from NATS: this instance serves the routers that it has")
	}
	if err := f.Permit(); err != nil {
		return fmt.Errorf("no router may be polled: %w", err)
	}
	return nil
}

// Status is the fleet as this instance sees it.
func (i *Instance) Status() fleet.Status {
	if f := i.fleet.Load(); f != nil {
		return f.Status()
	}
	return fleet.Status{Instance: i.opts.Instance}
}
