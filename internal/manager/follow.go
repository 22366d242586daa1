package manager

import (
	"context"
	"log/slog"

	"github.com/aprakasa/mikronec/internal/register"
)

// Follow takes the changes that other instances write to the register, until ctx ends or
// the register is closed; the error is the reason. What the register has lost, as NATS does
// when it is restored from an older copy, is put back.
func (m *Manager) Follow(ctx context.Context) error {
	return m.register.Watch(ctx, m.revisions(), func(c register.Change) { m.learn(ctx, c) })
}

// learn takes a change. That of a declared router waits until it is not declared any more.
func (m *Manager) learn(ctx context.Context, c register.Change) {
	m.mu.Lock()
	r := m.routers[c.ID]
	declared := r != nil && r.declared
	known := r != nil && r.revision == c.Revision
	older := r != nil && r.revision > c.Revision
	if declared {
		r.missed = c
	}
	m.mu.Unlock()
	switch {
	case declared, known:
	case older:
		m.putBack(ctx, c)
	case c.Router == nil:
		m.removed(ctx, c)
	default:
		_ = m.adopt(ctx, *c.Router, false, 1) // only when the manager is closed
	}
}

// revisions returns those of the routers of the register, by id.
func (m *Manager) revisions() map[string]uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make(map[string]uint64, len(m.routers))
	for id, r := range m.routers {
		if !r.declared && r.revision != 0 {
			all[id] = r.revision
		}
	}
	return all
}

// removed takes the removal of a router by another instance.
func (m *Manager) removed(ctx context.Context, c register.Change) {
	done, err := m.turn(ctx, c.ID)
	if err != nil {
		return
	}
	defer done()
	m.mu.Lock()
	r := m.routers[c.ID]
	gone := r == nil || r.declared || r.revision > c.Revision
	m.mu.Unlock()
	if !gone {
		m.remove(c.ID)
	}
}

// putBack writes a router again of which the register has an older record by now, or none.
// A change that is only told late is no reason: then the record is not the one that was
// told, and nothing is written. Other instances do the same, and one of them is first.
func (m *Manager) putBack(ctx context.Context, c register.Change) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	done, err := m.turn(ctx, c.ID)
	if err != nil {
		return
	}
	defer done()
	m.mu.Lock()
	r := m.routers[c.ID]
	if r == nil || r.declared || r.revision <= c.Revision {
		m.mu.Unlock()
		return
	}
	want := register.Router{ID: r.id, Owner: r.owner, Comment: r.comment, Key: r.binding.hold.key}
	if c.Revision == 0 { // revisions begin again
		r.revision = 0
	}
	if c.Router != nil {
		want.Revision = c.Revision
	}
	if c.Router != nil && *c.Router == want { // another instance was first
		r.revision = c.Revision
		m.mu.Unlock()
		return
	}
	m.mu.Unlock()
	revision, err := m.keep(ctx, want, false)
	if err != nil {
		m.log.LogAttrs(ctx, slog.LevelDebug, "a router was not put back into the register", slog.String("router", c.ID), slog.Any("error", err))
		return
	}
	m.mu.Lock()
	if r := m.routers[c.ID]; r != nil {
		r.revision = revision
	}
	m.mu.Unlock()
	m.log.LogAttrs(ctx, slog.LevelWarn, "the register had lost a router, which was put back", slog.String("router", c.ID))
}
