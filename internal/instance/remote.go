package instance

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/exchange"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// remote is the device of router_ids whose session is at another instance. It is
// [manager.Device].
type remote struct {
	i   *Instance
	key pool.Key

	mu     sync.Mutex
	routes map[string]attached // by router_id; guarded by mu
}

// attached is a router_id of a remote device.
type attached struct {
	route    *exchange.Route
	commands *relay.Remote
}

// Remote implements [manager.Fleet].
func (i *Instance) Remote(key pool.Key) manager.Device {
	return &remote{i: i, key: key, routes: make(map[string]attached)}
}

func (d *remote) Attach(id string, feed device.Feed) {
	route, _ := feed.(*exchange.Route)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.routes[id] = attached{route, relay.NewRemote(relay.RemoteOptions{
		Client: d.i.client, Key: d.i.opts.Commands[0], RouterID: id, Owner: d.owner, State: d,
	})}
}

func (d *remote) Detach(id string) (last bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.routes, id)
	return len(d.routes) == 0
}

func (d *remote) IDs() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.routes))
}

// any returns one of the router_ids: they share the session.
func (d *remote) any() attached {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(d.routes)) {
		return d.routes[id]
	}
	return attached{}
}

// A command that was refused waits for another owner for ownerWait at most. If there is none
// after sameWait, the same is asked again: it may just be taking the session over.
const (
	ownerWait = 3 * time.Second
	sameWait  = 200 * time.Millisecond
)

// owner is for [relay.RemoteOptions].
func (d *remote) owner(ctx context.Context, refused relay.Target) (relay.Target, error) {
	late, same := time.Now().Add(ownerWait), time.Now().Add(sameWait)
	for {
		at := d.i.Owner(d.key)
		now := relay.Target{Instance: at.Instance, Epoch: at.Epoch}
		if at.Instance != "" && at.Instance != d.i.opts.Instance && (now != refused || time.Now().After(same)) {
			return now, nil
		}
		if refused == (relay.Target{}) || time.Now().After(late) {
			return relay.Target{}, errcode.New(errcode.Unreachable, "no instance of the fleet has this router at the moment; nothing was sent")
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return relay.Target{}, context.Cause(ctx)
		}
	}
}

var errGone = errcode.New(errcode.Unknown, "the router was disconnected")

func (d *remote) Run(ctx context.Context, owner string, args []string) (*routeros.Reply, error) {
	if a := d.any(); a.commands != nil {
		return a.commands.Run(ctx, owner, args)
	}
	return nil, errGone
}

func (d *remote) Start(ctx context.Context, owner string, args []string) (device.Stream, error) {
	if a := d.any(); a.commands != nil {
		return a.commands.Start(ctx, owner, args)
	}
	return nil, errGone
}

func (d *remote) Info(ctx context.Context, owner string) (device.Info, error) {
	if a := d.any(); a.commands != nil {
		return a.commands.Info(ctx, owner)
	}
	return device.Info{}, errGone
}

func (d *remote) Retry(ctx context.Context) error {
	if a := d.any(); a.commands != nil {
		return a.commands.Retry(ctx)
	}
	return errGone
}

func (d *remote) Paths() device.Paths {
	if a := d.any(); a.commands != nil {
		return a.commands.Paths()
	}
	return device.Paths{}
}

// Watch and Ask do nothing: events come by the route, and rules are of the owner.
func (d *remote) Watch(hub.Track) (leave func())    { return func() {} }
func (d *remote) Ask(poller.Variant) (leave func()) { return func() {} }

// Close does nothing.
func (d *remote) Close() {}

// Status is what the owner told last.
func (d *remote) Status() device.Status {
	s, _ := d.state()
	return s
}

// Facts are what the owner told last.
func (d *remote) Facts() poller.Facts {
	_, f := d.state()
	return f
}

func (d *remote) state() (device.Status, poller.Facts) {
	if a := d.any(); a.route != nil {
		if s, f, err := relay.DecodeStatus(a.route.State(), d.key); err == nil {
			return s, f
		}
	}
	return device.Status{Key: d.key, Link: pool.Status{State: pool.Connecting, Since: time.Now()}}, poller.Facts{}
}

// find returns the device of a router_id if its session is here.
func (i *Instance) find(id string) (*device.Device, error) {
	r, err := i.manager.Load().Get(id)
	if err != nil {
		return nil, err
	}
	d, here := r.Device.(*device.Device)
	if !here {
		return nil, errcode.New(errcode.Unreachable, "the router has moved to another instance; nothing was sent")
	}
	return d, nil
}

// serve answers requests of other instances.
func (i *Instance) serve() {
	i.server.Handle("try", i.answerTry)
	i.server.Handle("find", i.answerFind)
	i.answerQuestions()
	i.server.HandleCommands(relay.CommandOptions{
		Keys: i.opts.Commands, Rules: i.opts.Rules, Permit: i.Permit,
		Find: func(id string, epoch uint64) (relay.Router, error) {
			d, err := i.find(id)
			if err != nil {
				return nil, err
			}
			if at := i.Owner(d.Key()); !at.Here || at.Epoch != epoch {
				return nil, errcode.New(errcode.Unreachable, "the router has moved to another instance; nothing was sent")
			}
			return d, nil
		},
	})
}

// describe is what other instances are told of a router of this one.
func (i *Instance) describe(id string) []byte {
	if i.manager.Load() == nil {
		return nil
	}
	d, err := i.find(id)
	if err != nil {
		return nil
	}
	return relay.EncodeStatus(d.Status(), d.Facts())
}
