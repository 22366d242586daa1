package pool

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// Link is the way to one router with one login: the session of the moment, and
// the next one when that is gone. It is shared by all leases of its key and
// works for as long as one of them is held.
type Link struct {
	// Static after construction.
	pool *Pool
	key  Key

	reads coalescer // reads in flight

	leases []*Lease // guarded by pool.mu

	backoff time.Duration // bound of the last wait between attempts; owned by connect

	mu       sync.Mutex        // taken after pool.mu, never before
	status   Status            // guarded by mu
	session  *routeros.Session // of the state Up; guarded by mu
	failures int               // attempts and sessions that failed, ever; guarded by mu
	changed  chan struct{}     // closed at the next change; made by those who wait for it; guarded by mu
	closing  error             // why the link is being closed; guarded by mu
	// The goroutine of a link without a session; all guarded by mu.
	running bool                    // connect runs, or will
	cancel  context.CancelCauseFunc // ends connect; nil until it has begun
	retry   chan struct{}           // room for one: attempt now; nil before the first failure

	heartbeat heartbeat // guarded by mu
}

// Status is the state of the link now.
func (l *Link) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status
}

// Key is who logs in where.
func (l *Link) Key() Key { return l.key }

// Format prints the key alone: fmt would show the password of one that is inside.
func (l *Link) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, l.key.String()) }

// Session returns the session, waiting for an attempt that is under way or about
// to begin: for the first one until its end, for others no longer than
// Options.Patience. The error is a [*DownError], also when ctx ends first, or
// [ErrReleased].
func (l *Link) Session(ctx context.Context) (*routeros.Session, error) {
	if session := l.current(); session != nil {
		return session, nil
	}
	return l.wait(ctx, sinceNow, l.pool.opts.Patience)
}

// current is the session of the moment, nil without one.
func (l *Link) current() *routeros.Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session
}

// sinceNow lets wait count the failures from its beginning on.
const sinceNow = -1

// wait returns the session once there is one. It gives up when there was a
// failure after the first ones, or when a link that is known to be down is not
// up within patience, which is 0 for no such limit.
func (l *Link) wait(ctx context.Context, first int, patience time.Duration) (*routeros.Session, error) {
	began := time.Now()
	limited := func(s Status) bool { return patience > 0 && s.Err != nil }
	var late <-chan time.Time
	for {
		status, session, failures, changed := l.observe()
		if first == sinceNow {
			first = failures
		}
		switch {
		case status.State == Up:
			return session, nil
		case status.State == Closed:
			return nil, status.Err
		case failures > first || limited(status) && !status.upBy(began.Add(patience)):
			return nil, &DownError{Cause: status.Err, NextAttempt: status.NextAttempt}
		}
		if late == nil && limited(status) {
			late = time.After(patience - time.Since(began))
		}
		select {
		case <-changed:
		case <-late:
			return nil, &DownError{Cause: status.Err, NextAttempt: status.NextAttempt}
		case <-ctx.Done():
			return nil, &DownError{Cause: status.Err, GaveUp: context.Cause(ctx)}
		}
	}
}

// observe returns the state of the link, and a channel that is closed when it
// changes.
func (l *Link) observe() (Status, *routeros.Session, int, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.status, l.session, l.failures, l.changed
}

// update changes the link, wakes those who wait for a change and tells the
// leases.
func (l *Link) update(change func()) {
	l.mu.Lock()
	change()
	status := l.status
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
	l.mu.Unlock()
	for _, watch := range l.watchers() {
		watch(status)
	}
}

// FailIfSilent ends the session if the router has sent nothing since then: a
// peer that keeps the connection open and does not answer is as good as gone.
// It reports whether it did.
func (l *Link) FailIfSilent(since time.Time, cause error) bool {
	session := l.current()
	if session == nil || session.LastHeard().After(since) {
		return false
	}
	session.Fail(cause)
	return true
}

// Fingerprint is the SHA-256 of the certificate of the session's router, empty
// without TLS or without a session.
func (l *Link) Fingerprint() string {
	session := l.current()
	if session == nil {
		return ""
	}
	return session.Fingerprint()
}

// Load is how much is under way on the session; nothing while there is none.
func (l *Link) Load() routeros.Load {
	session := l.current()
	if session == nil {
		return routeros.Load{}
	}
	return session.Load()
}
