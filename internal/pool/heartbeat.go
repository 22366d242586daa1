package pool

import (
	"context"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// heartbeat probes a silent router: the API has no ping, and TCP does not notice a
// peer that has stopped answering. It works with a timer and never waits, so it
// needs no goroutine. Link.mu guards it.
type heartbeat struct {
	timer *time.Timer    // calls beat; nil before the first session
	asked time.Time      // when the last probe was sent; zero without one
	probe *routeros.Call // the last probe
}

// probe is the command of a probe. Any sentence of the router counts as an answer.
var probe = routeros.Command{
	Words: []string{"/system/identity/print", "=.proplist=name"}, Class: routeros.Probe,
}

// startHeartbeat starts the timer for a new session; mu is held.
func (l *Link) startHeartbeat() {
	if l.heartbeat.timer == nil {
		l.heartbeat.timer = time.AfterFunc(l.pool.opts.Heartbeat, l.beat)
		return
	}
	l.heartbeat.timer.Reset(l.pool.opts.Heartbeat)
}

// stop stops the timer at the end of a session. A beat that runs already finds that
// the session has ended.
func (h *heartbeat) stop() {
	if h.timer != nil {
		h.timer.Stop()
	}
	h.asked, h.probe = time.Time{}, nil
}

// pending reports whether the router has sent nothing since the last probe.
func (h *heartbeat) pending(session *routeros.Session) bool {
	return !h.asked.IsZero() && session.LastHeard().Before(h.asked)
}

// beat is called by the timer: it probes a router that was silent, and ends the
// session of one that did not answer the probe.
func (l *Link) beat() {
	switch session, next := l.judge(); next {
	case failSession:
		session.Fail(&routeros.LinkError{Step: "probe", Err: l.noSignOfLife()})
	case sendProbe:
		l.ask(session)
	}
}

// What a beat has to do.
const (
	nothing = iota
	sendProbe
	failSession
)

// judge decides what a beat has to do. It sets the timer if that is nothing.
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
		return session, failSession
	case h.pending(session):
		h.timer.Reset(left)
	case silence >= l.pool.opts.Heartbeat:
		return session, sendProbe
	default:
		h.timer.Reset(l.pool.opts.Heartbeat - silence)
	}
	return session, nothing
}

// ask sends a probe unless the answer to one is pending.
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
		before.Cancel(routeros.ErrTimeout) // if the router has sent only other sentences since
	}
	calls, err := session.StartAll(context.Background(), probe)
	if err != nil {
		return // the session has ended
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session == session {
		h.probe = calls[0]
	}
}

// suspect probes the router if it has sent nothing since the given time.
func (l *Link) suspect(since time.Time) {
	if session := l.current(); session != nil && !session.LastHeard().After(since) {
		l.ask(session)
	}
}
