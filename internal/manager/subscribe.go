package manager

import (
	"fmt"
	"slices"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
)

// Watch says what a viewer wants to see.
type Watch struct {
	Routers  []string             // router_ids, each of which must be connected
	All      bool                 // all routers there are and will be, instead
	Allow    func(id string) bool // of all routers those it admits; nil for every one
	Variants []poller.Variant     // none for the combined event
	// LastEventID is the id of the last event that the viewer got, if it was
	// here before.
	LastEventID string
}

// Subscribe adds a viewer, which must be closed. While it is there, the routers
// are polled for what it watches.
func (m *Manager) Subscribe(w Watch) (*hub.Subscription, error) {
	if len(w.Variants) == 0 {
		w.Variants = []poller.Variant{{Topic: poller.Combined}}
	}
	q := hub.Query{All: w.All, Allow: w.Allow, LastEventID: w.LastEventID}
	for _, v := range unique(w.Variants) {
		q.Tracks = append(q.Tracks, device.TrackOf(v))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	if !w.All {
		for _, id := range unique(w.Routers) {
			r := m.routers[id]
			if r == nil {
				return nil, fmt.Errorf("%w (router_id %q)", ErrUnknownRouter, id)
			}
			q.Feeds = append(q.Feeds, r.feed)
		}
	}
	return m.hub.Subscribe(q), nil
}

// unique is the list without what it has twice, in its order.
func unique[T comparable](list []T) []T {
	var out []T
	for _, v := range list {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
