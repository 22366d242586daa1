// Package manager maps router_ids onto sessions. It knows which ids there are,
// which device each of them stands for, and the feed of each id's viewers; what
// happens on a session is the device's.
//
// Connecting dials first and commits after, so an id that exists works at every
// moment, with its old session or with its new one. The feed belongs to the id
// and survives a change of session: viewers stay.
//
// Locks are taken in the order Manager.mu, device's, hub's, poller's; none is held
// during I/O.
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
)

// Manager is the register of routers.
type Manager struct {
	pool *pool.Pool // owned: closed by Close
	hub  *hub.Hub   // owned: closed by Close
	opts device.Options
	log  *slog.Logger

	mu         sync.Mutex
	routers    map[string]*router          // by router_id; guarded by mu
	connecting map[string]*attempt         // router_ids that are being connected for the first time; guarded by mu
	owned      map[string]int              // router_ids of each owner, those included that are being connected; guarded by mu
	devices    map[pool.Key]*device.Device // those of the routers; guarded by mu
	closed     bool                        // guarded by mu
}

// router is one router_id. Its fields are guarded by Manager.mu.
type router struct {
	id      string    // static
	owner   string    // who connected it first
	feed    *hub.Feed // static
	binding binding
	state   pool.State // that the viewers know of
	lost    time.Time  // since when the session is away; zero while it is not
}

// binding is what ties a router_id to a session.
type binding struct {
	lease  *pool.Lease
	device Device
}

// Device is one session on a router, as the manager and those above it see it.
// [device.Device] is a session of this process.
type Device interface {
	// Run sends one command and waits for its answer; Start sends one whose rows
	// are taken as they come. Info is what the router says about itself.
	Run(ctx context.Context, args []string) (*routeros.Reply, error)
	Start(ctx context.Context, args []string) (device.Stream, error)
	Info(ctx context.Context) (device.Info, error)
	// A Watcher has the router polled for a track of a feed.
	hub.Watcher
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
		routers:    make(map[string]*router),
		connecting: make(map[string]*attempt),
		owned:      make(map[string]int),
		devices:    make(map[pool.Key]*device.Device),
	}
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
