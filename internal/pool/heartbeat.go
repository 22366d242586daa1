package pool

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// heartbeat probes a silent router: the API has no ping, and TCP does not notice a
// peer that has stopped answering. It works with one timer for each link and never
// waits, so it needs no goroutine and commands cost nothing. Link.mu guards it.
type heartbeat struct {
	timer *time.Timer    // calls beat; nil before the first session
	due   time.Time      // when the timer calls
	asked time.Time      // when the last probe was sent; zero without one
	probe *routeros.Call // the last probe

	// attentive says that the timer calls within Options.Silence, since a command may
	// be waiting. Written with Link.mu; read without it, so that most commands find
	// it set and do nothing.
	attentive atomic.Bool
}

// set makes the timer call after d.
func (h *heartbeat) set(d time.Duration) {
	h.due = time.Now().Add(d)
	h.timer.Reset(d)
}

// probe is the command of a probe. Any sentence of the router counts as an answer.
var probe = routeros.Command{
	Words: []string{"/system/identity/print", "=.proplist=name"}, Class: routeros.Probe, Limit: 64 << 10,
}

// startHeartbeat starts the timer for a new session; mu is held.
func (l *Link) startHeartbeat() {
	h := &l.heartbeat
	if h.timer == nil {
		h.timer = time.AfterFunc(l.pool.opts.Heartbeat, l.beat)
	}
	h.attentive.Store(false)
	h.set(l.pool.opts.Heartbeat)
}

// attend makes the next beat come within Options.Silence; it is called after a
// command was started.
func (l *Link) attend() {
	h := &l.heartbeat
	if h.attentive.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session == nil {
		return
	}
	h.attentive.Store(true)
	if silence := l.pool.opts.Silence; time.Until(h.due) > silence {
		h.set(silence)
	}
}

// stop stops the timer at the end of a session. A beat that runs already finds that
// the session has ended.
func (h *heartbeat) stop() {
	if h.timer != nil {
		h.timer.Stop()
	}
	h.asked, h.probe = time.Time{}, nil
}

// pending reports whether the router has sent no sentence since the last probe.
func (h *heartbeat) pending(session *routeros.Session) bool {
	return !h.asked.IsZero() && session.LastHeard().Before(h.asked)
}

// verdict is when a router that does not answer the last probe counts as gone. Bytes
// of a long sentence put it off, for as long as a silent router would have been left
// alone.
func (h *heartbeat) verdict(session *routeros.Session, o *Options) time.Time {
	at := h.asked.Add(o.ProbeTimeout)
	limit := at.Add(o.Heartbeat)
	if later := session.LastByte().Add(o.ProbeTimeout); later.After(at) {
		at = later
	}
	if at.After(limit) {
		return limit
	}
	return at
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
	session, h, o := l.session, &l.heartbeat, &l.pool.opts
	if session == nil || session.Err() != nil {
		return session, nothing
	}
	h.attentive.Store(false) // before Quiet, which sees the commands of all who have found it set
	quietSince, waiting := session.Quiet()
	h.attentive.Store(waiting)
	left := o.Heartbeat - time.Since(session.LastHeard())
	if waiting {
		left = min(left, o.Silence-time.Since(quietSince))
	}
	switch {
	case h.pending(session):
		if left = time.Until(h.verdict(session, o)); left <= 0 {
			return session, failSession
		}
	case left <= 0:
		return session, sendProbe
	}
	h.set(left)
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
	h.set(l.pool.opts.ProbeTimeout)
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
