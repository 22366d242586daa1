package manager

import (
	"context"
	"log/slog"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
)

// StateChanged is a router_id whose session went away, returned, or is away for
// another reason than before.
type StateChanged struct {
	RouterID string
	Status   pool.Status
	Lost     time.Time // when it went away; zero where it was never there
	Before   pool.State
}

// linkChanged is called by the link of a session when its status changes.
func (m *Manager) linkChanged(id string, key pool.Key, s pool.Status) {
	m.mu.Lock()
	var changed *StateChanged
	if r := m.routers[id]; r != nil && r.binding.lease.Key() == key {
		changed = r.change(s)
	}
	m.mu.Unlock()
	m.logChange(changed)
}

// change tells the viewers of a router that its state is another one now; nil
// where it is not. Attempts that fail like the one before change nothing.
// Manager.mu is held.
func (r *router) change(s pool.Status) *StateChanged {
	if s.State == pool.Connecting || s.State == pool.Closed || s.State == r.state {
		return nil
	}
	changed := &StateChanged{RouterID: r.id, Status: s, Lost: r.lost, Before: r.state}
	r.state = s.State
	switch {
	case s.State == pool.Up:
		r.lost = time.Time{}
	case r.lost.IsZero():
		r.lost = s.Since
	}
	r.feed.PublishStatus(device.StatusBody(s.State.String(), s.Err, s.Since), s.State != pool.Up)
	return changed
}

// logChange writes the log line of a change: one when a router goes away and one
// when it returns, however often it was tried meanwhile. No lock is held.
func (m *Manager) logChange(c *StateChanged) {
	switch {
	case c == nil:
	case c.Status.State == pool.Up && !c.Lost.IsZero():
		m.log.LogAttrs(context.Background(), slog.LevelInfo, "router is back",
			slog.String("router_id", c.RouterID),
			slog.Float64("away_s", c.Status.Since.Sub(c.Lost).Seconds()))
	case c.Status.State != pool.Up && c.Lost.IsZero():
		m.log.LogAttrs(context.Background(), slog.LevelWarn, "router is gone",
			slog.String("router_id", c.RouterID),
			slog.String("state", c.Status.State.String()),
			slog.String("code", string(errcode.Of(c.Status.Err))),
			slog.Any("error", c.Status.Err))
	}
}
