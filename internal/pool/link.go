package pool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// Link is the way to one router with one login: the session of the moment, and
// the next one when that is gone. It is shared by all leases of its key and
// works for as long as one of them is held.
type Link struct {
	// Static after construction.
	pool   *Pool
	key    Key
	cancel context.CancelCauseFunc // ends run
	kick   chan struct{}           // room for one: attempt now; never closed
	doubt  chan struct{}           // room for one: ask for a sign of life now; never closed

	reads coalescer // in flight now

	leases map[*Lease]struct{} // guarded by pool.mu

	mu      sync.Mutex        // taken after pool.mu, never before
	status  Status            // guarded by mu
	session *routeros.Session // of the state Up; guarded by mu
	failed  int               // attempts and sessions that failed, ever; guarded by mu
	changed chan struct{}     // closed and replaced at every change; guarded by mu
}

func newLink(p *Pool, key Key, cancel context.CancelCauseFunc) *Link {
	return &Link{
		pool: p, key: key, cancel: cancel,
		kick:    make(chan struct{}, 1),
		doubt:   make(chan struct{}, 1),
		leases:  make(map[*Lease]struct{}),
		status:  Status{State: Connecting, Since: time.Now()},
		changed: make(chan struct{}),
	}
}

// Status is how the link fares now.
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
	return l.wait(ctx, sinceNow, l.pool.opts.Patience)
}

