package manager

import (
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// commit makes the lease the session of a router, and its settings those of the id. The
// function it returns releases what is no longer needed, and must be called without the
// lock.
func (m *Manager) commit(want register.Router, declared bool, lease *pool.Lease, tried func(error)) (shared bool, cleanup func() bool, err error) {
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
	if r != nil && r.binding.lease.Link == lease.Link {
		r.settle(want, declared)
		tried(nil) // there is no attempt but that of the first lease
		return len(r.binding.device.IDs()) > 1, lease.Release, nil
	}
	cleanup = func() bool { return false }
	d := m.device(lease)
	status := lease.Status()
	if r == nil {
		r = &router{id: want.ID, feed: m.openFeed(want.ID, d), owner: want.Owner}
		if declared {
			m.owned[want.Owner]++ // whoever is connecting this id will be refused
		} else {
			r.owner = m.own(want.ID, want.Owner)
		}
		m.routers[want.ID] = r
		d.Attach(want.ID, r.feed)
		r.begin(status)
	} else {
		cleanup = m.detach(r)
		d.Attach(want.ID, r.feed)
		r.feed.Restart(d) // later events are of another router
		if status.State != pool.Up {
			r.begin(status)
		}
	}
	r.settle(want, declared)
	r.binding = binding{lease: lease, device: d, tried: tried}
	m.changed()
	if changed := r.change(status); changed != nil {
		before := cleanup
		cleanup = func() bool { m.logChange(changed); return before() }
	}
	return len(d.IDs()) > 1, cleanup, nil
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
	r.feed.PublishStatus(device.StatusBody(r.state.String(), nil, status.Since, 0), r.state != pool.Up)
}

func (m *Manager) openFeed(id string, from hub.Watcher) *hub.Feed {
	return m.hub.Open(id, string(menu.AppendString([]byte(`"router_id":`), id))+",", from)
}

// device returns the device of the session of a lease; mu is held.
func (m *Manager) device(lease *pool.Lease) Device {
	d := m.devices[lease.Key()]
	if d == nil || !d.On(lease.Link) {
		d = device.New(lease.Link, m.opts)
		m.devices[lease.Key()] = d
	}
	return d
}

// detach removes r from its session; mu is held. The function it returns releases what
// is no longer needed, must be called without the lock, and reports whether the session
// was closed.
func (m *Manager) detach(r *router) (cleanup func() bool) {
	old := r.binding
	empty := old.device.Detach(r.id)
	if key := old.lease.Key(); empty && Device(m.devices[key]) == old.device {
		delete(m.devices, key)
	}
	return func() bool {
		if empty {
			old.device.Close()
		}
		old.tried(nil) // unless it has ended
		return old.lease.Release()
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
	r.feed.PublishStatus(device.StatusBody("disconnected", nil, time.Now(), 0), false)
	r.feed.Close()
	m.changed()
	m.mu.Unlock()
	return cleanup()
}
