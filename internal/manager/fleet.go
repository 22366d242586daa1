package manager

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/pool"
)

// ErrMoving is the error of a login at an instance that does not have the session, or not yet:
// nothing was done.
var ErrMoving = errcode.New(errcode.StoreUnavailable, "the router is moving to another instance; try again in some seconds")

// ErrNoOwner is the error of a registration while no instance can take the router.
var ErrNoOwner = errcode.New(errcode.StoreUnavailable, "no instance of the fleet can take this router at the moment; try again in some seconds")

// Place is where the sessions of a key are.
type Place struct {
	Instance string // empty while no instance has them
	Epoch    uint64 // a later owner has a greater one
	Here     bool   // at this instance
}

// Fleet is the instances that share the register. Each session is at one of them. Its
// methods, but for Try, return at once; the manager calls them with its lock held.
type Fleet interface {
	Owner(key pool.Key) Place
	// Route joins a router_id to the events of the fleet.
	Route(id string) Route
	// Remote returns a device for router_ids whose session is at another instance.
	Remote(key pool.Key) Device
	// Try has another instance log in, which keeps the session for a while for those who
	// register it. Errors are those of the login, and ErrMoving.
	Try(ctx context.Context, at Place, owner string, key pool.Key) (Connected, error)
}

// Route is how the events of a router_id come to this instance, and go from it to the
// others while the session is here.
type Route interface {
	hub.Watcher // of the feed
	device.Feed // for the device of this instance
	PublishStatus(body []byte, sticky bool)
	Attach(feed *hub.Feed)
	// Own and Follow tell where the session is.
	Own(epoch uint64, device hub.Watcher)
	Follow(instance string, epoch uint64)
	Close()
}

// hold is how this process holds the session of a router_id: with a lease, or, if that is
// nil, through the instance that has it.
type hold struct {
	key   pool.Key
	lease *pool.Lease
}

// same reports whether both are the same session.
func (h hold) same(other hold) bool {
	if h.lease == nil || other.lease == nil {
		return h.lease == other.lease && h.key == other.key
	}
	return h.lease.Link == other.lease.Link
}

// release reports whether the session was closed.
func (h hold) release() bool { return h.lease != nil && h.lease.Release() }

// bindRoute tells the route of a router where its session is; mu is held.
func (m *Manager) bindRoute(r *router, h hold, d Device) {
	d.Attach(r.id, r.route)
	at := m.fleet.Owner(h.key)
	if h.lease == nil {
		r.route.Follow(at.Instance, at.Epoch)
		return
	}
	r.route.Own(at.Epoch, d)
	r.begin(h.lease.Status())
}

// ownerPatience is how long a registration waits for an owner: a fleet that has begun a moment
// ago has not shared out its routers yet. One that does not have the session is asked again
// after ownerAgain.
const (
	ownerPatience = 10 * time.Second
	ownerAgain    = 100 * time.Millisecond
)

// awaitOwner returns where the session of a registration is to be, as far as that is known
// when it is late. A registration that does not wait need not know.
func (m *Manager) awaitOwner(ctx context.Context, r Registration, late time.Time) Place {
	for {
		at := m.fleet.Owner(r.Key)
		if at.Instance != "" || r.NoWait || time.Now().After(late) {
			return at
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return at
		}
	}
}

// holdElsewhere holds the session of a registration that is at another instance.
func (m *Manager) holdElsewhere(ctx context.Context, r Registration, at Place) (hold, Connected, error) {
	if r.NoWait {
		return hold{key: r.Key}, Connected{Pending: true}, nil
	}
	if at.Instance == "" {
		return hold{}, Connected{}, ErrNoOwner
	}
	done, err := m.fleet.Try(ctx, at, r.Owner.Name, r.Key)
	r.Tried(err)
	return hold{key: r.Key}, done, err
}

