package pool

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// Lease keeps a link alive. It must be released.
type Lease struct {
	*Link
	owner    string
	watch    func(Status)
	reused   bool
	failures int  // of the link when the lease was taken
	released bool // guarded by the pool's mu
}

// Lease returns a lease on the link of key without waiting for a session: the link
// may be connecting, or down. A link that is down makes its next attempt now, also
// after a refused login. The error is [ErrPoolClosed].
//
// The owner is who asks; owners share the places for attempts to connect. The attempts
// of a link count for the owner of its oldest lease.
//
// watch, if not nil, is called with every change of the status from then on, one
// call at a time; it must not block. After Release it is not called any more,
// except for a call that has begun before.
func (p *Pool) Lease(owner string, key Key, watch func(Status)) (*Lease, error) {
	return p.lease(owner, key, 0, watch)
}

// LeaseLater is [Pool.Lease] without haste, for many keys at the same time: the first
// attempt of a new link begins after the delay, or with the next Lease, and a link that is
// down keeps to its plan.
func (p *Pool) LeaseLater(owner string, key Key, delay time.Duration, watch func(Status)) (*Lease, error) {
	return p.lease(owner, key, max(delay, 1), watch)
}

// lease returns a lease; a delay of 0 makes the next attempt start now.
func (p *Pool) lease(owner string, key Key, delay time.Duration, watch func(Status)) (*Lease, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrPoolClosed
	}
	l := p.links[key]
	if l == nil {
		l = &Link{pool: p, key: key, status: Status{State: Connecting, Since: time.Now()}, running: true, delay: delay}
		if delay > 0 {
			l.retry = make(chan struct{}, 1)
		}
		p.links[key] = l
		p.wg.Add(1)
		defer func() { go l.connect(nil) }() // after present, which would cause a second attempt after a quick failure
	}
	status, failures := l.present(delay == 0)
	lease := &Lease{Link: l, owner: owner, watch: watch, reused: status.State == Up, failures: failures}
	l.leases = append(l.leases, lease)
	return lease, nil
}

// Acquire is [Pool.Lease] followed by [Lease.Wait]. On an error, which is that of
// either of them, there is no lease.
func (p *Pool) Acquire(ctx context.Context, owner string, key Key, watch func(Status)) (*Lease, error) {
	lease, err := p.Lease(owner, key, watch)
	if err != nil {
		return nil, err
	}
	if err := lease.Wait(ctx); err != nil {
		lease.Release()
		return nil, err
	}
	return lease, nil
}

// Wait returns nil when the link is up, and an error when an attempt has failed
// since the lease was taken: the cause of the last failure, a refused login as the
// router put it, whether the link tries again or not. The error is a [*DownError] if
// ctx ended first, [ErrReleased] or [ErrPoolClosed] if the link was closed. Wait does
// not release the lease.
func (l *Lease) Wait(ctx context.Context) error {
	if l.reused {
		return nil
	}
	return l.attempted(ctx, l.failures)
}

// Retry has a link that is down dial at once, and waits for the end of the attempt. It
// returns nil when the link is up, also if it was, and errors as [Lease.Wait] does.
func (l *Link) Retry(ctx context.Context) error {
	status, failures := l.present(true)
	if status.State == Up {
		return nil
	}
	return l.attempted(ctx, failures)
}

// attempted waits until the link is up, or has failed more often than before.
func (l *Link) attempted(ctx context.Context, before int) error {
	_, err := l.wait(ctx, before, 0)
	if down, ok := errors.AsType[*DownError](err); ok && down.GaveUp == nil {
		err = down.Cause // without the next attempt, which may never be made
	}
	if refused, ok := errors.AsType[*routeros.LoginError](err); ok && refused.Retried {
		return &routeros.LoginError{User: refused.User, Reason: refused.Reason}
	}
	return err
}

// Reused reports whether the link was up when the lease was taken.
func (l *Lease) Reused() bool { return l.reused }

// Release ends the lease. It reports whether it was the last one of its link,
// which is then closed; Release does not wait for that. A second call does nothing.
func (l *Lease) Release() (last bool) {
	p := l.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.released {
		return false
	}
	l.released = true
	l.leases = slices.DeleteFunc(l.leases, func(other *Lease) bool { return other == l })
	if len(l.leases) > 0 {
		return false
	}
	delete(p.links, l.key)
	l.close(ErrReleased)
	return true
}

// Leases is the number of leases on the link.
func (l *Link) Leases() int {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	return len(l.leases)
}

// owner returns the owner of the oldest lease.
func (l *Link) owner() string {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	if len(l.leases) == 0 {
		return ""
	}
	return l.leases[0].owner
}

// watchers returns the callbacks of the leases.
func (l *Link) watchers() []func(Status) {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	var fns []func(Status)
	for _, lease := range l.leases {
		if lease.watch != nil {
			fns = append(fns, lease.watch)
		}
	}
	return fns
}
