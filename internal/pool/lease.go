package pool

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Lease is a hold on a link. It must be released.
type Lease struct {
	*Link
	watch    func(Status)
	reused   bool
	failures int  // of the link before the lease was taken
	released bool // guarded by the pool's mu
}

// Lease takes a lease on the session of key without waiting for it: the link may
// still be connecting, or be down for as long as the router is. On a link that is
// down it asks for an attempt at once, also after a refused login.
//
// watch, which may be nil, is told of every change from then on, one at a time;
// it must not block. It is not called after Release has returned, unless a call
// is under way.
func (p *Pool) Lease(key Key, watch func(Status)) (*Lease, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrPoolClosed
	}
	l := p.links[key]
	if l == nil {
		l = &Link{pool: p, key: key, status: Status{State: Connecting, Since: time.Now()}, running: true}
		p.links[key] = l
		p.wg.Add(1)
		defer func() { go l.connect(nil) }() // behind retryNow, or a failure at once would be tried twice
	}
	status, failures := l.retryNow()
	lease := &Lease{Link: l, watch: watch, reused: status.State == Up, failures: failures}
	l.leases = append(l.leases, lease)
	return lease, nil
}

// Acquire takes a lease on the session of key and waits until it is up. When the
// attempt fails, or ctx ends first, nothing is held and the error is that of
// [Lease.Wait].
func (p *Pool) Acquire(ctx context.Context, key Key, watch func(Status)) (*Lease, error) {
	lease, err := p.Lease(key, watch)
	if err != nil {
		return nil, err
	}
	if err := lease.Wait(ctx); err != nil {
		lease.Release()
		return nil, err
	}
	return lease, nil
}

// Wait returns nil once the link is up, and an error as soon as an attempt has
// failed since the lease was taken: the bare cause of the last failure. It is a
// [*DownError] where ctx ended first, and [ErrReleased] after Release. Whatever it
// is, the lease is held.
func (l *Lease) Wait(ctx context.Context) error {
	if l.reused {
		return nil
	}
	_, err := l.wait(ctx, l.failures, 0)
	if down, ok := errors.AsType[*DownError](err); ok && down.GaveUp == nil {
		return down.Cause // who registers a router asks for no next attempt
	}
	return err
}

// Reused reports whether the session was up already when the lease was taken.
func (l *Lease) Reused() bool { return l.reused }

// Release gives the lease back. It reports whether it was the last one on its
// session, which is then closed at the router; Release does not wait for that.
// Releasing again does nothing.
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

// Leases is the number of holds on the same session, this one included.
func (l *Link) Leases() int {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	return len(l.leases)
}

// watchers copies the callbacks of the leases.
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
