package client

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Query is what to watch.
type Query struct {
	// Routers are router_ids; "*" alone stands for all that the key sees, also those
	// that are connected later.
	Routers []string
	// Topics are listed in docs/streaming.md; without them there is one combined event.
	Topics []string
	// Delta asks for a snapshot first, then for what changed.
	Delta bool
	// Volatile asks with Delta for changes of uptime, load and counters of these topics
	// as well; "1" alone for all of them.
	Volatile []string
}

// WatchOptions are times and the beginning of a watch. Zero values are usual.
type WatchOptions struct {
	// LastEventID is where to begin, from a watch of the same query but Volatile.
	LastEventID string
	// Silence is the time without a sign of the server, which sends one every 15 s, after
	// which the watch connects again; a minute for zero.
	Silence time.Duration
	// Backoff is the time before the second attempt to connect, and doubles with each;
	// for zero the server says how long to wait. A quarter more or less is chosen by chance.
	Backoff time.Duration
	// MaxBackoff is the most of it; 15 s for zero.
	MaxBackoff time.Duration
}

const (
	openTime   = 15 * time.Second // for the server's answer to a request for the stream
	mostRetry  = 5 * time.Minute  // that a server may ask for
	firstRetry = time.Second      // before the server said anything
)

// Watch is a stream that is kept open: it connects again after a loss, also after a
// restart of the server, goes on after the last event, and applies what changed to its
// tables. It has no goroutine of its own: it works while [Watch.Events] is read. While
// nothing is read, the server skips snapshots.
type Watch struct {
	// Tables may be read at any time.
	Tables Tables

	client *Client
	query  Query
	opts   WatchOptions
	lastID string
	retry  time.Duration // what the server asked for last
}

// Watch returns a watch. It does nothing before its events are read.
func (c *Client) Watch(q Query, o WatchOptions) *Watch {
	if o.Silence == 0 {
		o.Silence = time.Minute
	}
	if o.MaxBackoff == 0 {
		o.MaxBackoff = 15 * time.Second
	}
	return &Watch{client: c, query: q, opts: o, lastID: o.LastEventID, retry: firstRetry}
}

// LastEventID is the id of the last event, for a later watch. It must not be called
// while Events is read by another goroutine.
func (w *Watch) LastEventID() string { return w.lastID }

// Events yields what happens, after it was applied to the tables. It ends when the only
// router that is watched was disconnected, and with an error when the context ends or the
// server refuses the watch: that error is the last thing that is yielded. One goroutine
// may read it at a time; read again, it goes on after the last event.
func (w *Watch) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		l := loop{watch: w, ctx: ctx, yield: yield}
		for l.connect() {
		}
	}
}

// loop is one reading of the events of a watch.
type loop struct {
	watch *Watch
	ctx   context.Context
	yield func(Event, error) bool

	tries   int  // since the watch was live
	ever    bool // it was live once
	resumed bool // and the connection was lost since
	renewed bool // a ticket was refused, and the next one is tried
	left    bool // the reader has left the loop
}

// errLeft ends a connection whose events nobody reads any more.
var errLeft = errors.New("the reader left")

// connect opens a connection, yields its events, and waits before the next one. It
// reports whether there is to be one.
func (l *loop) connect() bool {
	if !l.yield(&State{State: "connecting"}, nil) {
		return false
	}
	reason, err := l.stream()
	switch {
	case l.left || reason == "disconnected":
		return false
	case l.ctx.Err() != nil:
		l.yield(nil, context.Cause(l.ctx))
		return false
	case reason == "max_age" || reason == "revoked": // no loss
		return l.sleep(l.watch.backoff(1, nil))
	case !l.renewed && l.mayRenew(err):
		l.renewed = true
	case l.refuses(err):
		l.yield(nil, err)
		return false
	}
	l.tries++
	state := &State{State: "lost", Err: err, Retry: l.watch.backoff(l.tries, err)}
	return l.yield(state, nil) && l.sleep(state.Retry)
}

