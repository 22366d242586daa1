package pool_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	sealed "github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
)

var errUnplugged = errors.New("no route to host")

var admin = pool.Key{Addr: "r:8728", User: "api", Password: sealed.New(secret)}

// network is what a pool dials in: a simulated router behind a net.Pipe, and
// what may go wrong on the way.
type network struct {
	device *sim.Device
	budget routeros.Budget // of the sessions; may be nil

	mu       sync.Mutex
	dials    []time.Time
	refuse   error         // every dial fails with it
	delay    time.Duration // of every dial
	password string        // is sent instead of the key's
	sessions []*routeros.Session
}

// in runs a test with a pool on a clock of its own. The bubble fails the test
// when a goroutine is left behind.
func in(t *testing.T, o sim.Options, opts pool.Options, test func(t *testing.T, n *network, p *pool.Pool)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.User, o.Password = admin.User, admin.Password.Reveal()
		if o.Board == "" {
			o.Personality = sim.CCR2004()
		}
		n := &network{device: sim.New(o)}
		p := pool.New(n.dial, opts)
		defer n.device.Close()
		defer p.Close()
		test(t, n, p)
	})
}

func (n *network) dial(ctx context.Context, key pool.Key) (*routeros.Session, error) {
	n.mu.Lock()
	n.dials = append(n.dials, time.Now())
	refuse, delay, password := n.refuse, n.delay, n.password
	n.mu.Unlock()
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	if refuse != nil {
		return nil, &routeros.LinkError{Step: "dial", Err: refuse}
	}
	cred := key.Credentials()
	if password != "" {
		cred.Password = password
	}
	client, router := net.Pipe()
	go n.device.ServeConn(router) // until the device is closed at the latest
	s, err := routeros.New(ctx, client, cred, routeros.Options{Budget: n.budget})
	if err == nil {
		n.mu.Lock()
		n.sessions = append(n.sessions, s)
		n.mu.Unlock()
	}
	return s, err
}

// set changes the network.
func (n *network) set(change func(*network)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(n)
}

// dialed is when the pool dialed, so far.
func (n *network) dialed() []time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]time.Time(nil), n.dials...)
}

// last is the newest session.
func (n *network) last() *routeros.Session {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sessions[len(n.sessions)-1]
}

// ran is how often the router got a command.
func (n *network) ran(path string) int { return n.device.Stats().Commands[path] }

func acquire(t *testing.T, p *pool.Pool, key pool.Key) *pool.Lease {
	t.Helper()
	lease, err := p.Acquire(t.Context(), "", key, nil)
	require.NoError(t, err)
	return lease
}

// works runs a command over a link.
func works(t *testing.T, link *pool.Link) {
	t.Helper()
	reply, err := run(t.Context(), link, "/system/identity/print")
	require.NoError(t, err)
	assert.Equal(t, 1, reply.Len)
}

// journal is what a watcher was told.
type journal struct {
	mu   sync.Mutex
	list []pool.Status
}

func (j *journal) note(s pool.Status) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.list = append(j.list, s)
}

func (j *journal) states() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var names []string
	for _, s := range j.list {
		names = append(names, s.State.String())
	}
	return names
}

// runner is a link or a lease.
type runner interface {
	Run(ctx context.Context, command routeros.Command) (*routeros.Reply, error)
	Stream(ctx context.Context, command routeros.Command) (*pool.Stream, error)
}

func run(ctx context.Context, on runner, words ...string) (*routeros.Reply, error) {
	return on.Run(ctx, routeros.Command{Words: words})
}

func stream(ctx context.Context, on runner, words ...string) (*pool.Stream, error) {
	return on.Stream(ctx, routeros.Command{Words: words, Limit: 1 << 20})
}
