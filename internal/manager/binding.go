package manager

import (
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// commit makes what is held the session of a router, and its settings those of the id. The
// function it returns releases what is no longer needed, and must be called without the
// lock.
func (m *Manager) commit(want register.Router, declared bool, h hold, tried func(error)) (shared bool, cleanup func() bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false, nil, ErrClosed
	}
	r := m.routers[want.ID]
	if r != nil {
		m.disown(r.owner)
		m.owned[want.Owner]++
		r.owner = want.Owner
	}
	if r != nil && r.binding.hold.same(h) {
		r.settle(want, declared)
		tried(nil) // there is no attempt but that of the first lease
		return len(r.binding.device.IDs()) > 1, h.release, nil
	}
	cleanup = func() bool { return false }
	d := m.device(h)
	if r == nil {
		r = m.newRouter(want.ID, d)
		r.owner = want.Owner
		if declared {
			m.owned[want.Owner]++ // whoever is connecting this id will be refused
		} else {
			r.owner = m.own(want.ID, want.Owner)
		}
		m.routers[want.ID] = r
		m.bind(r, h, d, true)
	} else {
		cleanup = m.detach(r)
		m.bind(r, h, d, false)
	}
	r.settle(want, declared)
	r.binding.tried = tried
	m.changed()
	if h.lease == nil {
		tried(nil) // there is no attempt of this process
	} else if changed := r.change(h.lease.Status()); changed != nil {
		before := cleanup
		cleanup = func() bool { m.logChange(changed); return before() }
	}
	return len(d.IDs()) > 1, cleanup, nil
}

// newRouter returns a router whose events come from d, or from wherever its session is in
// the fleet; mu is held.
func (m *Manager) newRouter(id string, d Device) *router {
	r := &router{id: id}
	if m.fleet == nil {
		r.feed = m.openFeed(id, d)
		return r
	}
	r.route = m.fleet.Route(id)
	r.feed = m.openFeed(id, r.route)
	r.route.Attach(r.feed)
	return r
}

// bind gives a router its session; mu is held.
func (m *Manager) bind(r *router, h hold, d Device, first bool) {
	r.binding = binding{hold: h, device: d, tried: nobody}
	if r.route != nil {
		m.bindRoute(r, h, d)
		return
	}
	d.Attach(r.id, r.feed)
	if !first {
		r.feed.Restart(d) // later events are of another router
	}
	if status := h.lease.Status(); first || status.State != pool.Up {
		r.begin(status)
	}
}

// settle takes over what does not change the session; mu is held.
func (r *router) settle(want register.Router, declared bool) {
	r.comment, r.revision, r.declared = want.Comment, want.Revision, declared
}

// begin publishes the first state of a router or of its new session: up, or connecting
// until it was up or an attempt has failed. Viewers may know it as down or disconnected;
// mu is held.
func (r *router) begin(status pool.Status) {
	r.state, r.refused, r.lost = pool.Up, false, time.Time{}
	r.told, r.repeated = [2]bool{}, 0
	if status.State != pool.Up {
		r.state = pool.Connecting
	}
	r.publishStatus(device.StatusBody(r.state.String(), nil, status.Since, 0), r.state != pool.Up)
}

// publishStatus publishes a status of the session of this process.
func (r *router) publishStatus(body []byte, sticky bool) {
	if r.route != nil {
		r.route.PublishStatus(body, sticky)
		return
	}
	r.feed.PublishStatus(body, sticky)
}

func (m *Manager) openFeed(id string, from hub.Watcher) *hub.Feed {
	return m.hub.Open(id, string(menu.AppendString([]byte(`"router_id":`), id))+",", from)
}

// device returns the device of a session; mu is held.
func (m *Manager) device(h hold) Device {
	d := m.devices[h.key]
	local, isLocal := d.(*device.Device)
	switch {
	case h.lease == nil && (d == nil || isLocal):
		d = m.fleet.Remote(h.key)
	case h.lease != nil && (!isLocal || !local.On(h.lease.Link)):
		d = device.New(h.lease.Link, m.opts)
	}
	m.devices[h.key] = d
	return d
}

// detach removes r from its session; mu is held. The function it returns releases what
// is no longer needed, must be called without the lock, and reports whether the session
// was closed.
func (m *Manager) detach(r *router) (cleanup func() bool) {
	old := r.binding
	empty := old.device.Detach(r.id)
	if key := old.hold.key; empty && m.devices[key] == old.device {
		delete(m.devices, key)
	}
	return func() bool {
		if empty {
			old.device.Close()
		}
		old.tried(nil) // unless it has ended
		return old.hold.release()
	}
}

// remove takes a router out of the table. The caller has the turn of its id.
func (m *Manager) remove(id string) (closed bool) {
	m.mu.Lock()
	r := m.routers[id]
	delete(m.routers, id)
	m.disown(r.owner)
	cleanup := m.detach(r)
	// With the lock, because the id may be connected again at once.
	if body := device.StatusBody("disconnected", nil, time.Now(), 0); r.route != nil {
		r.feed.Notice(body)
		r.route.Close()
	} else {
		r.feed.PublishStatus(body, false)
	}
	r.feed.Close()
	m.changed()
	m.mu.Unlock()
	return cleanup()
}
