package manager

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// StateChanged is a change of the state of a router: its session was lost, is up again,
// or is down because the login is refused.
type StateChanged struct {
	RouterID string
	Key      pool.Key
	Status   pool.Status
	Refused  bool      // the router has begun to refuse the login, or has done so for good
	Lost     time.Time // when the session was lost; zero if it was up until now
	Before   pool.State
}

// linkChanged is called by the link of a session when its status changes. A link that
// id has left may still call it.
func (m *Manager) linkChanged(id string, key pool.Key, s pool.Status) {
	m.mu.Lock()
	var changed *StateChanged
	if r := m.routers[id]; r != nil && r.binding.lease.Key() == key {
		changed = r.change(s)
	}
	m.mu.Unlock()
	m.logChange(changed)
}

// change records the state of a router and publishes a status event. It returns nil if
// the state is the same as before, such as after another failed attempt. Manager.mu is
// held.
func (r *router) change(s pool.Status) *StateChanged {
	_, refused := errors.AsType[*routeros.LoginError](s.Err)
	same := s.State == r.state && refused == r.refused
	if s.State == pool.Connecting || s.State == pool.Closed || same {
		return nil
	}
	changed := &StateChanged{RouterID: r.id, Key: r.binding.lease.Key(), Status: s, Refused: refused, Lost: r.lost, Before: r.state}
	r.state, r.refused = s.State, refused
	switch {
	case s.State == pool.Up:
		r.lost = time.Time{}
	case r.lost.IsZero():
		r.lost = s.Since
	}
	r.feed.PublishStatus(device.StatusBody(s.State.String(), s.Err, s.Since), s.State != pool.Up)
	return changed
}

// logChange logs a change: one line when a session is lost and one when it is up
// again, whatever the number of attempts, and lines for a login that is refused. No
// lock is held.
func (m *Manager) logChange(c *StateChanged) {
	switch {
	case c == nil:
	case c.Status.State == pool.Up && !c.Lost.IsZero():
		m.log.LogAttrs(context.Background(), slog.LevelInfo, "router is back",
			slog.String("router_id", c.RouterID),
			slog.Float64("away_s", c.Status.Since.Sub(c.Lost).Seconds()))
	case c.Refused:
		m.logRefusal(c.RouterID, c.Key, c.Status.State, c.Status.Err)
		if c.Status.State == pool.LoginFailed {
			m.loginFailed(c.RouterID, c.Key)
		}
	case c.Status.State != pool.Up && c.Lost.IsZero():
		m.log.LogAttrs(context.Background(), slog.LevelWarn, "router is gone",
			slog.String("router_id", c.RouterID),
			slog.String("state", c.Status.State.String()),
			slog.String("code", string(errcode.Of(c.Status.Err))),
			slog.Any("error", c.Status.Err))
	}
}

// logRefusal logs a refused login. The error has the words of the router, no password.
func (m *Manager) logRefusal(id string, key pool.Key, state pool.State, err error) {
	m.log.LogAttrs(context.Background(), slog.LevelWarn, "router refused the login",
		slog.String("router_id", id), slog.String("address", key.Addr), slog.String("user", key.User),
		slog.String("state", state.String()),
		slog.String("code", string(errcode.Of(err))),
		slog.Any("error", err))
}
