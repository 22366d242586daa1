// Package poller reads the state of a router periodically while it is watched.
// Each session has one poller, whatever the number of its router_ids and viewers.
//
// A poll reads all topics that are due and costs one round trip. Topics fail
// independently: where a menu is missing or refused, its reading has an error. Polls
// of one router never overlap: ticks that pass during a long poll are skipped, not
// queued.
//
// A poller delivers typed updates to its [Sink]. Package device turns them into
// events for clients.
//
// A topic is declared in one file, topic_NAME.go, by a call of register; nothing
// else in the program refers to it by name.
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

	"github.com/aprakasa/mikronec/internal/history"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/search"
	"github.com/aprakasa/mikronec/internal/users"
)

// Runner runs commands on the router.
type Runner interface {
	// StartAll sends several commands in one write and returns without waiting for
	// the replies.
	StartAll(ctx context.Context, commands ...routeros.Command) ([]*routeros.Call, error)
	// Logins returns the number of sessions until now, and a channel that is closed when
	// it may have changed.
	Logins() (n int, changed <-chan struct{})
	// FailIfSilent closes the session, with the cause, if the router has sent nothing
	// since the given time. It reports whether it did.
	FailIfSilent(since time.Time, cause error) bool
}

// Options of a Poller. Zero fields mean the defaults.
type Options struct {
	Interval  time.Duration // 2 s
	Timeout   time.Duration // of a poll; 7.5 s, because routers are known to stall for 7 s
	Linger    time.Duration // polling continues for this time after the last watcher has left; 2 s
	Absence   time.Duration // a menu that the router does not have is not read again for this time; 5 min
	Retention time.Duration // the state of an unwatched variant is kept for this time; 1 min
	Page      charset.Page
	Scrape    time.Duration // minimum interval of readings for the facts only; 1 min
	Budget    int           // bytes a minute, beyond which the interval grows; no limit
	Observer  Observer      // none
	Index     *search.Index // takes the rows of topics that are kept; none
	// Sampled takes the samples of [History]. The goroutine of the loop calls it; it must not
	// block. Nil for nobody.
	Sampled func(history.Sample)
}

func (o Options) withDefaults() Options {
	o.Interval = cmp.Or(o.Interval, 2*time.Second)
	o.Timeout = cmp.Or(o.Timeout, 7500*time.Millisecond)
	o.Linger = cmp.Or(o.Linger, 2*time.Second)
	o.Absence = cmp.Or(o.Absence, 5*time.Minute)
	o.Retention = cmp.Or(o.Retention, time.Minute)
	o.Scrape = cmp.Or(o.Scrape, time.Minute)
	if o.Index == nil {
		o.Index = &search.Index{}
	}
	if o.Observer == nil {
		o.Observer = noObserver{}
	}
	return o
}

// Poller polls one session.
type Poller struct {
	// Static after construction.
	runner  Runner
	sink    Sink
	opts    Options
	timeout error         // the cause when a poll times out
	phase   uint64        // offset of the ticks in an interval, in nanoseconds
	wake    chan struct{} // capacity 1: see signal; never closed

	wg sync.WaitGroup // the loop

	// mu is the innermost lock: while it is held no other lock is taken and no method
	// of runner, sink or opts.Observer is called.
	mu      sync.Mutex
	wanted  []want             // guarded by mu
	stop    context.CancelFunc // ends the loop; guarded by mu
	abort   context.CancelFunc // ends the current poll, nil without one; guarded by mu
	aborted bool               // giveUp has ended the current poll; guarded by mu
	idle    *time.Timer        // calls giveUp Linger after the last watcher has left; nil with a watcher; guarded by mu
	running bool               // the loop runs; guarded by mu
	closed  bool               // guarded by mu
	info    Info               // guarded by mu
	facts   facts              // guarded by mu
	costs   []cost             // by topic; guarded by mu

	users     *users.List   // as last read; guarded by mu
	usersRead chan struct{} // closed when they are read again; nil while nobody waits; guarded by mu
}

// want is a variant with the number of its watchers.
type want struct {
	Variant
	watchers int
	left     time.Time // when the last watcher left; valid without watchers
}

// Info describes the poller and its last poll.
type Info struct {
	Running   bool // watched, or watched less than Linger ago
	Interval  time.Duration
	Stretched bool             // Interval is longer than configured
	Last      time.Time        // when the last poll ended; zero before the first
	Took      time.Duration    // duration of the last poll
	Polls     int              // number of polls since New
	Skipped   int              // ticks skipped because of long polls, since New
	Err       error            // of the last poll if no topic was read
	Topics    map[string]error // topics that failed in the last poll
}

// phaseSeed makes the phases differ between processes, so that several servers
// do not poll the same router at the same time.
var phaseSeed = maphash.MakeSeed()

// grid is the unit of phases: ticks of all pollers lie on multiples of it. Polls of
// one multiple are sent together and most of their replies arrive together; waking
// the server for each router separately was more than a third of the cost of a poll
// (docs/benchmarks.md). With 10,000 routers and 2 s, 100 routers share a multiple.
const grid = 20 * time.Millisecond

func phaseOf(name string) uint64 {
	phase := maphash.String(phaseSeed, name)
	return phase - phase%uint64(grid)
}

// New returns a poller that is idle until Watch is called. The phase of its ticks is
// a hash of the name, so that many routers are spread evenly over the interval.
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

// Watch adds a watcher of a variant; polling starts with the first one. The returned
// function removes the watcher; further calls do nothing. Neither waits for the
// router or for the sink.
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

// signal tells the loop that wanted has changed, or that a listen has something. It does
// not block.
func (p *Poller) signal() {
	select {
	case p.wake <- struct{}{}:
	default: // a signal is pending
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
			// The loop continues for Linger: a page that is reloaded soon returns.
			w.left = time.Now()
			p.signal()
		}
	}
	if !p.closed && !p.watched() {
		p.idle = time.AfterFunc(p.opts.Linger, p.giveUp)
	}
}

// watched reports whether there is any watcher; mu is held.
func (p *Poller) watched() bool {
	return slices.ContainsFunc(p.wanted, func(w want) bool { return w.watchers > 0 })
}

var errUnwatched = errors.New("no watcher is left")

// giveUp ends the current poll if there is no watcher left. Without it, a slow router
// would work on a reply that is no longer needed.
func (p *Poller) giveUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.abort != nil && !p.watched() {
		p.abort()
		p.aborted = true
	}
}

// Close stops polling permanently and waits for the loop.
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

// Info returns the state of the poller. Its map must not be changed.
func (p *Poller) Info() Info {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.info
}
