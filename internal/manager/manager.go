// Package manager is the life of a router_id: it joins the session that the id
// stands for, the poller of that session and the feed of its viewers.
//
// Connecting dials first and commits after, so an id that exists works at every
// moment, with its old session or with its new one. The feed belongs to the id
// and survives a change of session: viewers stay.
//
// Locks are taken in the order Manager.mu, Poller's, device.mu, Feed's; none is
// held while a router is spoken to.
package manager

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// Manager is the register of routers.
type Manager struct {
	pool    *pool.Pool // owned: closed by Close
	hub     *hub.Hub   // owned: closed by Close
	polling poller.Options
	scrape  bool
	log     *slog.Logger

	mu      sync.Mutex
	routers map[string]*router   // by router_id; guarded by mu
	devices map[pool.Key]*device // those of the routers; guarded by mu
	views   map[*View]struct{}   // those of all routers or several; guarded by mu
	closed  bool                 // guarded by mu
}

// router is one router_id. Its fields are guarded by Manager.mu.
type router struct {
	id       string
	feed     *hub.Feed // static
	seat     seat
	viewers  int
	watching map[poller.Form]int // viewers of each form
	state    pool.State          // that the viewers know of
	gone     time.Time           // since when the session is lost; zero while it is not
}

// seat is the place of a router_id at a session.
type seat struct {
	lease  *pool.Lease
	device *device
	leave  map[poller.Form]func() // end the watches on the device's poller
}

// Options of a Manager. Zero fields mean the defaults.
type Options struct {
	Polling poller.Options
	// Scrape has every router asked for its facts every Polling.Scrape, whether
	// somebody watches or not.
	Scrape bool
	Log    *slog.Logger // of routers that go and return; none
}

// New returns a manager that owns p.
func New(p *pool.Pool, opts Options) *Manager {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Manager{
		pool: p, polling: opts.Polling, scrape: opts.Scrape, log: opts.Log, hub: hub.New(),
		routers: make(map[string]*router),
		devices: make(map[pool.Key]*device),
		views:   make(map[*View]struct{}),
	}
}

// Connected is what Connect did.
type Connected struct {
	RouterID  string `json:"router_id" example:"cabang-jakarta-01"`
	Connected bool   `json:"connected"` // the session is up
	Shared    bool   `json:"shared"`    // other router_ids use the same session
	Reused    bool   `json:"reused"`    // no login was needed, the session was there

	// SHA-256 of the certificate that the router presented, with tls.
	TLSFingerprint string `json:"tls_fingerprint,omitempty"`
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
	shared, retire, err := m.commit(id, lease)
	if err != nil {
		lease.Release()
		return Connected{}, err
	}
	retire()
	return Connected{RouterID: id, Connected: true, Shared: shared, Reused: lease.Reused(), TLSFingerprint: lease.Fingerprint()}, nil
}

// commit enters the lease. What that made superfluous is given up by the
// function it returns, to be called without the lock.
func (m *Manager) commit(id string, lease *pool.Lease) (shared bool, retire func() bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false, nil, ErrClosed
	}
	r := m.routers[id]
	if r != nil && r.seat.lease.Link == lease.Link {
		return len(r.seat.device.ids()) > 1, lease.Release, nil
	}
	retire = func() bool { return false }
	if r == nil {
		r = &router{id: id, feed: m.openFeed(id), state: pool.Up, watching: make(map[poller.Form]int)}
		m.routers[id] = r
		defer m.admit(r)
	} else {
		retire = m.vacate(r)
		r.feed.Restart() // what comes now is another router's
	}
	r.seat = seat{lease: lease, device: m.device(lease), leave: make(map[poller.Form]func())}
	r.seat.device.add(id, r.feed)
	for form := range r.watching {
		r.seat.leave[form] = r.seat.device.poller.Watch(form)
	}
	if n := m.announce(r, lease.Status()); n != nil {
		before := retire
		retire = func() bool { m.tell(n); return before() }
	}
	return len(r.seat.device.ids()) > 1, retire, nil
}

func (m *Manager) openFeed(id string) *hub.Feed {
	return m.hub.Open(id, string(menu.AppendString([]byte(`"router_id":`), id))+",")
}

// device is the device of the lease's session, made if need be; mu is held.
func (m *Manager) device(lease *pool.Lease) *device {
	d := m.devices[lease.Key()]
	if d == nil || d.link != lease.Link {
		polling := m.polling
		polling.Page, _ = charset.Lookup(lease.Key().CodePage) // which was looked up to dial
		d = newDevice(lease.Link, polling)
		if m.scrape {
			d.poller.Watch(poller.Scrape) // until the poller is closed
		}
		m.devices[lease.Key()] = d
	}
	return d
}

// vacate takes r off its seat; mu is held. The function it returns stops what
// nobody needs any more and must be called without the lock; it reports whether
// that closes the session.
func (m *Manager) vacate(r *router) (retire func() bool) {
	old := r.seat
	r.seat.leave = nil // from here on this function's alone
	empty := old.device.remove(r.id)
	if key := old.lease.Key(); empty && m.devices[key] == old.device {
		delete(m.devices, key)
	}
	return func() bool {
		for _, leave := range old.leave {
			leave()
		}
		if empty {
			old.device.poller.Close()
		}
		return old.lease.Release()
	}
}

// Disconnected is what Disconnect did.
type Disconnected struct {
	RouterID     string `json:"router_id" example:"cabang-jakarta-01"`
	Disconnected bool   `json:"disconnected"`
	RouterClosed bool   `json:"router_closed"` // no other router_id used the session: it is closed at the router
}

// Disconnect ends the streams of id, its polling, and its share of the session.
func (m *Manager) Disconnect(id string) (Disconnected, error) {
	m.mu.Lock()
	r := m.routers[id]
	if r == nil {
		m.mu.Unlock()
		return Disconnected{}, ErrUnknownRouter
	}
	delete(m.routers, id)
	retire := m.vacate(r)
	m.mu.Unlock()

	r.feed.PublishStatus(appendStatus(nil, "disconnected", nil, time.Now()), false)
	r.feed.Close()
	return Disconnected{RouterID: id, Disconnected: true, RouterClosed: retire()}, nil
}

// Close ends all streams, stops all pollers and closes all sessions, and waits
// for that. Call EndStreams first where viewers are to leave before.
func (m *Manager) Close() {
	m.EndStreams()
	m.mu.Lock()
	devices := slices.Collect(maps.Values(m.devices))
	m.mu.Unlock()
	for _, d := range devices {
		d.poller.Close()
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
