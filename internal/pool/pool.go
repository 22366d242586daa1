// Package pool shares sessions: one for each key, however many leases there
// are on it, dialed once however many callers wait, redialed with jittered
// backoff for as long as somebody holds a lease, and closed with the last one.
//
// # Concurrency properties
//
// Every key with a lease has one goroutine while it has no session, which alone
// dials, and one, the session's reader, while it has. [Pool.Close] waits for all
// of them. No lock is held while dialing, logging in, or calling back.
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
	o.MinBackoff = cmp.Or(o.MinBackoff, 500*time.Millisecond)
	o.MaxBackoff = cmp.Or(o.MaxBackoff, time.Minute)
	o.LoginBackoff = cmp.Or(o.LoginBackoff, 5*time.Minute)
	o.Patience = cmp.Or(o.Patience, 2*time.Second)
	o.ProbeTimeout = cmp.Or(o.ProbeTimeout, 5*time.Second)
	o.Heartbeat = cmp.Or(o.Heartbeat, time.Minute)
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
	wg         sync.WaitGroup // links that are not yet Closed; Add only under mu and while not closed

	mu     sync.Mutex
	links  map[Key]*Link // those with leases; guarded by mu
	closed bool          // guarded by mu
}

// New returns a pool that dials with dial.
func New(dial DialFunc, opts Options) *Pool {
	opts = opts.withDefaults()
	return &Pool{dial: dial, dials: make(chan struct{}, opts.MaxDials), opts: opts, links: make(map[Key]*Link)}
}

// Summary is the state of all links together.
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

// Close ends all sessions, whoever holds leases, and waits for them.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	for _, l := range p.links {
		l.close(ErrPoolClosed)
	}
	clear(p.links)
	p.mu.Unlock()
	p.wg.Wait()
}
