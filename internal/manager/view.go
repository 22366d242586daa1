package manager

import (
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// View is one viewer's subscription to the feed of a router_id. While there is
// one, the router is polled.
type View struct {
	*hub.Subscription
	m *Manager
	r *router
}

// Subscribe adds a viewer to id. The view must be closed.
func (m *Manager) Subscribe(id string) (*View, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	r := m.routers[id]
	if r == nil {
		return nil, ErrUnknownRouter
	}
	v := &View{Subscription: r.feed.Subscribe(), m: m, r: r}
	r.viewers++
	if r.seat.leave == nil {
		r.seat.leave = r.seat.device.poller.Watch()
	}
	return v, nil
}

// Close leaves; the router is polled no longer if this was the last viewer. It
// must be called once.
func (v *View) Close() {
	v.Subscription.Close()
	v.m.mu.Lock()
	defer v.m.mu.Unlock()
	v.r.viewers--
	if v.r.viewers == 0 && v.r.seat.leave != nil {
		v.r.seat.leave()
		v.r.seat.leave = nil
	}
}

// linkChanged tells the viewers of id that its router went away or returned. It
// is called by the goroutine of the link.
func (m *Manager) linkChanged(id string, key pool.Key, s pool.Status) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.routers[id]
	if r == nil || r.seat.lease.Key() != key {
		return
	}
	m.announce(r, s)
}

// announce publishes the state of the link where it differs from what the
// viewers know; mu is held. Attempts that fail like the one before are no news.
func (m *Manager) announce(r *router, s pool.Status) {
	if s.State == pool.Connecting || s.State == pool.Closed || s.State == r.state {
		return
	}
	r.state = s.State
	r.feed.PublishStatus(appendStatus(nil, s.State.String(), s.Err, s.Since), s.State != pool.Up)
}

// appendStatus writes the data of a status event from behind its router_id on.
func appendStatus(b []byte, state string, cause error, since time.Time) []byte {
	b = menu.AppendString(append(b, `"state":`...), state)
	if cause != nil {
		b = menu.AppendString(append(b, `,"error":`...), cause.Error())
		b = menu.AppendString(append(b, `,"code":`...), string(CodeOf(cause)))
	}
	b = strconv.AppendInt(append(b, `,"since":`...), since.Unix(), 10)
	b = strconv.AppendInt(append(b, `,"ts":`...), time.Now().Unix(), 10)
	return append(b, '}')
}
