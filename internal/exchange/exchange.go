// Package exchange carries the events of routers between the instances of a fleet. Each
// router has one owner, the instance that has its session; the owner publishes each event
// once for the whole fleet, and every instance, also the owner, takes it from there.
//
// # Order
//
// Events go through one stream of JetStream. Its sequence is the order in which all
// instances deliver events, and so one id says how far a viewer of any number of routers
// has come, wherever it was. The stream keeps nothing, since the owner knows the history of
// its tracks: it numbers the messages and republishes them, with the number in a header, to
// whoever has a plain subscription. So what an instance takes is what it subscribes to.
//
// # Tracks
//
// An instance subscribes to a track while it has viewers of it, and for a while longer, and
// asks the owner to watch it for as long. The answer is what went before: see [hub.Seed].
// Messages of a track are numbered in incarnations. Whoever misses one asks the owner again;
// where the owner misses its own, it begins another incarnation. Messages of an earlier one,
// such as of an owner that was replaced, are ignored.
//
// # Without NATS
//
// When the stream has not sent back what this instance sends for three seconds, the
// instance is alone: its own routers' events go to its own viewers directly, in an order of
// their own. Viewers get a reset when that begins and when it ends.
package exchange

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/aprakasa/mikronec/internal/hub"
)

// Peers sends requests to other instances and answers theirs.
type Peers interface {
	// Ask sends a request to an instance and returns the answer.
	Ask(ctx context.Context, instance, name string, request []byte) ([]byte, error)
	// Handle has requests of a name answered by a function, which may be called
	// concurrently.
	Handle(name string, answer func(ctx context.Context, request []byte) ([]byte, error))
}

// Options of an Exchange.
type Options struct {
	NATS      *nats.Conn
	JetStream jetstream.JetStream
	Subject   func(parts ...string) string // with the prefix of the fleet
	Stream    string                       // name of the stream of events
	Replicas  int                          // of the stream
	Instance  string                       // name of this instance
	Hub       *hub.Hub                     // see [hub.NewShared]
	Epoch     uint64                       // of the order of the fleet
	Peers     Peers
	// Describe returns what other instances are to know of a router of this one, nil for
	// nothing; they get it by [Route.State]. It must not wait.
	Describe func(routerID string) []byte
	Log      *slog.Logger
	Timing   Timing
}

// Timing is for tests, which cannot wait as long; zero fields mean the defaults.
type Timing struct {
	// Linger is how long a track is followed after its last viewer has left: a viewer that
	// returns to another instance must find it watched. 10 s.
	Linger time.Duration
	// Lease is how long the owner watches a track for another instance that does not renew
	// that; it does so every third of it. 15 s.
	Lease time.Duration
	// Probe is the time between two probes, see [Exchange.judge]. 1 s.
	Probe time.Duration
}

func (t Timing) withDefaults() Timing {
	t.Linger = cmp.Or(t.Linger, 10*time.Second)
	t.Lease = cmp.Or(t.Lease, 15*time.Second)
	t.Probe = cmp.Or(t.Probe, time.Second)
	return t
}

// Bounds.
const (
	// inQueue is how many messages wait for the dispatcher; those beyond are missed, and
	// noticed by their numbers.
	inQueue = 8192
	// maxOut limits what waits to be sent; a track that has more to send begins another
	// incarnation later.
	maxOut = 64 << 20
	// maxWaiting limits the messages that wait for a seed, for each track.
	maxWaiting = 1024
	// askTimeout limits a request to another instance.
	askTimeout = 5 * time.Second
	// beginTimeout is how long a new watch waits for the first message of its track.
	beginTimeout = 2 * time.Second
	// maxAsk limits the tracks of one request.
	maxAsk = 64
)