// stream opens a connection and yields its events. It returns the reason that the server
// gave for its end, or the error with which it ended.
func (l *loop) stream() (reason string, err error) {
	w := l.watch
	ctx, cancel := context.WithCancelCause(l.ctx)
	defer cancel(nil)
	late := time.AfterFunc(openTime, func() { cancel(noAnswer(openTime)) })
	defer late.Stop()
	req, err := w.request(ctx)
	if err != nil {
		return "", err
	}
	resp, err := w.client.begin(ctx, req)
	if err != nil {
		return "", err
	}
	late.Stop()
	defer func() { _ = resp.Body.Close() }()
	live := &State{State: "live", Resumed: l.resumed}
	l.tries, l.ever, l.resumed, l.renewed = 0, true, true, false
	if !l.pass(live) {
		return "", errLeft
	}
	silent := time.AfterFunc(w.opts.Silence, func() { cancel(noAnswer(w.opts.Silence)) })
	defer silent.Stop()
	events := frames{w.client.scanner(resp.Body), w.client.opts.MaxAnswer}
	for {
		f, err := events.next()
		if err != nil {
			return "", w.client.why(ctx, err)
		}
		silent.Stop() // while the event is handled
		event, err := w.take(f)
		if err != nil {
			return "", err
		}
		if event != nil && !l.pass(event) {
			return "", errLeft
		}
		if end, ok := event.(*End); ok {
			return end.Reason, nil
		}
		silent.Reset(w.opts.Silence)
	}
}

func (l *loop) pass(event Event) bool {
	l.left = !l.yield(event, nil)
	return !l.left
}

// take decodes an event and applies it.
func (w *Watch) take(f frame) (Event, error) {
	if f.retry > 0 {
		w.retry = f.retry
	}
	event, err := decodeEvent(f.name, f.data)
	if err != nil {
		return nil, err
	}
	if f.id != "" {
		w.lastID = f.id
	}
	w.Tables.apply(event)
	return event, nil
}

func (w *Watch) request(ctx context.Context) (request, error) {
	q, query := w.query, url.Values{"heartbeat": {"event"}}
	path := []string{"sse"}
	if len(q.Routers) == 1 && q.Routers[0] != "*" {
		path = append(path, q.Routers[0])
	} else {
		query["router"] = q.Routers
	}
	if len(q.Topics) > 0 {
		query.Set("topics", strings.Join(q.Topics, ","))
	}
	if q.Delta {
		query.Set("mode", "delta")
	}
	if len(q.Volatile) > 0 {
		query.Set("volatile", strings.Join(q.Volatile, ","))
	}
	if w.client.opts.Key == "" && w.client.opts.Ticket != nil {
		ticket, err := w.client.opts.Ticket(ctx)
		if err != nil {
			return request{}, w.client.why(ctx, err)
		}
		query.Set("ticket", ticket)
	}
	r := request{method: http.MethodGet, path: path, query: query, accept: "text/event-stream"}
	if w.lastID != "" {
		r.header = http.Header{"Last-Event-Id": {w.lastID}}
	}
	return r, nil
}

// mayRenew reports whether another ticket may be accepted.
func (l *loop) mayRenew(err error) bool {
	opts, code := l.watch.client.opts, CodeOf(err)
	return opts.Key == "" && opts.Ticket != nil && (code == CodeTicketExpired || code == CodeUnauthorized)
}

// refuses reports whether another attempt makes no sense.
func (l *loop) refuses(err error) bool {
	switch CodeOf(err) {
	case CodeUnauthorized, CodeTicketExpired, CodeForbidden, "invalid_request", "not_found", "method_not_allowed":
		return true
	case CodeUnknownRouter:
		return !l.ever // after a restart of the server it may be connected again
	}
	return false
}

// backoff is the time before the next attempt.
func (w *Watch) backoff(tries int, err error) time.Duration {
	first := w.opts.Backoff
	if first == 0 {
		first = w.retry
	}
	wait := min(first<<min(tries-1, 16), w.opts.MaxBackoff)
	wait = wait*3/4 + rand.N(wait/2+1)
	if e, ok := errors.AsType[*Error](err); ok {
		wait = max(wait, min(e.RetryAfter, mostRetry))
	}
	return wait
}

// sleep waits, and reports whether the loop is to go on.
func (l *loop) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.ctx.Done():
		l.yield(nil, context.Cause(l.ctx))
		return false
	}
}
