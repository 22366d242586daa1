package manager

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fmt"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/pool"
)

// ErrUnknownRouter means that no router of that id is connected.
var ErrUnknownRouter = errcode.New(errcode.Unknown, "no router with this router_id is connected; POST /connect first")

// ErrClosed refuses everything once the manager is closing.
var ErrClosed = errcode.New(errcode.Closing, "the server is shutting down")

// Router is one router_id.
type Router struct {
	ID      string
	Owner   string // who connected it
	Device  Device // of now; the id may move to another one
	Viewers int    // streams of this router_id
}

// List is all routers, sorted by id.
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

// Get is one router.
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

// Sessions is the state of all sessions together.
func (m *Manager) Sessions() pool.Summary { return m.pool.Summary() }

// Events counts what became of the events.
func (m *Manager) Events() hub.Counts { return m.hub.Counts() }

// checkID admits what can stand in a path, in a query and in a log line.
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
			return errcode.Field("router_id", fmt.Sprintf("contains %q; use letters, digits and signs such as . _ - :", r))
		}
	}
	return nil
}
