package manager

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/pool"
)

// ErrUnknownRouter means that the router_id is not connected.
var ErrUnknownRouter = errcode.New(errcode.Unknown, "no router with this router_id is connected; POST /connect first")

// ErrClosed means that EndStreams or Close was called.
var ErrClosed = errcode.New(errcode.Closing, "the server is shutting down")

// Router is a connected router_id.
type Router struct {
	ID      string
	Owner   string // who connected it
	Device  Device // the present one; the id may move to another
	Viewers int    // number of streams that include this router_id
}

// List returns all routers, sorted by id.
func (m *Manager) List() []Router {
	m.mu.Lock()
	list := make([]Router, 0, len(m.routers))
	for _, r := range m.routers {
		list = append(list, r.describe())
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
		return r.describe(), nil
	}
}

// describe needs Manager.mu.
func (r *router) describe() Router {
	return Router{ID: r.id, Owner: r.owner, Device: r.binding.device, Viewers: r.feed.Viewers()}
}

// Sessions returns the number of sessions in each state, and totals.
func (m *Manager) Sessions() pool.Summary { return m.pool.Summary() }

// Events returns the counters of events.
func (m *Manager) Events() hub.Counts { return m.hub.Counts() }

// checkID allows only what is safe in a path, in a query and in a log line.
func checkID(id string) error {
	switch {
	case id == "":
		return errcode.Field("router_id", "is missing")
	case len(id) > 128:
		return errcode.Field("router_id", "is longer than 128 bytes")
	case strings.TrimSpace(id) != id:
		return errcode.Field("router_id", "begins or ends with a space")
	case !utf8.ValidString(id):
		return errcode.Field("router_id", "is not UTF-8")
	}
	for _, r := range id {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\?#*,"`, r) {
			return errcode.Field("router_id", fmt.Sprintf("contains %q; use letters, digits and characters such as . _ - :", r))
		}
	}
	return nil
}
