package manager

import (
	"cmp"
	"slices"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/pool"
)

// ErrUnknownRouter means that the router_id is not connected.
var ErrUnknownRouter = errcode.New(errcode.Unknown, "no router with this router_id is connected; POST /connect first")

// ErrDeclared means that the router is in the file of declared routers.
var ErrDeclared = errcode.New(errcode.Declared, "this router is declared in ROUTERS_FILE and can be changed there only")

// ErrChanged means that a router was changed since its revision was read.
var ErrChanged = errcode.New(errcode.Busy, "the router was changed at the same time; try again")

// ErrClosed means that EndStreams or Close was called.
var ErrClosed = errcode.New(errcode.Closing, "the server is shutting down")

// Router is a connected router_id.
type Router struct {
	ID       string
	Owner    string // who connected it; empty if it is declared
	Comment  string
	Declared bool   // by the file of declared routers, see [Manager.Declare]
	Revision uint64 // of its record; 0 if it is declared
	Device   Device // the present one; the id may move to another
	Viewers  int    // number of streams that include this router_id
	Instance string // the instance of the fleet that has the session; empty without a fleet, and while none has it
	Here     bool   // this instance has the session
}

// List returns all routers, sorted by id.
func (m *Manager) List() []Router {
	m.mu.Lock()
	list := make([]Router, 0, len(m.routers))
	for _, r := range m.routers {
		list = append(list, m.describe(r))
	}
	m.mu.Unlock()
	slices.SortFunc(list, func(a, b Router) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Get returns a router.
func (m *Manager) Get(id string) (Router, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch r := m.routers[id]; {
	case m.closed:
		return Router{}, ErrClosed
	case r == nil:
		return Router{}, ErrUnknownRouter
	default:
		return m.describe(r), nil
	}
}

// describe needs Manager.mu.
func (m *Manager) describe(r *router) Router {
	out := Router{
		ID: r.id, Owner: r.owner, Comment: r.comment, Declared: r.declared, Revision: r.revision, Device: r.binding.device, Viewers: r.feed.Viewers(),
		Here: r.binding.hold.lease != nil,
	}
	if m.fleet != nil {
		out.Instance = m.fleet.Owner(r.binding.hold.key).Instance
	}
	return out
}

// Sessions returns the number of sessions in each state, and totals.
func (m *Manager) Sessions() pool.Summary { return m.pool.Summary() }

// Events returns the counters of events.
func (m *Manager) Events() hub.Counts { return m.hub.Counts() }
