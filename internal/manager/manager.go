// Package manager maps router_ids onto sessions. It knows which ids there are,
// which device each of them stands for, and the feed of each id's viewers; what
// happens on a session is the device's.
//
// Connecting dials first and commits after, so an id that exists works at every
// moment, with its old session or with its new one. The feed belongs to the id
// and survives a change of session: viewers stay.
//
// Locks are taken in the order Manager.mu, poller's, device's, hub's; none is
// held during I/O.
package manager

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// Manager is the register of routers.
type Manager struct {
	pool *pool.Pool // owned: closed by Close
	hub  *hub.Hub   // owned: closed by Close
	opts device.Options
	log  *slog.Logger

	mu      sync.Mutex
	routers map[string]*router          // by router_id; guarded by mu
	devices map[pool.Key]*device.Device // those of the routers; guarded by mu
	views   map[*View]struct{}          // those of all routers or several; guarded by mu
	closed  bool                        // guarded by mu
}

// router is one router_id. Its fields are guarded by Manager.mu.
type router struct {
	id       string
	feed     *hub.Feed // static
	binding  binding
	viewers  int
	watching map[poller.Form]int // viewers of each form
	state    pool.State          // that the viewers know of
	gone     time.Time           // since when the session is lost; zero while it is not
}

// binding is what ties a router_id to a session.
type binding struct {
	lease  *pool.Lease
	device Device
	leave  map[poller.Form]func() // end the watches on the device
}

// Device is one session on a router, as the manager and those above it see it.
// [device.Device] is a session of this process.
type Device interface {
	// Run sends one command and waits for its answer; Start sends one whose rows
	// are taken as they come. Info is what the router says about itself.
	Run(ctx context.Context, args []string) (*routeros.Reply, error)
	Start(ctx context.Context, args []string) (device.Stream, error)
	Info(ctx context.Context) (device.Info, error)
	// Watch has the router polled for a form until leave is called.
	Watch(form poller.Form) (leave func())
	// Status and Facts are from memory: no router is asked.
	Status() device.Status
	Facts() poller.Facts
	// Attach and Detach join the feed of a router_id to the device's events; IDs
	// are those that are attached.
	Attach(id string, feed *hub.Feed)
	Detach(id string) (last bool)
	IDs() []string
	// Close ends the polling and waits for it.
	Close()
}

var _ Device = (*device.Device)(nil)

// Options of a Manager. Zero fields mean the defaults.
type Options struct {
	Device device.Options // of all devices
	Log    *slog.Logger   // of routers that go and return; none
}

// New returns a manager that owns p.
func New(p *pool.Pool, opts Options) *Manager {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Manager{
		pool: p, opts: opts.Device, log: opts.Log, hub: hub.New(),
		routers: make(map[string]*router),
		devices: make(map[pool.Key]*device.Device),
		views:   make(map[*View]struct{}),
	}
}

// Connected is what Connect did.
type Connected struct {
	Shared         bool   // other router_ids use the same session
	Reused         bool   // no login was needed, the session was there
	TLSFingerprint string // SHA-256 of the router's certificate; empty without TLS
}

// Connect makes id stand for the router at key. It returns once a session is
// up; on any error everything is as it was before. Connecting an id again with
// the same key changes nothing; with another key the id moves over and the old
// session is released.
func (m *Manager) Connect(ctx context.Context, id string, key pool.Key) (Connected, error) {
	if err := checkID(id); err != nil {
		return Connected{}, err
	}
	lease, err := m.pool.Acquire(ctx, key, func(s pool.Status) { m.linkChanged(id, key, s) })
	if err != nil {
		return Connected{}, err
	}
	shared, cleanup, err := m.commit(id, lease)
	if err != nil {
		lease.Release()
		return Connected{}, err
	}
	cleanup()
	return Connected{Shared: shared, Reused: lease.Reused(), TLSFingerprint: lease.Fingerprint()}, nil
}

// commit enters the lease. What that made superfluous is given up by the
// function it returns, to be called without the lock.
func (m *Manager) commit(id string, lease *pool.Lease) (shared bool, cleanup func() bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false, nil, ErrClosed
	}
	r := m.routers[id]
	if r != nil && r.binding.lease.Link == lease.Link {
		return len(r.binding.device.IDs()) > 1, lease.Release, nil
	}
	cleanup = func() bool { return false }
	if r == nil {
		r = &router{id: id, feed: m.openFeed(id), state: pool.Up, watching: make(map[poller.Form]int)}
		m.routers[id] = r
		defer m.attach(r)
	} else {
		cleanup = m.detach(r)
		r.feed.Restart() // what comes now is another router's
	}
	r.binding = binding{lease: lease, device: m.device(lease), leave: make(map[poller.Form]func())}
	r.binding.device.Attach(id, r.feed)
	for form := range r.watching {
		r.binding.leave[form] = r.binding.device.Watch(form)
	}
	if n := m.announce(r, lease.Status()); n != nil {
		before := cleanup
		cleanup = func() bool { m.tell(n); return before() }
	}
	return len(r.binding.device.IDs()) > 1, cleanup, nil
}

func (m *Manager) openFeed(id string) *hub.Feed {
	return m.hub.Open(id, string(menu.AppendString([]byte(`"router_id":`), id))+",")
}

// device is the device of the lease's session, made if need be; mu is held.
func (m *Manager) device(lease *pool.Lease) Device {
	d := m.devices[lease.Key()]
	if d == nil || !d.On(lease.Link) {
		d = device.New(lease.Link, m.opts)
		m.devices[lease.Key()] = d
	}
	return d
}

// detach takes r off its session; mu is held. The function it returns stops what
// nobody needs any more and must be called without the lock; it reports whether
// that closes the session.
func (m *Manager) detach(r *router) (cleanup func() bool) {
	old := r.binding
	r.binding.leave = nil // from here on this function's alone
	empty := old.device.Detach(r.id)
	if key := old.lease.Key(); empty && m.devices[key] == old.device {
		delete(m.devices, key)
	}
	return func() bool {
		for _, leave := range old.leave {
			leave()
		}
		if empty {
			old.device.Close()
		}
		return old.lease.Release()
	}
}

// Disconnect ends the streams of id, its polling, and its share of the session.
// It reports whether that closed the session: no other router_id used it.
func (m *Manager) Disconnect(id string) (closed bool, err error) {
	m.mu.Lock()
	r := m.routers[id]
	if r == nil {
		m.mu.Unlock()
		return false, ErrUnknownRouter
	}
	delete(m.routers, id)
	cleanup := m.detach(r)
	m.mu.Unlock()

	r.feed.PublishStatus(appendStatus(nil, "disconnected", nil, time.Now()), false)
	r.feed.Close()
	return cleanup(), nil
}

// Close ends all streams, stops all pollers and closes all sessions, and waits
// for that. Call EndStreams first where viewers are to leave before.
func (m *Manager) Close() {
	m.EndStreams()
	m.mu.Lock()
	devices := slices.Collect(maps.Values(m.devices))
	m.mu.Unlock()
	for _, d := range devices {
		d.Close()
	}
	m.pool.Close()
}

// EndStreams ends the streams of all viewers and admits nobody new.
func (m *Manager) EndStreams() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.hub.Close()
}
