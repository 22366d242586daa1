package pool

import (
	"context"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// heartbeat asks a silent router for a sign of life: the API has no ping of its
// own, and TCP does not notice a peer that has stopped answering. It lives on a
// timer and waits for nothing, so it needs no goroutine. Link.mu guards it.
type heartbeat struct {
	timer *time.Timer    // calls beat; nil before the first session
	asked time.Time      // when a sign of life was asked for; zero without
	probe *routeros.Call // by which it was
}

// probe is the question. Whatever the router says counts as an answer.
var probe = routeros.Command{
	Words: []string{"/system/identity/print", "=.proplist=name"}, Class: routeros.Probe,
}

// startHeartbeat begins with a session; mu is held.
func (l *Link) startHeartbeat() {
	if l.heartbeat.timer == nil {
		l.heartbeat.timer = time.AfterFunc(l.pool.opts.Heartbeat, l.beat)
		return
	}
	l.heartbeat.timer.Reset(l.pool.opts.Heartbeat)
}

// stop ends with the session. A beat that is under way finds the session dead.
func (h *heartbeat) stop() {
	if h.timer != nil {
		h.timer.Stop()
	}
	h.asked, h.probe = time.Time{}, nil
}

// pending reports whether the router has said nothing since it was asked.
func (h *heartbeat) pending(session *routeros.Session) bool {
	return !h.asked.IsZero() && session.LastHeard().Before(h.asked)
}

// beat looks after the session: a router that was silent for long is asked for a
// sign of life, one that gave none is gone, whatever TCP says.
func (l *Link) beat() {
	switch session, next := l.judge(); next {
	case giveUp:
		session.Fail(&routeros.LinkError{Step: "probe", Err: l.noSignOfLife()})
	case askNow:
		l.ask(session)
	}
}

// What a beat finds to do.
const (
	nothing = iota // before the next beat
	askNow
	giveUp
)

// judge looks at the silence of the router, and sets the next beat where there is
// nothing else to do.
func (l *Link) judge() (session *routeros.Session, next int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	session, h := l.session, &l.heartbeat
	if session == nil || session.Err() != nil {
		return session, nothing
	}
	silence, left := time.Since(session.LastHeard()), l.pool.opts.ProbeTimeout-time.Since(h.asked)
	switch {
	case h.pending(session) && left <= 0:
		return session, giveUp
	case h.pending(session):
		h.timer.Reset(left)
	case silence >= l.pool.opts.Heartbeat:
		return session, askNow
	default:
		h.timer.Reset(l.pool.opts.Heartbeat - silence)
	}
	return session, nothing
}

// ask asks for a sign of life unless one is awaited.
func (l *Link) ask(session *routeros.Session) {
	l.mu.Lock()
	h := &l.heartbeat
	if l.session != session || h.pending(session) {
		l.mu.Unlock()
		return
	}
	before := h.probe
	h.asked, h.probe = time.Now(), nil
	h.timer.Reset(l.pool.opts.ProbeTimeout)
	l.mu.Unlock()

	if before != nil {
		before.Cancel(routeros.ErrTimeout) // where the router has said other things since
	}
	calls, err := session.StartAll(context.Background(), probe)
	if err != nil {
		return // the session has ended, or its beat will find that nothing was heard
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session == session {
		h.probe = calls[0]
	}
}

// suspect asks for a sign of life if nothing was heard since then.
func (l *Link) suspect(since time.Time) {
	if session := l.current(); session != nil && !session.LastHeard().After(since) {
		l.ask(session)
	}
}