// place moves the session of an id to where it belongs by now. The caller has the turn of
// the id. It returns the link that was closed for that, nil for none.
func (m *Manager) place(id string) *pool.Link {
	if m.fleet == nil {
		return nil
	}
	for {
		m.mu.Lock()
		r := m.routers[id]
		if r == nil || m.closed {
			m.mu.Unlock()
			return nil
		}
		before, at := r.binding.hold, m.fleet.Owner(r.binding.hold.key)
		if at.Here == (before.lease != nil) {
			if before.lease == nil {
				r.route.Follow(at.Instance, at.Epoch)
			}
			m.mu.Unlock()
			return nil
		}
		owner := r.owner
		m.mu.Unlock()
		after, err := m.holdLater(id, owner, before.key, 1)
		if err != nil {
			return nil // the pool is closed
		}
		if closed, done := m.move(id, after); done {
			return closed
		}
		after.release()
	}
}

// move makes what is held the session of an id, which has the same key. It reports whether
// that is where the session belongs, and returns the link that was closed.
func (m *Manager) move(id string, after hold) (closed *pool.Link, done bool) {
	m.mu.Lock()
	r := m.routers[id]
	if at := m.fleet.Owner(after.key); r == nil || at.Here != (after.lease != nil) {
		m.mu.Unlock()
		return nil, r == nil
	}
	before := r.binding.hold
	cleanup := m.detach(r)
	m.bind(r, after, m.device(after), false)
	m.changed()
	var changed *stateChanged
	if after.lease != nil {
		changed = r.change(after.lease.Status())
	}
	m.mu.Unlock()
	m.logChange(changed)
	if cleanup() && before.lease != nil {
		closed = before.lease.Link
	}
	return closed, true
}

// maxMoves is how many routers move at the same time.
const maxMoves = 64

// Hold logs in for another instance, and keeps the session for a while: until the record of
// the router has come here, which takes it over. Errors are those of the login.
func (m *Manager) Hold(ctx context.Context, owner string, key pool.Key, keep time.Duration) (Connected, error) {
	lease, err := m.pool.Acquire(ctx, owner, key, nil)
	if err != nil {
		return Connected{}, err
	}
	m.mu.Lock()
	m.tried[lease] = struct{}{}
	m.mu.Unlock()
	time.AfterFunc(keep, func() { m.forget(lease) }) // also after Close, where it does nothing
	return Connected{Reused: lease.Reused(), TLSFingerprint: lease.Fingerprint()}, nil
}

// forget ends what Hold keeps.
func (m *Manager) forget(lease *pool.Lease) (closed bool) {
	m.mu.Lock()
	delete(m.tried, lease)
	m.mu.Unlock()
	return lease.Release()
}

// forgetMoved ends what Hold keeps of the keys that match and are not here any more: the
// instance that has them now logs in as well.
func (m *Manager) forgetMoved(ctx context.Context, match func(key pool.Key) bool) {
	m.mu.Lock()
	var moved []*pool.Lease
	for lease := range m.tried {
		if key := lease.Key(); (match == nil || match(key)) && !m.fleet.Owner(key).Here {
			moved = append(moved, lease)
		}
	}
	m.mu.Unlock()
	for _, lease := range moved {
		if m.forget(lease) {
			lease.AwaitClosed(ctx)
		}
	}
}

// Move moves the sessions of all keys that match, of all keys if match is nil, to where the fleet says that they are. It
// returns when those that were here and are not any more are closed at their routers, or
// when ctx ends.
func (m *Manager) Move(ctx context.Context, match func(key pool.Key) bool) {
	m.forgetMoved(ctx, match)
	m.mu.Lock()
	var ids []string
	for id, r := range m.routers {
		if match == nil || match(r.binding.hold.key) {
			ids = append(ids, id)
		}
	}
	m.mu.Unlock()
	var wg sync.WaitGroup
	for part := range slices.Chunk(ids, (len(ids)+maxMoves-1)/maxMoves+1) {
		wg.Go(func() {
			for _, id := range part {
				done, err := m.turn(ctx, id)
				if err != nil {
					return
				}
				closed := m.place(id)
				done()
				if closed != nil {
					closed.AwaitClosed(ctx)
				}
			}
		})
	}
	wg.Wait()
}
