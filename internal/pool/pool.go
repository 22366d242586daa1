// Package pool shares sessions: one for each key, however many leases there
// are on it, dialed once however many callers wait, redialed with jittered
// backoff for as long as somebody holds a lease, and closed with the last one.
//
// # Concurrency properties
//
// Every key with a lease has one goroutine, which alone dials, watches and
// closes the session of that key. [Pool.Close] waits for all of them. No lock
// is held while dialing, logging in, or calling back.
package pool

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
)

// DialFunc makes a logged-in session. It must bound itself in time.
type DialFunc func(ctx context.Context, key Key) (*routeros.Session, error)

// Options of a Pool. Zero fields mean the defaults.
type Options struct {
	// MinBackoff and MaxBackoff bound the wait between attempts: it doubles
	// from one to the other, and each wait is drawn evenly between nothing and
	// the current bound, so that routers that went together do not return
	// together. 500 ms and 60 s.
	MinBackoff, MaxBackoff time.Duration
	// LoginBackoff is the wait after a refused login, or an address that may not
	// be dialed, which only a person can mend; a new Acquire cuts it short. 5 min.
	LoginBackoff time.Duration
	// Patience is how long callers wait for a router that is known to be down; where
	// the next attempt is further away than that, they get the cause of the last
	// failure at once. 2 s.
	Patience time.Duration
	// MaxDials is how many attempts may be under way at the same time; the others
	// wait for their turn. 256.
	MaxDials int
	// ProbeTimeout bounds the command by which a session that was redialed
	// proves itself before callers are let in, or one that was silent proves
	// that it is still alive. 5 s.
	ProbeTimeout time.Duration
	// Heartbeat is the silence after which a router is asked for a sign of
	// life; the API has no ping of its own. 60 s.
	Heartbeat time.Duration
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&o.MinBackoff, 500*time.Millisecond)
	set(&o.MaxBackoff, time.Minute)
	set(&o.LoginBackoff, 5*time.Minute)
	set(&o.Patience, 2*time.Second)
	set(&o.ProbeTimeout, 5*time.Second)
	set(&o.Heartbeat, time.Minute)
	o.MaxDials = cmp.Or(o.MaxDials, 256)
	return o
}

var (
	// ErrReleased is the answer of a link without any lease left.
	ErrReleased = errors.New("the session was released")
	// ErrPoolClosed refuses everything once Close was called.
	ErrPoolClosed = errors.New("the session pool is closed")
)

// Pool is the set of links.
type Pool struct {
	dial       DialFunc
	dials      chan struct{} // an entry for each attempt that is under way
	opts       Options
	reconnects atomic.Uint64
	losses     atomic.Uint64
	wg         sync.WaitGroup // the links' goroutines; Add only under mu and while not closed

	mu     sync.Mutex
	links  map[Key]*Link // those with leases; guarded by mu
	closed bool          // guarded by mu
}

// New returns a pool that dials with dial.
func New(dial DialFunc, opts Options) *Pool {
	opts = opts.withDefaults()
	return &Pool{dial: dial, dials: make(chan struct{}, opts.MaxDials), opts: opts, links: make(map[Key]*Link)}
}

// Summary is how all links together fare.
type Summary struct {
	States     map[State]int // how many links are in each
	MaxBackoff time.Duration // how far away the next attempt is where it is farthest
	Reconnects uint64        // sessions opened after one before had been lost, so far
	Losses     uint64        // sessions that ended though somebody held a lease, so far
}

// Summary counts the links.
func (p *Pool) Summary() Summary {
	p.mu.Lock()
	links := slices.Collect(maps.Values(p.links))
	p.mu.Unlock()
	sum := Summary{States: make(map[State]int), Reconnects: p.reconnects.Load(), Losses: p.losses.Load()}
	for _, l := range links {
		status := l.Status()
		sum.States[status.State]++
		if !status.NextAttempt.IsZero() {
			sum.MaxBackoff = max(sum.MaxBackoff, time.Until(status.NextAttempt))
		}
	}
	return sum
}

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
		ctx, cancel := context.WithCancelCause(context.Background())
		l = newLink(p, key, cancel)
		p.links[key] = l
		defer p.wg.Go(func() { l.run(ctx) }) // behind hurry, or a failure at once would be tried twice
	}
	status, failures := l.retryNow()
	lease := &Lease{Link: l, watch: watch, reused: status.State == Up, failures: failures}
	l.leases[lease] = struct{}{}
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
	delete(l.leases, l)
	if len(l.leases) > 0 {
		return false
	}
	delete(p.links, l.key)
	l.cancel(ErrReleased)
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
	for lease := range l.leases {
		if lease.watch != nil {
			fns = append(fns, lease.watch)
		}
	}
	return fns
}

// Close ends all sessions, whoever holds leases, and waits for them.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	for _, l := range p.links {
		l.cancel(ErrPoolClosed)
	}
	clear(p.links)
	p.mu.Unlock()
	p.wg.Wait()
}
