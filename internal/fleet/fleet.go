// Package fleet decides which instance owns which routers. Instances meet in two buckets
// of NATS: members, of which each instance renews one, and claims, one for each of 512
// shards of routers. A claim is taken by compare-and-set, and its revision is the epoch
// of the ownership. The package knows nothing of routers, events or commands.
//
// # What holds
//
// Times are those of [Timing]. An instance is sure of its shards while its last renewal
// began less than Stop ago; after that [Fleet.Permit] refuses until NATS has been asked.
// Nobody takes a shard of a member whose renewal was seen less than Expire ago. So a
// process that stood still and wakes up asks before it goes on, and two instances poll
// one shard for no longer than a change takes to be told, but for two cases: NATS is out
// of reach of the owner alone and the partition rule is [Keep], or NATS itself has lost
// data or is split.
//
// A clock that stands still while the machine sleeps is found by comparing it with the
// clock of the day.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/aprakasa/mikronec/internal/bus"
)

// Partition says what an owner does that cannot reach NATS.
type Partition string

// The rules.
const (
	Keep Partition = "keep" // go on; another instance may take over meanwhile, and routers then have two sessions
	Stop Partition = "stop" // close the sessions before another instance can take over
)

// Timing is the times of a fleet; all its instances need the same.
type Timing struct {
	Renew  time.Duration // between renewals of a lease
	Fresh  time.Duration // after the start of the last renewal that succeeded, nothing new is taken
	Stop   time.Duration // after it, Permit refuses until NATS was asked
	Expire time.Duration // after it, others take over; a second at least
	Second time.Duration // how much longer the second choice waits than the first, the third than the second
	Settle time.Duration // after NATS was away, until those who are missing count as gone
	Young  time.Duration // nothing is moved to a member that is younger
	Move   time.Duration // between moves to a member that lives
}

// Standard is the timing of the program.
var Standard = Timing{
	Renew: 4 * time.Second, Fresh: 12 * time.Second, Stop: 15 * time.Second, Expire: 20 * time.Second,
	Second: 3 * time.Second, Settle: 6 * time.Second, Young: 30 * time.Second, Move: 10 * time.Second,
}

// Divided returns the times divided by n, for tests.
func (t Timing) Divided(n time.Duration) Timing {
	return Timing{
		Renew: t.Renew / n, Fresh: t.Fresh / n, Stop: t.Stop / n, Expire: t.Expire / n,
		Second: t.Second / n, Settle: t.Settle / n, Young: t.Young / n, Move: t.Move / n,
	}
}

// giveTime is how long Give may take before a shard is handed on nevertheless.
const giveTime = 10 * time.Second

// Options of an instance. Callbacks of one shard come one at a time, those of different
// shards at the same time; none is called with a lock held.
type Options struct {
	Instance  string // name, of which a fleet has one: letters, digits, - and _, 64 at most
	Version   string // of the program, for Status
	Partition Partition
	Timing    Timing // zero is Standard
	Log       *slog.Logger
	// Take: this instance owns the shard from now on.
	Take func(shard int, epoch uint64)
	// Give: this instance owns the shard no more. The callee stops its polls and commands
	// and closes its sessions before it returns; only then another instance gets the
	// shard, if it is handed over. It should end when ctx does.
	Give func(ctx context.Context, shard int)
	// Changed: Owner has another answer for a shard that is not and was not this
	// instance's, or that it gave away.
	Changed func(shard int)
}

// Errors of Permit and Err.
var (
	// ErrLapsed: this instance could not renew its lease in time, and has not asked NATS
	// since whether its shards are its own. A caller leaves its sessions as they are and
	// tries again: the answer comes within a second if NATS can be reached.
	ErrLapsed = errors.New("this instance has not heard from the fleet for too long")
	// ErrReplaced: another instance uses the name of this one. It does not pass.
	ErrReplaced = errors.New("another instance of the fleet has the same name")
	// ErrLeft: after Drain.
	ErrLeft = errors.New("this instance has left the fleet")
)

