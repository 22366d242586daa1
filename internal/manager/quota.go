package manager

import (
	"context"
	"fmt"

	"github.com/aprakasa/mikronec/internal/errcode"
)

// Owner is the key that connects a router.
type Owner struct {
	Name       string
	MaxRouters int // router_ids that it may have connected; 0 for no limit
}

// attempt is a router_id that is being connected. It counts for the quota of its owner.
type attempt struct {
	owner string
	calls int // of Register for this id
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
// owner; mu is held. There is no reservation if the id was connected when Register began
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

// turn waits until nobody else changes the record and the session of an id. done must be
// called; the next one follows then. No lock is held between the two.
func (m *Manager) turn(ctx context.Context, id string) (done func(), err error) {
	for {
		m.mu.Lock()
		other := m.changing[id]
		if other == nil {
			mine := make(chan struct{})
			m.changing[id] = mine
			m.mu.Unlock()
			return func() {
				m.mu.Lock()
				delete(m.changing, id)
				m.mu.Unlock()
				close(mine)
			}, nil
		}
		m.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
