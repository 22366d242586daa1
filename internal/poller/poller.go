// Package poller asks one router for its state again and again while somebody
// watches, and only then. There is one poller for a session, however many
// router_ids share it and however many viewers they have.
//
// All topics of a poll are sent together, so a poll costs one round trip. They
// fail alone: a menu that is missing or refuses leaves its array empty with the
// reason beside it. A poll that outlasts the interval is not overtaken; the
// ticks it covered are skipped, never queued.
package poller

import (
	"context"
	"errors"
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
// call the poller: Publish and Paused are called under its lock, so that
// nothing is published after the pause.
type Publisher interface {
	// Publish gets the JSON object of a snapshot from behind its router_id on,
	// closing brace included. The bytes are never changed afterwards.
	Publish(body []byte)
	// Silent is called when no command of a poll that began then was answered
	// within the timeout.
	Silent(began time.Time, cause error)
	// Paused is called when the last watcher has left and polling stops.
	Paused()
}

// Options of a Poller. Zero fields mean the defaults.
type Options struct {
	Topics   []Topic       // DefaultTopics
	Interval time.Duration // 2 s
	Timeout  time.Duration // of one poll; 7.5 s, since routers are known to stall for 7
	Linger   time.Duration // how long to go on after the last watcher left; 2 s
	Absence  time.Duration // how long a menu that the router does not know is left alone; 5 min
	Page     charset.Page
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
	if o.Topics == nil {
		o.Topics = DefaultTopics()
	}
	return o
}

// Poller polls one session.
type Poller struct {
	runner Runner
	out    Publisher
	opts   Options
	phase  time.Duration // where in the interval the ticks of this poller lie; static
	wg     sync.WaitGroup

	mu       sync.Mutex
	watchers int                // guarded by mu
	stop     context.CancelFunc // of the running loop, nil without; guarded by mu
	linger   *time.Timer        // runs while nobody watches and the loop still does; guarded by mu
	closed   bool               // guarded by mu
	info     Info               // guarded by mu
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
	Err       error         // of the last poll as a whole; nil when it brought a snapshot
	Topics    map[string]error
}

// phaseSeed makes the phases differ between processes, so that several servers
// do not meet at the same router in the same instant.
var phaseSeed = maphash.MakeSeed()

// New returns a poller that does nothing until somebody watches. The name
// decides where in the interval it ticks: many routers are spread evenly.
func New(runner Runner, out Publisher, name string, opts Options) *Poller {
	opts = opts.withDefaults()
	return &Poller{
		runner: runner,
		out:    out,
		opts:   opts,
		phase:  time.Duration(maphash.String(phaseSeed, name) % uint64(opts.Interval)),
		info:   Info{Interval: opts.Interval},
	}
}

// Watch counts a watcher and starts polling with the first one. The returned
// function must be called when the watcher leaves; calling it again does
// nothing.
func (p *Poller) Watch() (leave func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watchers++
	if p.linger != nil {
		p.linger.Stop()
		p.linger = nil
	}
	if p.stop == nil && !p.closed {
		ctx, cancel := context.WithCancel(context.Background())
		p.stop = cancel
		p.info.Running = true
		p.wg.Go(func() { p.run(ctx) })
	}
	return sync.OnceFunc(p.leave)
}

func (p *Poller) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watchers--
	if p.watchers == 0 && p.stop != nil {
		// A page that is reloaded is back before this fires.
		p.linger = time.AfterFunc(p.opts.Linger, p.lapse)
	}
}

func (p *Poller) lapse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.watchers == 0 {
		p.halt()
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
	p.out.Paused()
}