// Fleet is the part of one instance. Its methods may be called concurrently.
type Fleet struct {
	o       Options
	conn    *bus.Conn
	members jetstream.KeyValue
	claims  jetstream.KeyValue
	life    string // of this run of the instance; random
	lease   lease
	follow  *bus.Follower // of the claims
	slots   chan struct{} // limits how many shards change at a time

	stop context.CancelFunc // ends the goroutines
	wg   sync.WaitGroup     // of the goroutines
	wake chan struct{}      // capacity 1: look at all shards
	done chan struct{}      // closed when the fleet has ended for this instance

	mu       sync.Mutex
	others   map[string]*member // by name, this instance included; guarded by mu
	shards   [Shards]shard      // guarded by mu
	readAt   time.Duration      // when the members were last read whole; guarded by mu
	movedAt  time.Duration      // when moves were last begun, 0 for never; guarded by mu
	draining bool               // guarded by mu
	idle     bool               // gives everything away that it has: the rule Stop, or the end; guarded by mu
	err      error              // why the fleet has ended; guarded by mu
	moves    Moves              // guarded by mu

	revision atomic.Uint64 // of the own member record, as far as known
}

// Owner is who owns a shard.
type Owner struct {
	Instance string // "" while nobody does
	Epoch    uint64 // rises with each change of owner; 0 while nobody owns it
}

var validInstance = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Join enters the fleet, and returns when it knows who owns what; shards are taken after
// that. If there is an instance of the same name, Join waits whether it renews its lease
// within the time of one, in which case the error is [ErrReplaced], or has died.
//
// The caller ends with Drain, and ends the program when Done is closed before.
func Join(ctx context.Context, conn *bus.Conn, o Options) (*Fleet, error) {
	if !validInstance.MatchString(o.Instance) {
		return nil, fmt.Errorf("the name %q of the instance: letters, digits, - and _, 64 at most", o.Instance)
	}
	if o.Timing == (Timing{}) {
		o.Timing = Standard
	}
	f := &Fleet{
		o: o, conn: conn, life: nuid.Next(), others: make(map[string]*member), slots: make(chan struct{}, 32),
		wake: make(chan struct{}, 1), done: make(chan struct{}), lease: newLease(systemClock()),
	}
	var err error
	if f.members, err = conn.Bucket(ctx, "members", o.Timing.Expire); err != nil {
		return nil, err
	}
	if f.claims, err = conn.Bucket(ctx, "claims", 0); err != nil {
		return nil, err
	}
	run, stop := context.WithCancel(context.Background())
	f.stop = stop
	if err := f.enter(ctx, run); err != nil {
		f.stop()
		f.wg.Wait()
		return nil, fmt.Errorf("join the fleet: %w", err)
	}
	context.AfterFunc(run, conn.OnChange(func(connected bool) {
		if connected {
			f.lease.ask() // others wait for it
		}
	}))
	f.wg.Go(func() { f.keepLease(run) })
	f.wg.Go(func() { f.keepShards(run) })
	return f, nil
}

// enter reads both buckets and makes the record of this member.
func (f *Fleet) enter(ctx, run context.Context) error {
	read := make(chan struct{}, 2)
	var once [2]sync.Once
	f.follow = f.conn.Follow(f.claims, f.claimChanged, func() { once[0].Do(func() { read <- struct{}{} }) })
	members := f.conn.Follow(f.members, f.memberChanged, func() {
		f.membersRead()
		once[1].Do(func() { read <- struct{}{} })
	})
	f.wg.Go(func() { _ = f.follow.Run(run) })
	f.wg.Go(func() { _ = members.Run(run) })
	for range 2 {
		select {
		case <-read:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return f.register(ctx)
}

// Done is closed when this instance is no longer part of the fleet: after Drain, or when
// another instance has its name. All shards have been given by then.
func (f *Fleet) Done() <-chan struct{} { return f.done }

// Err tells why Done is closed; nil before.
func (f *Fleet) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// Owner returns who owns a shard, as far as this instance knows, and whether it is this
// instance. It is not while the shard is being given away. Whoever starts a poll or a
// command asks Permit as well.
func (f *Fleet) Owner(shard int) (owner Owner, mine bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &f.shards[shard]
	if s.held != 0 && !s.leaving && f.claimed(s) {
		return Owner{Instance: f.o.Instance, Epoch: s.held}, true
	}
	return f.ownerOf(s), false
}

// Permit returns nil if this instance may poll and run commands at the shards that it
// owns. It is called before every poll and every command: it reads the clock and two
// numbers, and takes no lock. Errors are [ErrLapsed], [ErrReplaced] and [ErrLeft].
func (f *Fleet) Permit() error { return f.lease.permit() }
