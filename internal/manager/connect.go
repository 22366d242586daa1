package manager

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// Owner is the key that connects a router.
type Owner struct {
	Name       string
	MaxRouters int // router_ids that it may have connected; 0 for no limit
}

// Connected is the result of Connect.
type Connected struct {
	Shared         bool   // other router_ids use the same session
	Reused         bool   // the session existed, no login was needed
	TLSFingerprint string // SHA-256 of the router's certificate; empty without TLS
}

// Connect registers id for a session with this key. It returns when the session is up;
// an error leaves everything unchanged. Connecting an id again with the same key
// changes nothing; with another key the id moves to the new session and the old one
// is released. The owner of an id stays the one that connected it first.
func (m *Manager) Connect(ctx context.Context, id string, key pool.Key, owner Owner) (Connected, error) {
	if err := checkID(id); err != nil {
		return Connected{}, err
	}
	release, err := m.reserve(id, owner)
	if err != nil {
		return Connected{}, err
	}
	defer release()
	lease, err := m.pool.Acquire(ctx, owner.Name, key, func(s pool.Status) { m.linkChanged(id, key, s) })
	if err != nil {
		if _, refused := errors.AsType[*routeros.LoginError](err); refused {
			m.logRefusal(id, key, pool.LoginFailed, err)
		}
		return Connected{}, err
	}
	shared, cleanup, err := m.commit(id, owner.Name, lease)
	if err != nil {
		lease.Release()
		return Connected{}, err
	}
	cleanup()
	return Connected{Shared: shared, Reused: lease.Reused(), TLSFingerprint: lease.Fingerprint()}, nil
}

// attempt is a router_id that is being connected. It counts for the quota of its owner.
type attempt struct {
	owner string
	calls int // of Connect for this id
}

// reserve counts an id that is not connected yet for the quota of the owner, so that
// ids count while they are being connected. release ends that unless own was called.
func (m *Manager) reserve(id string, owner Owner) (release func(), err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.routers[id] != nil {
		return func() {}, nil
	}
	one := m.connecting[id]
	if one == nil {
		if owner.MaxRouters > 0 && m.owned[owner.Name] >= owner.MaxRouters {
			return nil, errcode.New(errcode.Quota, fmt.Sprintf(
				"%d routers are connected with this key (KEY_ROUTERS); disconnect one first", owner.MaxRouters))
		}
		one = &attempt{owner: owner.Name}
		m.connecting[id] = one
		m.owned[owner.Name]++
	}
	one.calls++
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if one.calls--; one.calls == 0 && m.connecting[id] == one {
			delete(m.connecting, id)
			m.disown(one.owner)
		}
	}, nil
}

// own converts the reservation of an id into that of its router, and returns the
// owner; mu is held. There is no reservation if the id was connected when Connect began
// and has been disconnected since.
func (m *Manager) own(id, owner string) string {
	one := m.connecting[id]
	if one == nil {
		m.owned[owner]++
		return owner
	}
	delete(m.connecting, id)
	return one.owner
}

// disown reduces the count of an owner; mu is held.
func (m *Manager) disown(owner string) {
	if m.owned[owner]--; m.owned[owner] == 0 {
		delete(m.owned, owner)
	}
}

// commit makes the lease the session of id. The function it returns releases what is
// no longer needed, and must be called without the lock.
func (m *Manager) commit(id, owner string, lease *pool.Lease) (shared bool, cleanup func() bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false, nil, ErrClosed
	}
	r := m.routers[id]
	if r != nil && r.binding.lease.Link == lease.Link {
		return len(r.binding.device.IDs()) > 1, lease.Release, nil
	}
	cleanup = func() bool { return false }
	d := m.device(lease)
	if r == nil {
		r = &router{id: id, owner: m.own(id, owner), feed: m.openFeed(id, d), state: pool.Up}
		m.routers[id] = r
		d.Attach(id, r.feed)
		// For viewers who may know it as down or disconnected.
		r.feed.PublishStatus(device.StatusBody(pool.Up.String(), nil, lease.Status().Since, 0), false)
	} else {
		cleanup = m.detach(r)
		d.Attach(id, r.feed)
		r.feed.Restart(d) // later events are of another router
	}
	r.binding = binding{lease: lease, device: d}
	if changed := r.change(lease.Status()); changed != nil {
		before := cleanup
		cleanup = func() bool { m.logChange(changed); return before() }
	}
	return len(d.IDs()) > 1, cleanup, nil
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
		return old.lease.Release()
	}
}

// Disconnect removes id, ends its streams and releases its session. It reports whether
// the session was closed, because no other router_id uses it.
func (m *Manager) Disconnect(id string) (closed bool, err error) {
	m.mu.Lock()
	r := m.routers[id]
	if r == nil {
		m.mu.Unlock()
		return false, ErrUnknownRouter
	}
	delete(m.routers, id)
	m.disown(r.owner)
	cleanup := m.detach(r)
	// With the lock, because the id may be connected again at once.
	r.feed.PublishStatus(device.StatusBody("disconnected", nil, time.Now(), 0), false)
	r.feed.Close()
	m.mu.Unlock()
	return cleanup(), nil
}
