package manager

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// Watch says what a viewer wants to see.
type Watch struct {
	Routers []string             // router_ids, each of which must be connected
	All     bool                 // all routers there are and will be, instead
	Allow   func(id string) bool // of all routers those it admits; nil for every one
	Forms   []poller.Form        // none for the combined event
	// LastEventID is the id of the last event that the viewer got, if it was
	// here before.
	LastEventID string
	// Wake is called when there is something to take, instead of a signal on
	// Ready; see [hub.Query].
	Wake func()
}

// View is one viewer's subscription. While there is one, the routers are polled
// for what it watches.
type View struct {
	*hub.Subscription
	m     *Manager
	watch Watch

	routers map[*router]struct{} // those it counts at; guarded by m.mu
}

// Subscribe adds a viewer. The view must be closed.
func (m *Manager) Subscribe(w Watch) (*View, error) {
	if len(w.Forms) == 0 {
		w.Forms = []poller.Form{{}}
	}
	w.Forms, w.Routers = unique(w.Forms), unique(w.Routers)
	if w.All {
		w.Routers = nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	v := &View{m: m, watch: w, routers: make(map[*router]struct{})}
	q := hub.Query{All: w.All, Allow: w.Allow, LastEventID: w.LastEventID, Wake: w.Wake}
	for _, form := range w.Forms {
		q.Tracks = append(q.Tracks, device.TrackOf(form))
	}
	var routers []*router
	if w.All {
		routers = slices.Collect(maps.Values(m.routers))
	}
	for _, id := range w.Routers {
		r := m.routers[id]
		if r == nil {
			return nil, fmt.Errorf("%w (router_id %q)", ErrUnknownRouter, id)
		}
		routers = append(routers, r)
		q.Feeds = append(q.Feeds, r.feed)
	}
	v.Subscription = m.hub.Subscribe(q)
	for _, r := range routers {
		v.count(r)
	}
	if w.All || len(w.Routers) > 1 {
		m.views[v] = struct{}{}
	}
	return v, nil
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

// attach counts the viewers of all routers, and of several with this one among
// them, at one that has come; mu is held. Their subscriptions have joined its
// feed already.
func (m *Manager) attach(r *router) {
	for v := range m.views {
		if v.watch.All || slices.Contains(v.watch.Routers, r.id) {
			v.count(r)
		}
	}
}

// count enters the viewer at a router; mu is held.
func (v *View) count(r *router) {
	if v.watch.All && v.watch.Allow != nil && !v.watch.Allow(r.id) {
		return
	}
	v.routers[r] = struct{}{}
	r.viewers++
	for _, form := range v.watch.Forms {
		r.watching[form]++
		if r.binding.leave[form] == nil {
			r.binding.leave[form] = r.binding.device.Watch(form)
		}
	}
}

// Close leaves; what nobody else watches is polled no longer.
func (v *View) Close() {
	v.Subscription.Close()
	v.m.mu.Lock()
	defer v.m.mu.Unlock()
	delete(v.m.views, v)
	for r := range v.routers {
		r.viewers--
		for _, form := range v.watch.Forms {
			if r.watching[form]--; r.watching[form] > 0 {
				continue
			}
			delete(r.watching, form)
			if leave := r.binding.leave[form]; leave != nil {
				leave()
				delete(r.binding.leave, form)
			}
		}
	}
	clear(v.routers)
}

// linkChanged tells the viewers of id that its router went away or returned. It
// is called by the goroutine of the link.
func (m *Manager) linkChanged(id string, key pool.Key, s pool.Status) {
	m.mu.Lock()
	var n *news
	if r := m.routers[id]; r != nil && r.binding.lease.Key() == key {
		n = m.announce(r, s)
	}
	m.mu.Unlock()
	m.tell(n)
}

// announce publishes the state of the link where it differs from what the
// viewers know, and returns what is worth a line in the log; mu is held. Attempts
// that fail like the one before are no news.
func (m *Manager) announce(r *router, s pool.Status) *news {
	if s.State == pool.Connecting || s.State == pool.Closed || s.State == r.state {
		return nil
	}
	r.state = s.State
	r.feed.PublishStatus(appendStatus(nil, s.State.String(), s.Err, s.Since), s.State != pool.Up)
	return r.notice(s)
}

// appendStatus writes the data of a status event from behind its router_id on.
func appendStatus(b []byte, state string, cause error, since time.Time) []byte {
	b = menu.AppendString(append(b, `"state":`...), state)
	if cause != nil {
		b = menu.AppendString(append(b, `,"error":`...), cause.Error())
		b = menu.AppendString(append(b, `,"code":`...), string(errcode.Of(cause)))
	}
	b = strconv.AppendInt(append(b, `,"since":`...), since.Unix(), 10)
	b = strconv.AppendInt(append(b, `,"ts":`...), time.Now().Unix(), 10)
	return append(b, '}')
}
