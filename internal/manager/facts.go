package manager

import (
	"cmp"
	"slices"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
)

// Facts is what is known of the router of one id, without asking it.
type Facts struct {
	RouterID string
	State    pool.State
	poller.Facts
}

// Facts are those of all routers, sorted by id. It asks no router, and holds the
// manager's lock for the list of ids alone.
func (m *Manager) Facts() []Facts {
	type place struct {
		id   string
		seat seat
	}
	m.mu.Lock()
	places := make([]place, 0, len(m.routers))
	for id, r := range m.routers {
		places = append(places, place{id, r.seat})
	}
	m.mu.Unlock()

	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.id, b.id) })
	list := make([]Facts, 0, len(places))
	for _, p := range places {
		one := Facts{RouterID: p.id, State: p.seat.lease.Status().State, Facts: p.seat.device.poller.Facts()}
		if one.State != pool.Up {
			one.Facts = poller.Facts{Identity: one.Identity} // of before
		}
		list = append(list, one)
	}
	return list
}

// Sessions is how the sessions at routers fare together.
func (m *Manager) Sessions() pool.Summary { return m.pool.Summary() }

// Events is what became of the events.
func (m *Manager) Events() hub.Counts { return m.hub.Counts() }
