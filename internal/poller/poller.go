// Package poller reads the state of one router again and again while somebody
// watches, and only then. There is one poller for a session, however many
// router_ids share it and however many viewers they have.
//
// All topics that are due are read together, so a poll costs one round trip.
// They fail alone: a menu that is missing or refuses has an error in its
// reading. A poll that takes longer than the interval is not overtaken; the
// ticks it covered are skipped, never queued.
//
// What a poller finds it hands on as typed updates, see [Sink]; what clients see
// of them is the business of package device.
package poller

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// Runner runs commands on the router.
type Runner interface {
	// StartAll sends several commands in one write.
	StartAll(ctx context.Context, commands ...routeros.Command) ([]*routeros.Call, error)
	// FailIfSilent ends the session if the router has sent nothing since then. It
	// reports whether it did.
	FailIfSilent(since time.Time, cause error) bool
}

// Options of a Poller. Zero fields mean the defaults.
type Options struct {
	Interval  time.Duration // 2 s
	Timeout   time.Duration // of one poll; 7.5 s, since routers are known to stall for 7
	Linger    time.Duration // how long to go on after the last watcher left; 2 s
	Absence   time.Duration // how long a menu that the router does not know is left alone; 5 min
	Retention time.Duration // how long a variant that nobody watches can be continued; 1 min
	Page      charset.Page
	Scrape    time.Duration // how often to read the facts of a router that is watched for nothing else; 1 min
	Observer  Observer      // nobody
}

func (o Options) withDefaults() Options {
	o.Interval = cmp.Or(o.Interval, 2*time.Second)
	o.Timeout = cmp.Or(o.Timeout, 7500*time.Millisecond)
	o.Linger = cmp.Or(o.Linger, 2*time.Second)
	o.Absence = cmp.Or(o.Absence, 5*time.Minute)
	o.Retention = cmp.Or(o.Retention, time.Minute)
	o.Scrape = cmp.Or(o.Scrape, time.Minute)
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	return o
}

// Poller polls one session.
type Poller struct {
	// Static after construction.
	runner  Runner
	sink    Sink
	opts    Options
	timeout error         // the cause of the end of a poll that takes too long
	phase   uint64        // where in an interval the ticks of this poller lie
	wake    chan struct{} // room for one: what is wanted has changed; never closed

	wg sync.WaitGroup // the loop and its followers

	mu      sync.Mutex // a leaf: nothing is locked, and nobody called, under it
	wanted  []want     // guarded by mu
	stop    context.CancelFunc
	abort   context.CancelFunc // ends the poll under way, nil without one; guarded by mu
	aborted bool               // it was ended since nobody watches; guarded by mu
	idle    *time.Timer        // runs while nobody watches; guarded by mu
	running bool               // there is a loop; guarded by mu
	closed  bool               // guarded by mu
	info    Info               // guarded by mu
	facts   facts
}

// want is a variant with those who watch it.
type want struct {
	Variant
	watchers int
	left     time.Time // when the last watcher left; while there is none
}

// Info is how the last poll went.
type Info struct {
	Running   bool // somebody watches
	Interval  time.Duration
	Stretched bool          // Interval is longer than configured
	Last      time.Time     // when the last poll ended; zero before the first
	Took      time.Duration // how long it took
	Polls     int           // since the poller exists
	Skipped   int           // ticks that a long poll covered
	Err       error         // of the last poll as a whole; nil when it brought something
	Topics    map[string]error
}

// phaseSeed makes the phases differ between processes, so that several servers
// do not meet on the same router in the same instant.
var phaseSeed = maphash.MakeSeed()

// grid is what the ticks of all pollers are multiples of. Those of one multiple
// go out together and most of their answers come in together: waking the server
// for each router by itself was a third of the cost of a poll and more
// (docs/benchmarks.md). Of 10,000 routers 100 share a multiple at 2 s.
const grid = 20 * time.Millisecond

func phaseOf(name string) uint64 {
	phase := maphash.String(phaseSeed, name)
	return phase - phase%uint64(grid)
}

// New returns a poller that does nothing until somebody watches. The name
// decides where in the interval it ticks: many routers are spread evenly.
func New(runner Runner, sink Sink, name string, opts Options) *Poller {
	opts = opts.withDefaults()
	return &Poller{
		runner: runner, sink: sink, opts: opts,
		timeout: fmt.Errorf("%w within %v", routeros.ErrTimeout, opts.Timeout),
		phase:   phaseOf(name),
		wake:    make(chan struct{}, 1),
		info:    Info{Interval: opts.Interval},
	}
}

// Watch counts a watcher of a variant; polling starts with the first one. The
// returned function must be called when the watcher leaves; calling it again
// does nothing. Both return at once.
func (p *Poller) Watch(v Variant) (leave func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return func() {}
	}
	i := slices.IndexFunc(p.wanted, func(w want) bool { return w.Variant == v })
	if i < 0 {
		i = len(p.wanted)
		p.wanted = append(p.wanted, want{Variant: v})
		p.signal()
	}
	p.wanted[i].watchers++
	if p.idle != nil {
		p.idle.Stop()
		p.idle = nil
	}
	p.info.Running = true
	if !p.running {
		ctx, cancel := context.WithCancel(context.Background())
		p.stop, p.running = cancel, true
		p.wg.Go(func() { p.run(ctx) })
	}
	return sync.OnceFunc(func() { p.leave(v) })
}

// signal has the loop look at what is wanted; mu is held.
func (p *Poller) signal() {
	select {
	case p.wake <- struct{}{}:
	default: // it will look anyhow
	}
}

func (p *Poller) leave(v Variant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.wanted {
		w := &p.wanted[i]
		if w.Variant != v || w.watchers == 0 {
			continue
		}
		if w.watchers--; w.watchers == 0 {
			// The loop goes on for a while: a page that is reloaded is back soon.
			w.left = time.Now()
			p.signal()
		}
	}
	if p.idle == nil && !p.closed && !p.watched() {
		p.idle = time.AfterFunc(p.opts.Linger, p.abandon)
	}
}

// watched reports whether there is a watcher of anything; mu is held.
func (p *Poller) watched() bool {
	return slices.ContainsFunc(p.wanted, func(w want) bool { return w.watchers > 0 })
}

var errNobodyWatches = errors.New("nobody watches any more")

// abandon ends a poll for which nobody waits: a slow router has better things to
// do.
func (p *Poller) abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.abort != nil && !p.watched() {
		p.abort()
		p.aborted = true
	}
}

// Close stops polling for good and waits for the loop.
func (p *Poller) Close() {
	p.mu.Lock()
	p.closed = true
	p.info.Running = false
	if p.idle != nil {
		p.idle.Stop()
	}
	if p.running {
		p.stop()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

// Info is the state of the poller.
func (p *Poller) Info() Info {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.info
}
