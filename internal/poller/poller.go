// Package poller asks one router for its state again and again while somebody
// watches, and only then. There is one poller for a session, however many
// router_ids share it and however many viewers they have.
//
// All topics that are due are asked together, so a poll costs one round trip.
// They fail alone: a menu that is missing or refuses leaves its array empty
// with the reason beside it. A poll that outlasts the interval is not
// overtaken; the ticks it covered are skipped, never queued.
package poller

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
)

// Runner sends commands to the router, all in one go.
type Runner interface {
	StartAll(ctx context.Context, commands ...routeros.Command) ([]*routeros.Call, error)
}

// Publisher takes what a poll brought. Its methods must not block and must not
// call the poller: all but Silent are called under its lock, so that no snapshot
// is published after its pause. Bodies are JSON objects from behind their
// router_id on, closing brace included, and are never changed afterwards.
type Publisher interface {
	// Publish gets the whole of a form.
	Publish(form Form, body []byte)
	// PublishChange gets what changed, nil where nothing did, and what makes the
	// body of the whole after the change.
	PublishChange(form Form, change []byte, whole func() []byte)
	// PublishLine gets an event that stands for itself.
	PublishLine(form Form, body []byte)
	// Silent is called when no command of a poll that began then was answered
	// within the timeout.
	Silent(began time.Time, cause error)
	// Paused is called when nobody watches a form any more and it is no longer
	// kept up to date.
	Paused(form Form)
	// Dropped is called when the thread of all forms is lost: what changes come
	// later do not lead on from those before.
	Dropped()
}

// Options of a Poller. Zero fields mean the defaults.
type Options struct {
	Interval time.Duration // 2 s
	Timeout  time.Duration // of one poll; 7.5 s, since routers are known to stall for 7
	Linger   time.Duration // how long to go on after the last watcher left; 2 s
	Absence  time.Duration // how long a menu that the router does not know is left alone; 5 min
	Memory   time.Duration // how long the thread is kept after the last poll, for those who return; 1 min
	Page     charset.Page
	Scrape   time.Duration // how often to ask for the facts of a router that is watched for nothing else; 1 min
	Observer Observer      // nobody
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&o.Interval, 2*time.Second)
	set(&o.Timeout, 7500*time.Millisecond)
	set(&o.Linger, 2*time.Second)
	set(&o.Absence, 5*time.Minute)
	set(&o.Memory, time.Minute)
	set(&o.Scrape, time.Minute)
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	return o
}

// Poller polls one session.
type Poller struct {
	runner Runner
	out    Publisher
	opts   Options
	late   error         // the cause of the end of a poll that takes too long; static
	phase  uint64        // where in an interval the ticks of this poller lie; static
	wake   chan struct{} // room for one: somebody watches something new; never closed
	wg     sync.WaitGroup

	mu     sync.Mutex
	wanted map[Form]*want     // guarded by mu
	stop   context.CancelFunc // of the running loop, nil without; guarded by mu
	ended  chan struct{}      // closed when the loop before has ended; guarded by mu
	forget *time.Timer        // runs while the thread is kept without a loop; guarded by mu
	thread *state             // of the loop before; owned by the loop while one runs, else guarded by mu
	closed bool               // guarded by mu
	info   Info               // guarded by mu
	facts  facts              // guarded by mu
	lost   bool               // the running loop is to drop its thread; guarded by mu
}

// want is who watches a form.
type want struct {
	watchers int
	linger   *time.Timer // runs while nobody watches and the form is still polled
}

// Info is how the last poll went.
type Info struct {
	Running   bool
	Interval  time.Duration // of now
	Stretched bool          // Interval is longer than configured
	Last      time.Time     // when the last poll ended; zero before the first
	Took      time.Duration // how long it took
	Polls     int           // since the poller exists
	Skipped   int           // ticks that a long poll covered
	Err       error         // of the last poll as a whole; nil when it brought something
	Topics    map[string]error
}

// phaseSeed makes the phases differ between processes, so that several servers
// do not meet at the same router in the same instant.
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
func New(runner Runner, out Publisher, name string, opts Options) *Poller {
	opts = opts.withDefaults()
	return &Poller{
		runner: runner, out: out, opts: opts,
		late:   fmt.Errorf("%w within %v", routeros.ErrTimeout, opts.Timeout),
		phase:  phaseOf(name),
		wake:   make(chan struct{}, 1),
		wanted: make(map[Form]*want),
		info:   Info{Interval: opts.Interval},
	}
}

// Watch counts a watcher of a form; polling starts with the first one. The
// returned function must be called when the watcher leaves; calling it again
// does nothing.
func (p *Poller) Watch(form Form) (leave func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return func() {}
	}
	w := p.wanted[form]
	if w == nil {
		w = &want{}
		p.wanted[form] = w
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
	w.watchers++
	if form != Scrape && p.forget != nil {
		p.forget.Stop()
		p.forget = nil
	}
	if w.linger != nil {
		w.linger.Stop()
		w.linger = nil
	}
	if p.stop == nil {
		p.start()
	}
	return sync.OnceFunc(func() { p.leave(form, w) })
}

// start begins a loop; mu is held. It takes over the thread of the one before,
// which may still be at the end of its last poll.
func (p *Poller) start() {
	if p.forget != nil {
		p.forget.Stop()
		p.forget = nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.stop = cancel
	p.info.Running = true
	before, ended := p.ended, make(chan struct{})
	p.ended = ended
	p.wg.Go(func() {
		defer close(ended)
		if before != nil {
			<-before
		}
		if p.thread == nil {
			p.thread = newState(p.opts)
		}
		p.run(ctx, p.thread)
	})
}

func (p *Poller) leave(form Form, w *want) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.watchers--
	if w.watchers == 0 && p.wanted[form] == w && !p.closed {
		// A page that is reloaded is back before this fires.
		w.linger = time.AfterFunc(p.opts.Linger, func() { p.lapse(form, w) })
	}
}

func (p *Poller) lapse(form Form, w *want) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.watchers > 0 || p.wanted[form] != w || p.closed {
		return
	}
	delete(p.wanted, form)
	p.out.Paused(form)
	if len(p.wanted) == 0 {
		p.halt()
	}
	if p.scraped() {
		p.forget = time.AfterFunc(p.opts.Memory, p.drop)
	}
}

// drop lets the thread go.
func (p *Poller) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || !p.scraped() {
		return
	}
	if p.stop != nil { // the loop goes on for the facts, and the thread is its own
		p.lost = true
		select {
		case p.wake <- struct{}{}:
		default:
		}
		return
	}
	select {
	case <-p.ended:
		p.thread = nil
		p.out.Dropped()
	default: // a poll that takes this long; it costs no more than memory
	}
}

// halt stops the loop without waiting for it; mu is held.
func (p *Poller) halt() {
	if p.stop == nil {
		return
	}
	p.stop()
	p.stop = nil
	p.info.Running = false
}

// Close stops polling for good and waits for the loop.
func (p *Poller) Close() {
	p.mu.Lock()
	p.closed = true
	for form, w := range p.wanted {
		if w.linger != nil {
			w.linger.Stop()
		}
		p.out.Paused(form)
	}
	clear(p.wanted)
	if p.forget != nil {
		p.forget.Stop()
	}
	p.halt()
	p.mu.Unlock()
	p.wg.Wait()
}

// Info is how the poller fares.
func (p *Poller) Info() Info {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.info
}
