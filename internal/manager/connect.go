package manager

import (
	"context"
	"errors"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// Registration is a router that is to be registered, or that is to change.
type Registration struct {
	ID      string
	Key     pool.Key
	Owner   Owner
	Comment *string // nil leaves the present one
	// NoWait registers the router whether it can be reached or not. Without it, nothing
	// changes unless the login works.
	NoWait bool
	// Tried is called when an attempt to log in has ended, with its error, and when the router
	// has gone before that; nil for nobody. Only the first call is of interest. It must not
	// block.
	Tried func(error)
	// Revision is that of the router that is to change, see [Router]; 0 for a router that
	// may be a new one, or any.
	Revision uint64
}

// nobody is who waits for the end of an attempt where nobody does.
func nobody(error) {}

// Connected is the result of Connect and Register.
type Connected struct {
	Pending        bool   // the session is not up; only of a registration that did not wait
	Shared         bool   // other router_ids use the same session
	Reused         bool   // the session existed, no login was needed
	TLSFingerprint string // SHA-256 of the router's certificate; empty without TLS
}

// Connect registers id for a session with this key. It returns when the session is up;
// see [Manager.Register].
func (m *Manager) Connect(ctx context.Context, id string, key pool.Key, owner Owner) (Connected, error) {
	return m.Register(ctx, Registration{ID: id, Key: key, Owner: owner})
}

// Register registers a router or changes it. An error leaves everything unchanged.
// Registering an id again with the same values changes nothing; with another key the id
// moves to the new session and the old one is released. The owner of an id stays the one
// that connected it first.
//
// Errors are those of the login, [ErrDeclared], [ErrChanged], [ErrClosed], and those with
// the codes invalid_request, quota_exceeded, unknown_router (of a Revision without its
// router) and store_unavailable.
func (m *Manager) Register(ctx context.Context, r Registration) (Connected, error) {
	if err := m.check(r); err != nil {
		return Connected{}, err
	}
	release, err := m.reserve(r.ID, r.Owner)
	if err != nil {
		return Connected{}, err
	}
	defer release()
	if r.Tried == nil {
		r.Tried = nobody
	}
	h, done, err := m.holdNew(ctx, r)
	if err != nil {
		return Connected{}, err
	}
	if done.Shared, err = m.take(ctx, r, h); err != nil {
		h.release()
		return Connected{}, err
	}
	return done, nil
}

// holdNew holds the session of a registration, which is up unless it did not wait.
func (m *Manager) holdNew(ctx context.Context, r Registration) (hold, Connected, error) {
	for late := time.Now().Add(ownerPatience); m.fleet != nil; {
		at := m.awaitOwner(ctx, r, late)
		if at.Here {
			break
		}
		h, done, err := m.holdElsewhere(ctx, r, at)
		if !errors.Is(err, ErrMoving) || time.Now().After(late) {
			return h, done, err
		}
		select {
		case <-time.After(ownerAgain):
		case <-ctx.Done():
			return h, done, err
		}
	}
	lease, err := m.lease(ctx, r)
	if err != nil {
		return hold{}, Connected{}, err
	}
	return hold{r.Key, lease}, Connected{Pending: lease.Status().State != pool.Up, Reused: lease.Reused(), TLSFingerprint: lease.Fingerprint()}, nil
}

// check refuses what need not be tried.
func (m *Manager) check(r Registration) error {
	if err := register.CheckID(r.ID); err != nil {
		return err
	}
	if r.Comment != nil {
		if err := register.CheckComment(*r.Comment); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := m.replaces(r)
	return err
}

// replaces returns the router that a registration changes, nil for a new one; mu is held.
func (m *Manager) replaces(r Registration) (*router, error) {
	old := m.routers[r.ID]
	switch {
	case m.closed:
		return nil, ErrClosed
	case old == nil && r.Revision != 0:
		return nil, ErrUnknownRouter
	case old == nil:
		return nil, nil
	case old.declared:
		return nil, ErrDeclared
	case r.Revision != 0 && r.Revision != old.revision:
		return nil, ErrChanged
	}
	return old, nil
}

// lease returns a lease on the session of a registration, which is up unless it did not
// wait.
func (m *Manager) lease(ctx context.Context, r Registration) (*pool.Lease, error) {
	watch := func(s pool.Status) {
		if s.State != pool.Connecting {
			r.Tried(s.Err)
		}
		m.linkChanged(r.ID, r.Key, s)
	}
	if r.NoWait {
		lease, err := m.pool.LeaseLater(r.Owner.Name, r.Key, 0, watch) // a link that is down keeps to its plan
		if err != nil {
			return nil, err
		}
		if status := lease.Status(); status.Logins > 0 || status.Failures > 0 {
			r.Tried(nil) // there is no attempt but those of others
		}
		return lease, nil
	}
	lease, err := m.pool.Acquire(ctx, r.Owner.Name, r.Key, watch)
	if _, refused := errors.AsType[*routeros.LoginError](err); refused {
		m.logRefusal(r.ID, r.Key, pool.LoginFailed, err)
	}
	return lease, err
}

// take writes a registration to the register and makes what is held the session of the id.
// That is the caller's if there is an error.
func (m *Manager) take(ctx context.Context, r Registration, h hold) (shared bool, err error) {
	done, err := m.turn(ctx, r.ID)
	if err != nil {
		return false, err
	}
	defer done()
	m.mu.Lock()
	old, err := m.replaces(r)
	want := m.wanted(r, old)
	same := old != nil && old.binding.hold.key == r.Key && old.comment == want.Comment
	m.mu.Unlock()
	if err != nil {
		return false, err
	}
	if want.Revision, err = m.keep(ctx, want, same); err != nil {
		return false, err
	}
	shared, cleanup, err := m.commit(want, false, h, r.Tried)
	if err != nil {
		return false, err
	}
	cleanup()
	m.place(r.ID)
	return shared, nil
}

// wanted is a registration as a router of the register, with the revision that it
// replaces; mu is held.
func (m *Manager) wanted(r Registration, old *router) register.Router {
	want := register.Router{ID: r.ID, Owner: r.Owner.Name, Key: r.Key}
	if old != nil {
		want.Owner, want.Comment, want.Revision = old.owner, old.comment, old.revision
	} else if one := m.connecting[r.ID]; one != nil {
		want.Owner = one.owner
	}
	if r.Comment != nil {
		want.Comment = *r.Comment
	}
	return want
}

// keep writes a router to the register, unless it is the same as before, and returns the
// revision of its record.
func (m *Manager) keep(ctx context.Context, r register.Router, same bool) (uint64, error) {
	if m.register == nil || same {
		return r.Revision, nil
	}
	revision, err := m.register.Put(ctx, r)
	if errors.Is(err, register.ErrRevision) {
		return 0, ErrChanged
	}
	return revision, err
}

// Disconnect removes id, ends its streams and releases its session. It reports whether
// the session was closed, because no other router_id uses it. Errors are
// [ErrUnknownRouter], [ErrDeclared], and those with the code store_unavailable.
func (m *Manager) Disconnect(id string) (closed bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	done, err := m.turn(ctx, id)
	if err != nil {
		return false, errcode.New(errcode.StoreUnavailable, "the router is being changed, and that does not end; try again")
	}
	defer done()
	revision, err := m.removable(id)
	if err != nil {
		return false, err
	}
	if m.register != nil {
		if err := m.register.Delete(ctx, id, revision); errors.Is(err, register.ErrRevision) {
			return false, ErrChanged
		} else if err != nil {
			return false, err
		}
	}
	return m.remove(id), nil
}

// removable returns the revision of a router that may be removed.
func (m *Manager) removable(id string) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch r := m.routers[id]; {
	case r == nil:
		return 0, ErrUnknownRouter
	case r.declared:
		return 0, ErrDeclared
	default:
		return r.revision, nil
	}
}
