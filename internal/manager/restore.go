package manager

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
)

const (
	// storeTimeout is how long a change may wait for the register where no client waits.
	storeTimeout = 10 * time.Second
	// Many routers that are taken at once are dialed over a time that grows with their
	// number, up to maxSpread: a restart must not look like an attack.
	spreadOne, maxSpread = 10 * time.Millisecond, 10 * time.Second
)

// Restore takes the routers of the register, at the start. They are connecting until they
// are reached; the first attempts are spread over a time that grows with their number.
func (m *Manager) Restore(list []register.Router) {
	for _, r := range list {
		_ = m.adopt(context.Background(), r, false, len(list)) // closed before it has begun
	}
}

// Declaration is what Declare has changed: the number of routers.
type Declaration struct {
	Added, Changed, Removed int
}

// Declare makes the list the declared routers. Their ids are taken from routers that are
// registered: those of the register come back when the list no longer has them. Declared
// routers are not in the register, and nobody can change them but by the next Declare.
// Calls must not overlap. The error is [ErrClosed], or that of reading the register; then
// nothing has changed.
func (m *Manager) Declare(ctx context.Context, list []register.Router) (Declaration, error) {
	kept := make(map[string]register.Router)
	if m.register != nil {
		routers, err := m.register.List(ctx)
		if err != nil {
			return Declaration{}, err
		}
		for _, r := range routers {
			kept[r.ID] = r
		}
	}
	var done Declaration
	before := m.declared()
	var adopt []register.Router
	for _, r := range list {
		old, was := before[r.ID]
		delete(before, r.ID)
		switch {
		case !was:
			done.Added++
		case old.Key != r.Key || old.Comment != r.Comment:
			done.Changed++
		default:
			continue
		}
		r.Owner, r.Revision = "", 0
		adopt = append(adopt, r)
	}
	for _, r := range adopt {
		if err := m.adopt(ctx, r, true, len(adopt)); err != nil {
			return done, err
		}
	}
	for id := range before {
		done.Removed++
		if err := m.release(ctx, id, kept); err != nil {
			return done, err
		}
	}
	return done, nil
}

// declared returns the declared routers by id.
func (m *Manager) declared() map[string]register.Router {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make(map[string]register.Router)
	for id, r := range m.routers {
		if r.declared {
			all[id] = register.Router{ID: id, Comment: r.comment, Key: r.binding.hold.key}
		}
	}
	return all
}

// adopt takes a router as it is, without waiting for its login; it is one of many.
func (m *Manager) adopt(ctx context.Context, r register.Router, declared bool, many int) error {
	h, err := m.holdLater(r.ID, r.Owner, r.Key, many)
	if err != nil {
		return err
	}
	done, err := m.turn(ctx, r.ID)
	if err != nil {
		h.release()
		return err
	}
	defer done()
	_, cleanup, err := m.commit(r, declared, h, nobody)
	if err != nil {
		h.release()
		return err
	}
	cleanup()
	m.place(r.ID)
	return nil
}

// holdLater holds the session of a router that is one of many, without waiting for it.
func (m *Manager) holdLater(id, owner string, key pool.Key, many int) (hold, error) {
	if m.fleet != nil && !m.fleet.Owner(key).Here {
		return hold{key: key}, nil
	}
	delay := rand.N(min(time.Duration(many)*spreadOne, maxSpread))
	lease, err := m.pool.LeaseLater(owner, key, delay, func(s pool.Status) { m.linkChanged(id, key, s) })
	return hold{key, lease}, err
}

// release ends the declaration of an id: it goes, or is again what the register has. What
// another instance has written since the register was read was told while the id was declared.
func (m *Manager) release(ctx context.Context, id string, kept map[string]register.Router) error {
	m.mu.Lock()
	r := m.routers[id]
	m.mu.Unlock()
	if r == nil {
		return ErrClosed
	}
	if old, ok := kept[id]; ok {
		if err := m.adopt(ctx, old, false, 1); err != nil {
			return err
		}
	} else {
		done, err := m.turn(ctx, id)
		if err != nil {
			return errcode.New(errcode.StoreUnavailable, err.Error())
		}
		m.remove(id)
		done()
	}
	m.mu.Lock()
	missed := r.missed
	m.mu.Unlock()
	if missed.Revision > kept[id].Revision { // the revision of none is 0
		m.learn(ctx, missed)
	}
	return nil
}
