// Package manager maps router_ids to sessions. It keeps for each router_id its owner,
// its device and the feed of its viewers.
//
// Connect dials before it changes anything, so that a mistake in the settings leaves an id
// at its old session. Routers that come from the register, and those that are registered
// without waiting, have a session when they can be reached. The feed belongs to the id:
// viewers stay when the id moves to another session.
//
// What the register does not hold is not in the table: an id is written to the register
// before it is taken, and removed from it before it goes. Those who change one id do so one
// after the other, see [Manager.turn]; the register is not asked while a lock is held.
//
// Locks are taken in the order Manager.mu, Device.mu, Hub.mu, Poller.mu. None is held
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
	"github.com/aprakasa/mikronec/internal/doctor"
	"github.com/aprakasa/mikronec/internal/history"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/search"
	"github.com/aprakasa/mikronec/internal/users"
)

// Manager is the table of routers.
type Manager struct {
	register *register.Register // nil if nothing is kept; not owned
	fleet    Fleet              // nil without other instances; not owned
	pool     *pool.Pool         // owned: closed by Close
	hub      *hub.Hub           // owned: closed by Close
	opts     device.Options
	log      *slog.Logger
	// loginFailed is Options.LoginFailed, or does nothing.
	loginFailed func(routerID string, key pool.Key)
	// Options.StateChanged and Options.Changed, or do nothing.
	stateChanged func(StateChanged)
	changed      func()

	mu         sync.Mutex
	routers    map[string]*router       // by router_id; guarded by mu
	connecting map[string]*attempt      // router_ids that are being connected and are not in routers; guarded by mu
	owned      map[string]int           // number of router_ids of each owner, in routers and connecting; guarded by mu
	changing   map[string]chan struct{} // router_ids that somebody changes, closed at the end; guarded by mu
	devices    map[pool.Key]Device      // those of the routers; guarded by mu
	tried      map[*pool.Lease]struct{} // of Hold; guarded by mu
	closed     bool                     // guarded by mu
}

// router is one router_id. Its fields are guarded by Manager.mu.
type router struct {
	id       string    // static
	feed     *hub.Feed // static
	route    Route     // static; nil without a fleet
	owner    string    // who connected it; empty if it is declared
	comment  string
	declared bool
	revision uint64          // of its record; 0 without one
	missed   register.Change // the last one of the register while it was declared
	binding  binding
	state    pool.State // in the last status event
	refused  bool       // the router had refused the login, in the last status event
	lost     time.Time  // when the session was lost; zero while it is up

	told     [2]bool // in this state, a status without and with a refused login was told
	repeated int     // status that were told before, since the last event
	lines    lines   // of the log
}

// binding is the session of a router_id.
type binding struct {
	hold   hold
	device Device
	tried  func(error) // Registration.Tried
}

// Device is a session on a router. [device.Device] is a session of this process.
type Device interface {
	// Run sends a command and waits for its reply; Start sends one whose rows are read
	// as they arrive. Info reads model, version, resources and identity. The owner is
	// who asks; owners share the router, see [routeros.Command].
	Run(ctx context.Context, owner string, args []string) (*routeros.Reply, error)
	Start(ctx context.Context, owner string, args []string) (device.Stream, error)
	Info(ctx context.Context, owner string) (device.Info, error)
	// Retry dials a router that is not connected at once, and waits for the result.
	Retry(ctx context.Context) error
	// History is what was measured of a router_id of this session.
	History(id string, q history.Query) history.Answer
	// Find looks into the last tables of the router, which is not asked; read is false if
	// there were none.
	Find(p search.Pattern, limit int) (found []search.Found, read bool)
	// Examine finds out why a router does not work, over a connection of its own; with public,
	// without what the findings say of the server's network.
	Examine(ctx context.Context, public bool) (findings []doctor.Finding, healthy bool)
	// Users returns a selection of the users who are connected. The router is read for it
	// while somebody asks.
	Users(ctx context.Context, q users.Query) (users.Page, error)
	// Watch polls the router for a track of a feed.
	hub.Watcher
	// Ask polls the router for a variant of rules, see [device.Options.Follower].
	Ask(v poller.Variant) (leave func())
	// Status and Facts send nothing to the router.
	Status() device.Status
	Facts() poller.Facts
	// Paths is what was learned about the menus of the router in this session.
	Paths() device.Paths
	// Attach and Detach add and remove the feed of a router_id; IDs returns the
	// attached ones.
	Attach(id string, feed device.Feed)
	Detach(id string) (last bool)
	IDs() []string
	// Close stops polling and waits for its goroutines.
	Close()
}

var _ Device = (*device.Device)(nil)

// Options of a Manager. Zero fields mean the defaults.
type Options struct {
	Device device.Options // of all devices
	Log    *slog.Logger   // losses and returns of routers, and refused logins; none
	// Register keeps the routers; nil for none.
	Register *register.Register
	// LoginFailed is called when a router that was connected refuses the login for
	// good; nil for nobody. No lock is held; the next attempt to log in waits for it.
	LoginFailed func(routerID string, key pool.Key)
	// StateChanged is called when the state of a session may have changed, and Changed
	// when a router came, went, or moved to another session; nil for nobody. Neither may
	// block, nor call the manager; a lock may be held.
	StateChanged func(StateChanged)
	Changed      func()
	// IDSecret makes the ids of events, see [hub.NewSealer]; empty for a random one.
	IDSecret []byte
	// Fleet is the other instances, which share the register; nil for none. With it, Hub is
	// the hub, whose order is that of the fleet; the manager owns it.
	Fleet Fleet
	Hub   *hub.Hub
}

// New returns a manager that owns p.
func New(p *pool.Pool, opts Options) *Manager {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.LoginFailed == nil {
		opts.LoginFailed = func(string, pool.Key) {}
	}
	if opts.StateChanged == nil {
		opts.StateChanged = func(StateChanged) {}
	}
	if opts.Changed == nil {
		opts.Changed = func() {}
	}
	if opts.Hub == nil {
		opts.Hub = hub.NewSealed(hub.NewSealer(opts.IDSecret))
	}
	return &Manager{
		stateChanged: opts.StateChanged, changed: opts.Changed,
		register: opts.Register, pool: p, opts: opts.Device, log: opts.Log, loginFailed: opts.LoginFailed, hub: opts.Hub, fleet: opts.Fleet,
		routers:    make(map[string]*router),
		connecting: make(map[string]*attempt),
		owned:      make(map[string]int),
		changing:   make(map[string]chan struct{}),
		devices:    make(map[pool.Key]Device),
		tried:      make(map[*pool.Lease]struct{}),
	}
}

// Close ends all streams, stops all pollers, closes all sessions and waits for their
// goroutines.
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

// EndStreams ends all streams and refuses new ones and new routers.
func (m *Manager) EndStreams() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.hub.Close()
}