// Close stops polling for good and waits for the loop.
func (p *Poller) Close() {
	p.mu.Lock()
	p.closed = true
	if p.linger != nil {
		p.linger.Stop()
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

// run polls at once, for the watcher who has just come, and then at the ticks
// of this poller's phase.
func (p *Poller) run(ctx context.Context) {
	topics := make([]*topic, len(p.opts.Topics))
	for i, t := range p.opts.Topics {
		topics[i] = newTopic(t, p.opts.Page)
	}
	round := round{topics: topics, pace: newPace(p.opts.Interval), size: 4 << 10}
	first := true
	for {
		began := time.Now()
		p.poll(ctx, &round)
		next := p.nextTick(time.Now(), round.pace.interval)
		switch {
		case !first:
			p.countSkipped(began, next, round.pace.interval)
		case next.Sub(began) < p.opts.Interval/2:
			next = next.Add(p.opts.Interval) // too soon after the first one
		}
		first = false
		timer := time.NewTimer(time.Until(next))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// nextTick is the first tick after now.
func (p *Poller) nextTick(now time.Time, interval time.Duration) time.Time {
	into := (time.Duration(now.UnixNano()) - p.phase) % interval
	return now.Add(interval - into)
}

func (p *Poller) countSkipped(began, next time.Time, interval time.Duration) {
	if n := int(next.Sub(began)/interval) - 1; n > 0 {
		p.mu.Lock()
		p.info.Skipped += n
		p.mu.Unlock()
	}
}

// round is what one loop keeps from poll to poll. The loop's goroutine owns it.
type round struct {
	topics []*topic
	pace   pace
	size   int // of the last body, a hint for the next one
}

// poll asks once and publishes.
func (p *Poller) poll(ctx context.Context, r *round) {
	began := time.Now()
	results, err := p.ask(ctx, r.topics, began)
	if ctx.Err() != nil {
		return // nobody watches any more
	}
	p.record(r, results, began, err)
	if err != nil {
		return
	}
	body := encode(r, results, time.Now())
	for i, t := range r.topics {
		t.keep(results[i].rows)
	}
	r.size = len(body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() == nil {
		p.out.Publish(body)
	}
}

// ask sends the commands of all topics that are due and collects the answers.
// The error is set where no topic could be asked at all.
func (p *Poller) ask(ctx context.Context, topics []*topic, now time.Time) ([]result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.opts.Timeout, fmt.Errorf("%w within %v", routeros.ErrTimeout, p.opts.Timeout))
	defer cancel()
	results := make([]result, len(topics))
	var commands []routeros.Command
	var asked []int
	for i, t := range topics {
		if now.Before(t.absentUntil) {
			results[i].err = t.absent
			continue
		}
		commands = append(commands, routeros.Command{Words: t.command(), Class: routeros.Background, Buf: t.rows})
		asked = append(asked, i)
	}
	if len(commands) == 0 {
		return results, nil
	}
	calls, err := p.runner.StartAll(ctx, commands...)
	if err != nil {
		return nil, err
	}
	mute := true
	for k, i := range asked {
		reply, err := calls[k].Wait()
		results[i] = result{rows: reply.Rows, err: err}
		_, refused := errors.AsType[*routeros.TrapError](err)
		if err == nil || refused {
			mute = false
		}
		topics[i].learn(err, now.Add(p.opts.Absence))
	}
	if !mute {
		return results, nil
	}
	err = results[asked[0]].err
	if errors.Is(err, routeros.ErrTimeout) {
		p.out.Silent(now, err)
	}
	return nil, err
}

// record notes how the poll went and lets the pace learn from it.
func (p *Poller) record(r *round, results []result, began time.Time, err error) {
	took := time.Since(began)
	if err == nil {
		r.pace.learn(took, cpuLoad(r.topics, results))
	}
	var failed map[string]error
	for i, result := range results {
		if result.err != nil {
			if failed == nil {
				failed = make(map[string]error)
			}
			failed[r.topics[i].Name] = result.err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.info.Last = began.Add(took)
	p.info.Took = took
	p.info.Polls++
	p.info.Err = err
	p.info.Topics = failed
	p.info.Interval = r.pace.interval
	p.info.Stretched = r.pace.stretched()
}