// Exchange is the part of one instance. Its lock is never held while a hub, a device or the
// network is called; the hub calls with its own lock held.
type Exchange struct {
	opts     Options
	in       chan *nats.Msg
	calls    chan func() // run by the dispatcher
	wake     chan struct{}
	unsent   chan struct{}
	checking chan struct{}   // has an element while the stream is being looked at
	done     context.Context //nolint:containedctx // of the goroutines
	cancel   context.CancelFunc
	wg       sync.WaitGroup
	fixed    []*nats.Subscription // of probes and statuses

	// Subjects that every message is compared with.
	live      string // of republished events, with the dot at its end
	states    string
	probeBack string // of the probes of this instance, as they come back

	mu       sync.Mutex
	routes   map[string]*Route        // by the token of their id; guarded by mu
	subjects map[string]*track        // followed or sent, by subject; guarded by mu
	dirty    map[*Route]struct{}      // guarded by mu
	strange  map[*Route]struct{}      // of other instances, whose state is not known; guarded by mu
	clients  map[string]*client       // instances that watch tracks of this one; guarded by mu
	out      []item                   // to be sent; guarded by mu
	outBytes int                      // about that of out; guarded by mu
	counter  uint64                   // of incarnations and syncs; guarded by mu
	syncs    map[uint64]chan struct{} // see sync; guarded by mu
	probes   uint64                   // number of the last probe; guarded by mu
	alone    bool                     // guarded by mu
	closed   bool                     // guarded by mu

	// Owned by the dispatcher.
	order     order
	confirmed uint64  // number of the last probe that came back
	delayed   []plant // seeds of what this instance has yet to come to
}

// New returns an exchange that works until Close. The stream is made when it is missing.
func New(ctx context.Context, opts Options) (*Exchange, error) {
	opts.Timing = opts.Timing.withDefaults()
	x := &Exchange{
		opts: opts, in: make(chan *nats.Msg, inQueue), calls: make(chan func(), 256),
		wake: make(chan struct{}, 1), unsent: make(chan struct{}, 1), checking: make(chan struct{}, 1),
		routes: make(map[string]*Route), subjects: make(map[string]*track), dirty: make(map[*Route]struct{}),
		strange: make(map[*Route]struct{}), syncs: make(map[uint64]chan struct{}), clients: make(map[string]*client),
	}
	x.live, x.states, x.probeBack = opts.Subject("live")+".", opts.Subject("states"), x.probeSubject("live")
	x.done, x.cancel = context.WithCancel(context.Background())
	for { // a cluster that makes a stream for several instances at a time may leave one without an answer
		err := x.ensureStream(ctx, 0)
		if err == nil {
			break
		}
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("the stream of events: %w", err)
		}
	}
	for _, subject := range []string{opts.Subject("live", "*", statusToken), x.probeBack, x.states} {
		sub, err := opts.NATS.ChanSubscribe(subject, x.in)
		if err != nil {
			return nil, err
		}
		x.fixed = append(x.fixed, sub)
	}
	opts.Peers.Handle("watch", x.answerWatch)
	opts.Peers.Handle("unwatch", x.answerUnwatch)
	opts.Peers.Handle("renew", x.answerRenew)
	opts.Peers.Handle("states", x.answerStates)
	x.wg.Go(x.dispatch)
	x.wg.Go(x.send)
	x.wg.Go(x.reconcile)
	x.wg.Go(x.watchOrder)
	x.wg.Go(x.tellStates)
	return x, nil
}

// Close ends all goroutines and subscriptions. Routes must not be used any more.
func (x *Exchange) Close() {
	x.mu.Lock()
	x.closed = true
	subs := x.fixed
	for _, t := range x.subjects {
		if t.sub != nil {
			subs = append(subs, t.sub)
		}
	}
	x.mu.Unlock()
	x.cancel()
	x.wg.Wait()
	for _, sub := range subs {
		_ = sub.Unsubscribe() // fails on a closed connection only
	}
}

// token is a router_id as a part of a subject.
func token(id string) string { return base64.RawURLEncoding.EncodeToString([]byte(id)) }

const statusToken = "status"

// tokenOf is a track as a part of a subject.
func tokenOf(name hub.Track) string {
	if name == hub.Status {
		return statusToken
	}
	topic := name.Topic
	if topic == "" {
		topic = "_"
	}
	volatile := 0
	if name.Volatile {
		volatile = 1
	}
	return fmt.Sprintf("%s-%d-%d", topic, name.Kind, volatile)
}

// signal wakes a goroutine that waits on a channel with the capacity 1.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is to wake already
	}
}

// touch has a route looked at; mu is held.
func (x *Exchange) touch(r *Route) {
	x.dirty[r] = struct{}{}
	signal(x.wake)
}
