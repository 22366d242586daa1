package manager

import (
	"fmt"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
)

// Watch describes the stream of a viewer.
type Watch struct {
	Routers  []string             // router_ids, each of which must be connected
	All      bool                 // all present and future routers instead of Routers
	Allow    func(id string) bool // with All: which routers are included; nil for all
	Variants []poller.Variant     // none for the combined event
	// LastEventID is the id of the last event that the viewer received before it
	// reconnected; empty for a new viewer.
	LastEventID string
}

// Subscribe adds a viewer. Its routers are polled for its variants until the
// subscription is closed.
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

// PublishAlert publishes an event of the topic alerts to the viewers of a router: the
// fields of a JSON object after router_id, with the closing brace.
func (m *Manager) PublishAlert(id string, body []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.routers[id]
	if r == nil {
		return
	}
	track := device.TrackOf(poller.Variant{Topic: poller.Alerts})
	if r.route != nil {
		r.route.PublishLine(track, body) // in the order of the fleet, and to all of it
		return
	}
	r.feed.PublishLine(track, body)
}

// unique returns the list without duplicates, in its order. Clients choose its length.
func unique[T comparable](list []T) []T {
	seen := make(map[T]bool, len(list))
	var out []T
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}
