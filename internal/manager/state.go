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

// StateChanged is the state of the session of a router, which may be the same as before.
type StateChanged struct {
	RouterID string
	Status   pool.Status
}

// stateChanged is a change of the state of a router: its session was lost, is up again,
// or is down because the login is refused.
type stateChanged struct {
	routerID string
	key      pool.Key
	status   pool.Status
	refused  bool      // the router has begun to refuse the login, or has done so for good
	lost     time.Time // when the session was lost; zero if it was up until now
	before   pool.State
	untold   int  // lines of the log that said the same and were left out
	silent   bool // the log has this line already
}

// linkChanged is called by the link of a session when its status changes. A link that
// id has left may still call it.
func (m *Manager) linkChanged(id string, key pool.Key, s pool.Status) {
	m.mu.Lock()
	var changed *stateChanged
	if r := m.routers[id]; r != nil && r.binding.hold.key == key {
		changed = r.change(s)
		m.stateChanged(StateChanged{id, s})
	}
	m.mu.Unlock()
	m.logChange(changed)
}

// change records the state of a router and publishes a status event. It returns nil if
// the state is the same as before, such as after another failed attempt, or comes again: a
// router that now refuses the login and now does not answer is told once for each, and the
// next event has the number of the others. Manager.mu is held.
func (r *router) change(s pool.Status) *stateChanged {
	_, refused := errors.AsType[*routeros.LoginError](s.Err)
	same := s.State == r.state && refused == r.refused
	if s.State == pool.Connecting || s.State == pool.Closed || same {
		return nil
	}
	if s.State != r.state {
		r.told = [2]bool{}
	}
	changed := &stateChanged{routerID: r.id, key: r.binding.hold.key, status: s, refused: refused, lost: r.lost, before: r.state}
	r.state, r.refused = s.State, refused
	told := &r.told[0]
	if refused {
		told = &r.told[1]
	}
	if *told {
		r.repeated++
		return nil
	}
	*told = true
	switch {
	case s.State == pool.Up:
		r.lost = time.Time{}
	case r.lost.IsZero():
		r.lost = s.Since
	}
	r.publishStatus(device.StatusBody(s.State.String(), s.Err, s.Since, r.repeated), s.State != pool.Up)
	r.repeated = 0
	changed.untold, changed.silent = r.lines.count(changed.line()+" "+s.State.String(), time.Now())
	return changed
}

// line is what the log says of a change; empty for nothing.
func (c *stateChanged) line() string {
	switch {
	case c.status.State == pool.Up && !c.lost.IsZero():
		return "router is back"
	case c.refused:
		return "router refused the login"
	case c.status.State != pool.Up && c.lost.IsZero():
		return "router is gone"
	}
	return ""
}

// logChange logs a change: one line when a session is lost and one when it is up
// again, whatever the number of attempts, and lines for a login that is refused. No
// lock is held.
func (m *Manager) logChange(c *stateChanged) {
	if c == nil {
		return
	}
	if c.refused && c.status.State == pool.LoginFailed {
		m.loginFailed(c.routerID, c.key)
	}
	var more []slog.Attr
	if c.untold > 0 {
		more = []slog.Attr{slog.Int("repeated", c.untold)}
	}
	line := c.line()
	switch {
	case c.silent:
	case line == "router is back":
		m.log.LogAttrs(context.Background(), slog.LevelInfo, line, append([]slog.Attr{
			slog.String("router_id", c.routerID),
			slog.Float64("away_s", c.status.Since.Sub(c.lost).Seconds())}, more...)...)
	case c.refused:
		m.logRefusal(c.routerID, c.key, c.status.State, c.status.Err, more...)
	case line == "router is gone":
		m.log.LogAttrs(context.Background(), slog.LevelWarn, line, append([]slog.Attr{
			slog.String("router_id", c.routerID),
			slog.String("state", c.status.State.String()),
			slog.String("code", string(errcode.Of(c.status.Err))),
			slog.Any("error", c.status.Err)}, more...)...)
	}
}

// logRefusal logs a refused login. The error has the words of the router, no password.
func (m *Manager) logRefusal(id string, key pool.Key, state pool.State, err error, more ...slog.Attr) {
	m.log.LogAttrs(context.Background(), slog.LevelWarn, "router refused the login", append([]slog.Attr{
		slog.String("router_id", id), slog.String("address", key.Addr), slog.String("user", key.User),
		slog.String("state", state.String()),
		slog.String("code", string(errcode.Of(err))),
		slog.Any("error", err)}, more...)...)
}
