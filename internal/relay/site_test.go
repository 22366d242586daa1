package relay_test

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/limit"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
)

const routerID = "kantor-1"

var fleetKey = []byte("a key that all instances have...")

// session is a session on a simulated router, as one instance has it.
type session struct {
	*device.Device

	router *sim.Device
	held   *limit.Memory // what its replies hold
}

// dial connects to a simulated router over TCP.
func dial(t testing.TB, router sim.Options, page string, opts routeros.Options) *session {
	t.Helper()
	router.User, router.Password = "api", "secret"
	s := &session{router: sim.New(router), held: limit.NewMemory(256 << 20)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = s.router.Serve(l) }() // until Close
	t.Cleanup(s.router.Close)
	if opts.Budget == nil {
		opts.Budget = s.held
	}
	p := pool.New(func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
		opts := opts
		var err error
		if opts.Page, err = charset.Lookup(key.CodePage); err != nil {
			return nil, err
		}
		return routeros.Dial(ctx, key.Addr, key.TLS, key.Credentials(), opts)
	}, pool.Options{Patience: 50 * time.Millisecond})
	t.Cleanup(p.Close)
	key := pool.Key{Addr: l.Addr().String(), User: "api", Password: secret.New("secret"), CodePage: page}
	lease, err := p.Acquire(t.Context(), "", key, nil)
	require.NoError(t, err)
	s.Device = device.New(lease.Link, device.Options{})
	t.Cleanup(s.Close)
	return s
}

// owners say who has the session of a router: the first one, and after a refusal the next.
type owners struct {
	mu      sync.Mutex
	targets []relay.Target // guarded by mu
}

func (o *owners) owner(_ context.Context, refused relay.Target) (relay.Target, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if i := slices.Index(o.targets, refused); i >= 0 {
		o.targets = append(o.targets[:i:i], o.targets[i+1:]...)
	}
	if len(o.targets) == 0 {
		return relay.Target{}, errcode.New(errcode.Unreachable, "nobody has the session")
	}
	return o.targets[0], nil
}

// known is a state as the manager would keep it.
type known struct{ logins int }

func (k *known) Status() device.Status {
	return device.Status{Link: pool.Status{State: pool.Up, Logins: k.logins}}
}
func (k *known) Facts() poller.Facts { return poller.Facts{Identity: "far"} }

// remote returns the router of the fleet as another instance than its owners sees it, on a
// connection of its own.
func (f *fleet) remote(targets ...relay.Target) (*relay.Remote, *relay.Client, bus) {
	f.t.Helper()
	c, b := f.client("a")
	return relay.NewRemote(relay.RemoteOptions{
		Client: c, Key: fleetKey, RouterID: routerID, Owner: (&owners{targets: targets}).owner, State: &known{},
	}), c, b
}

// commands takes commands for a router as its owner does.
func commands(router relay.Router, epoch uint64) relay.CommandOptions {
	return relay.CommandOptions{
		Keys: [][]byte{fleetKey}, Permit: func() error { return nil },
		Find: func(id string, at uint64) (relay.Router, error) {
			if id != routerID || at != epoch {
				return nil, errcode.New(errcode.Unreachable, "this instance does not have the session")
			}
			return router, nil
		},
	}
}

// pair returns a session at the instance b and the same router as the instance a sees it.
func (f *fleet) pair(router sim.Options, page string, opts routeros.Options) (*session, *relay.Remote, bus) {
	f.t.Helper()
	s := dial(f.t, router, page, opts)
	_, b := f.serve("b", relay.ServerOptions{}, func(server *relay.Server) { server.HandleCommands(commands(s, 7)) })
	r, _, _ := f.remote(relay.Target{Instance: "b", Epoch: 7})
	return s, r, b
}

// devices are both ways to a router.
func devices(s *session, r *relay.Remote) map[string]relay.Router {
	return map[string]relay.Router{"local": s, "remote": r}
}

var _ interface { // what a manager.Device is besides its feeds
	relay.Router
	Status() device.Status
	Facts() poller.Facts
	Paths() device.Paths
} = (*relay.Remote)(nil)

var _ relay.Router = manager.Device(nil)
