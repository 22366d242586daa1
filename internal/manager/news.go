package manager

import (
	"context"
	"log/slog"
	"time"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/pool"
)

// news is a router that went away or returned, for the log: one line each,
// however long it was away and however often it was tried meanwhile.
type news struct {
	id     string
	status pool.Status
	gone   time.Time // when it went; of one that returned
}

// notice is the news in a state that differs from the one before, nil for none;
// Manager.mu is held. A router that is away for another reason is still away.
func (r *router) notice(s pool.Status) *news {
	gone := r.gone
	switch {
	case s.State == pool.Up && !gone.IsZero():
		r.gone = time.Time{}
		return &news{r.id, s, gone}
	case s.State != pool.Up && gone.IsZero():
		r.gone = s.Since
		return &news{id: r.id, status: s}
	}
	return nil
}

// tell writes news to the log; no lock is held.
func (m *Manager) tell(n *news) {
	switch {
	case n == nil:
	case n.gone.IsZero():
		m.log.LogAttrs(context.Background(), slog.LevelWarn, "router is gone",
			slog.String("router_id", n.id),
			slog.String("state", n.status.State.String()),
			slog.String("code", string(errcode.Of(n.status.Err))),
			slog.Any("error", n.status.Err))
	default:
		m.log.LogAttrs(context.Background(), slog.LevelInfo, "router is back",
			slog.String("router_id", n.id),
			slog.Float64("away_s", n.status.Since.Sub(n.gone).Seconds()))
	}
}
