// Package pool shares sessions: there is one session for each key, however many
// leases. It is dialed once however many callers wait, redialed with jittered
// backoff while there is a lease, and closed with the last one.
//
// # Concurrency properties
//
// A key with a lease has one goroutine: while there is no session the one that
// dials, else the session's reader. [Pool.Close] waits for all of them. No lock is
// held while dialing, logging in, or calling callbacks.
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

// DialFunc returns a session that is logged in with key.Credentials(). It must limit
// its own duration.
type DialFunc func(ctx context.Context, key Key) (*routeros.Session, error)

// Options of a Pool. Zero fields mean the defaults.
type Options struct {
	// MinBackoff and MaxBackoff limit the wait between attempts. The maximum wait
	// doubles from MinBackoff to MaxBackoff; each wait is random between 0 and the
	// current maximum (full jitter), so that routers that were lost together are not
	// redialed together. 500 ms and 60 s.
	MinBackoff, MaxBackoff time.Duration
	// LoginBackoff is the wait after a refused login or a refused address, which need
	// a person to be fixed. A new lease ends it. After a session, the first refusals
	// of the login are no reason yet: see loginTries. 5 min.
	LoginBackoff time.Duration
	// Patience is how long a caller waits for a router that is known to be down. If
	// the next attempt is later than that, it gets the error at once. 2 s.
	Patience time.Duration
	// MaxDials is the maximum of attempts at the same time; others wait, see slots. 256.
	MaxDials int
	// ProbeTimeout is how long a router may take to answer a probe, after a redial
	// and after silence. 5 s.
	ProbeTimeout time.Duration
	// Heartbeat is the silence after which a router is probed; the API has no ping.
	// 60 s.
	Heartbeat time.Duration
	// Silence is the time without a byte after which a router is probed while a
	// command waits for it. With ProbeTimeout, it is how long a router that reads and
	// answers nothing keeps its callers waiting. 5 s.
	Silence time.Duration
	// Permit is asked before every attempt to connect and every command, nil for yes. Its
	// error means that this process may not use its sessions at the moment, because another
	// one may have them. It must not wait.
	Permit func() error
}

func (o Options) withDefaults() Options {
	o.MinBackoff = cmp.Or(o.MinBackoff, 500*time.Millisecond)
	o.MaxBackoff = cmp.Or(o.MaxBackoff, time.Minute)
	o.LoginBackoff = cmp.Or(o.LoginBackoff, 5*time.Minute)
	o.Patience = cmp.Or(o.Patience, 2*time.Second)
	o.ProbeTimeout = cmp.Or(o.ProbeTimeout, 5*time.Second)
	o.Heartbeat = cmp.Or(o.Heartbeat, time.Minute)
	o.Silence = cmp.Or(o.Silence, 5*time.Second)
	o.MaxDials = cmp.Or(o.MaxDials, 256)
	if o.Permit == nil {
		o.Permit = func() error { return nil }
	}
	return o
}

var (
	// ErrReleased is the error of a link whose last lease was released.
	ErrReleased = errors.New("the session was released")
	// ErrPoolClosed is the error of everything after Close.
	ErrPoolClosed = errors.New("the session pool is closed")
)

// Pool is the set of links.
type Pool struct {
	dial       DialFunc
	dials      *slots
	opts       Options
	reconnects atomic.Uint64
	losses     atomic.Uint64
	wg         sync.WaitGroup // links that are not Closed; Add only under mu and while not closed

	mu     sync.Mutex
	links  map[Key]*Link // those with leases; guarded by mu
	closed bool          // guarded by mu
}

// New returns a pool that dials with dial.
func New(dial DialFunc, opts Options) *Pool {
	opts = opts.withDefaults()
	return &Pool{dial: dial, dials: newSlots(opts.MaxDials), opts: opts, links: make(map[Key]*Link)}
}

// Summary is the state of all links together.
type Summary struct {
	States     map[State]int // number of links in each state
	MaxBackoff time.Duration // longest time until the next attempt of a link
	Reconnects uint64        // sessions that replaced a lost one, since New
	Losses     uint64        // sessions that ended while there was a lease, since New
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

// Close closes all links, whether they are leased or not, and waits for them.
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