// retryNow is for a person who has just asked for the connection: where the link is
// down, the next attempt is made now. It returns the status that it found, and
// the failures up to it.
func (l *Link) retryNow() (Status, int) {
	l.mu.Lock()
	status, failed := l.status, l.failed
	l.mu.Unlock()
	switch status.State {
	case Down, LoginFailed:
		select {
		case l.kick <- struct{}{}:
		default: // one is pending already
		}
	}
	return status, failed
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
		l.mu.Lock()
		status, session, failed, changed := l.status, l.session, l.failed, l.changed
		l.mu.Unlock()
		if first == sinceNow {
			first = failed
		}
		switch {
		case status.State == Up:
			return session, nil
		case status.State == Closed:
			return nil, status.Err
		case failed > first || limited(status) && !status.upBy(began.Add(patience)):
			return nil, &DownError{Cause: status.Err, NextAttempt: status.NextAttempt}
		}
		if late == nil && limited(status) {
			timer := time.NewTimer(patience - time.Since(began))
			defer timer.Stop()
			late = timer.C
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

// run is the link's goroutine.
func (l *Link) run(ctx context.Context) {
	var wait backoff.ExponentialBackOff
	wait.InitialInterval = l.pool.opts.MinBackoff
	wait.MaxInterval = l.pool.opts.MaxBackoff
	wait.Multiplier = 2
	wait.Reset()
	bound := l.pool.opts.MinBackoff
	for {
		session, err := l.connect(ctx)
		if err == nil {
			began := time.Now()
			err = l.supervise(ctx, session)
			if ctx.Err() == nil {
				l.pool.losses.Add(1)
			}
			if time.Since(began) > bound {
				wait.Reset() // it outlived the last wait: no router that lets in and throws out
			}
		}
		bound = wait.NextBackOff()
		if ctx.Err() != nil || !l.pause(ctx, rand.N(bound), err) { // full jitter
			l.set(nil, func(s *Status) { s.State, s.Err = Closed, context.Cause(ctx) })
			return
		}
	}
}

// connect makes one attempt. A link that was up before lets callers in only
// after one command went through, since a router that is starting may accept
// logins before it can answer.
func (l *Link) connect(ctx context.Context) (*routeros.Session, error) {
	session, err := l.dial(ctx)
	if err != nil {
		return nil, err
	}
	if l.Status().Logins > 0 {
		if err := l.probe(ctx, session); err != nil {
			_ = session.Close()
			return nil, err
		}
	}
	l.set(session, func(s *Status) {
		if s.Logins > 0 {
			l.pool.reconnects.Add(1)
		}
		*s = Status{State: Up, Since: time.Now(), Logins: s.Logins + 1}
	})
	return session, nil
}

// dial waits for its turn and dials. A link that is down stays Down while it
// waits: nothing is under way that a caller could wait for.
func (l *Link) dial(ctx context.Context) (*routeros.Session, error) {
	select {
	case l.pool.dials <- struct{}{}:
		defer func() { <-l.pool.dials }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	l.set(nil, func(s *Status) { s.State, s.NextAttempt = Connecting, time.Time{} })
	return l.pool.dial(ctx, l.key)
}

// probe asks for a sign of life. A refusal is one, too.
func (l *Link) probe(ctx context.Context, session *routeros.Session) error {
	ctx, cancel := context.WithTimeoutCause(ctx, l.pool.opts.ProbeTimeout,
		fmt.Errorf("%w: no sign of life for %v", routeros.ErrTimeout, l.pool.opts.ProbeTimeout))
	defer cancel()
	calls, err := session.StartAll(ctx, routeros.Command{
		Words: []string{"/system/identity/print", "=.proplist=name"}, Class: routeros.Probe,
	})
	if err != nil {
		return err
	}
	_, err = calls[0].Wait()
	if _, refused := errors.AsType[*routeros.TrapError](err); refused {
		return nil
	}
	return err
}

// supervise keeps the session until its end and returns the cause. Where nothing was
// heard for a while, or a command got no answer, it asks for a sign of life; a
// router that gives none is gone, whatever TCP says.
func (l *Link) supervise(ctx context.Context, session *routeros.Session) error {
	beat := time.NewTimer(l.pool.opts.Heartbeat)
	defer beat.Stop()
	for {
		doubted := false
		select {
		case <-session.Done():
		case <-ctx.Done():
		case <-l.doubt:
			doubted = true
		case <-beat.C:
		}
		if ctx.Err() != nil || session.Err() != nil {
			_ = session.Close() // waits for its goroutines
			return session.Err()
		}
		silence := time.Since(session.LastHeard())
		if doubted || silence >= l.pool.opts.Heartbeat {
			if err := l.probe(ctx, session); err != nil && ctx.Err() == nil {
				session.Fail(&routeros.LinkError{Step: "probe", Err: err})
				continue
			}
			silence = 0
		}
		beat.Reset(max(l.pool.opts.Heartbeat-silence, time.Second))
	}
}

// pause waits for the next attempt; false when the link is closed instead.
func (l *Link) pause(ctx context.Context, delay time.Duration, cause error) bool {
	state := Down
	if refused, ok := errors.AsType[*routeros.LoginError](cause); ok && !refused.Temporary() {
		state, delay = LoginFailed, l.pool.opts.LoginBackoff
	}
	if _, ok := errors.AsType[*routeros.AddressError](cause); ok {
		delay = l.pool.opts.LoginBackoff // only a person, or whoever rules the name, can mend it
	}
	select {
	case <-l.kick: // of before this failure
	default:
	}
	l.set(nil, func(s *Status) {
		l.failed++ // together with its cause, or somebody would be told of no cause
		if s.Failures == 0 {
			s.Since = time.Now()
		}
		s.State, s.Err, s.NextAttempt = state, cause, time.Now().Add(delay)
		s.Failures++
	})
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.kick:
	case <-ctx.Done():
		return false
	}
	return true
}

// set changes the status, wakes who waits for it and tells the leases.
func (l *Link) set(session *routeros.Session, change func(*Status)) {
	l.mu.Lock()
	change(&l.status)
	l.session = session
	status := l.status
	close(l.changed)
	l.changed = make(chan struct{})
	l.mu.Unlock()
	for _, watch := range l.watchers() {
		watch(status)
	}
}

// FailIfSilent ends the session if the router has sent nothing since then: a
// peer that keeps the connection open and does not answer is as good as gone.
// It reports whether it did.
func (l *Link) FailIfSilent(since time.Time, cause error) bool {
	l.mu.Lock()
	session := l.session
	l.mu.Unlock()
	if session == nil || session.LastHeard().After(since) {
		return false
	}
	session.Fail(cause)
	return true
}

// Fingerprint is the SHA-256 of the certificate of the session's router, empty
// without TLS or without a session.
func (l *Link) Fingerprint() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session == nil {
		return ""
	}
	return l.session.Fingerprint()
}

// Load is how much is under way on the session; nothing while there is none.
func (l *Link) Load() routeros.Load {
	l.mu.Lock()
	session := l.session
	l.mu.Unlock()
	if session == nil {
		return routeros.Load{}
	}
	return session.Load()
}
