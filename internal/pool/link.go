package pool

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// Link is the connection to one router with one login: the current session, and
// the next one after its end. It is shared by all leases of its key and is closed
// with the last one.
type Link struct {
	// Static after construction.
	pool *Pool
	key  Key

	delay time.Duration // before the first attempt

	reads coalescer // reads in flight

	leases []*Lease // guarded by pool.mu

	// Owned by connect.
	backoff  time.Duration // maximum of the last wait between attempts
	refusals int           // logins that were refused since the link was up
	utf8     bool          // the last login was accepted in UTF-8

	mu       sync.Mutex        // taken after pool.mu, never before
	status   Status            // guarded by mu
	session  *routeros.Session // the current one, nil unless Up; guarded by mu
	failures int               // failed attempts and lost sessions, since New; guarded by mu
	changed  chan struct{}     // closed at the next change; nil while nobody waits for it; guarded by mu
	closing  error             // why the link is being closed; guarded by mu

	// The state of connect; guarded by mu.
	running bool                    // connect runs, or is about to
	cancel  context.CancelCauseFunc // ends connect; nil while it does not run
	retry   chan struct{}           // capacity 1; ends the wait for the next attempt; nil before the first failure without a delay

	heartbeat heartbeat // guarded by mu
}

// Status returns the current status.
func (l *Link) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status
}

// Key returns the key of the link.
func (l *Link) Key() Key { return l.key }

// Format prints the key only: fmt would print the password of a key inside.
func (l *Link) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, l.key.String()) }

// Session returns the current session. Without one it waits: for the first attempt
// until its end, for later ones up to Options.Patience. The error is a
// [*DownError], also if ctx ends first, or [ErrReleased] or [ErrPoolClosed].
func (l *Link) Session(ctx context.Context) (*routeros.Session, error) {
	if session := l.current(); session != nil {
		return session, nil
	}
	return l.wait(ctx, sinceNow, l.pool.opts.Patience)
}

// current returns the current session, nil without one.
func (l *Link) current() *routeros.Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session
}

// sinceNow makes wait count the failures from its call on.
const sinceNow = -1

// wait returns the session once there is one. It returns an error if there are more
// than first failures, or if a link that is known to be down is not up within
// patience; 0 means no such limit.
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

// observe returns the state of the link, and a channel that is closed at the next
// change.
func (l *Link) observe() (Status, *routeros.Session, int, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.status, l.session, l.failures, l.changed
}

// Logins returns the number of sessions since New, and a channel that is closed at the
// next change of the status.
func (l *Link) Logins() (n int, changed <-chan struct{}) {
	status, _, _, changed := l.observe()
	return status.Logins, changed
}

// AwaitClosed waits until the link is closed and its connection with it, or until ctx ends.
func (l *Link) AwaitClosed(ctx context.Context) {
	for {
		status, _, _, changed := l.observe()
		if status.State == Closed {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// update changes the link with mu held, wakes those who wait for a change, and
// calls the watch functions of the leases.
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

// FailIfSilent ends the session if the router has sent nothing since the given
// time, and reports whether it did so.
func (l *Link) FailIfSilent(since time.Time, cause error) bool {
	session := l.current()
	if session == nil || session.LastHeard().After(since) {
		return false
	}
	session.Fail(cause)
	return true
}

// Fingerprint returns the SHA-256 fingerprint of the router's certificate, empty
// without TLS or without a session.
func (l *Link) Fingerprint() string {
	session := l.current()
	if session == nil {
		return ""
	}
	return session.Fingerprint()
}

// Load returns the load of the current session, zero without one.
func (l *Link) Load() routeros.Load {
	session := l.current()
	if session == nil {
		return routeros.Load{}
	}
	return session.Load()
}
