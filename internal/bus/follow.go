package bus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A follower asks every checkEvery whether it has seen the last write, and reads the
// bucket again if it still has not lagPatience later. A watch tells of nothing that NATS
// lost.
const (
	checkEvery  = 15 * time.Second
	lagPatience = 2 * time.Second
	watchAgain  = 250 * time.Millisecond // after a watch that failed
)

// Change is a value of a bucket that was written, or removed.
type Change struct {
	Key      string
	Value    []byte // nil if it was removed or has expired
	Revision uint64 // of the write or of the removal; of the last write seen, if NATS tells no better
}

// Follower tells every value of a bucket and then every change. Make one with
// [Conn.Follow].
type Follower struct {
	conn    *Conn
	bucket  jetstream.KeyValue
	changed func(Change)
	read    func()
	known   map[string]uint64 // revisions of the values that were told
	told    uint64            // revision up to which all removals were told
	made    time.Time         // when the stream was made that known belongs to
	seen    atomic.Uint64
	again   chan struct{} // capacity 1: the bucket has to be read again
}

// Follow returns a follower, which Run starts. It calls changed for every value and for
// every change in the order of revisions, and read, unless it is nil, each time that the
// bucket was read whole. Calls come one at a time.
//
// After the connection was lost, or NATS lost data, the bucket is read again: what was
// told is not told twice, what is gone is told as removed. If the bucket was made again,
// all values are told as removed, with the revision 0, before the new ones.
func (c *Conn) Follow(bucket jetstream.KeyValue, changed func(Change), read func()) *Follower {
	return &Follower{
		conn: c, bucket: bucket, changed: changed, read: read, again: make(chan struct{}, 1),
		known: make(map[string]uint64), told: math.MaxUint64, // what was removed before the first reading is not told
	}
}

// begin has the follower begin with what its owner knows already. Values that the owner has
// learned in another way, such as by writing them, may be gone before they are read: so
// every removal is told that NATS remembers.
func (f *Follower) begin(known map[string]uint64) {
	maps.Copy(f.known, known)
	f.told = 0
}

// Seen returns the revision up to which all changes have been told.
func (f *Follower) Seen() uint64 { return f.seen.Load() }

// Run follows until ctx ends or the connection is closed, and returns the reason.
func (f *Follower) Run(ctx context.Context) error {
	defer f.conn.OnChange(func(connected bool) {
		if connected {
			f.readAgain()
		}
	})()
	for {
		err := f.watch(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case f.conn.nc.IsClosed():
			return nats.ErrConnectionClosed
		case err != nil:
			f.conn.o.Log.Warn("cannot follow a bucket of NATS now", "bucket", f.bucket.Bucket(), "error", err)
			select {
			case <-time.After(watchAgain):
			case <-ctx.Done():
			}
		}
	}
}

func (f *Follower) readAgain() {
	select {
	case f.again <- struct{}{}:
	default:
	}
}

// watch reads the bucket and follows it until it has to be read again, which is no error.
func (f *Follower) watch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := f.check(ctx); err != nil {
		return err
	}
	patience := time.AfterFunc(requestTimeout, cancel)
	w, err := f.bucket.WatchAll(ctx)
	if !patience.Stop() && err == nil {
		err = context.DeadlineExceeded
	}
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	defer func() { _ = w.Stop() }()
	f.seen.Store(0)
	present := make(map[string]bool) // nil when the bucket was read
	check := time.NewTimer(checkEvery)
	defer check.Stop()
	behind := false
	for {
		select {
		case e, ok := <-w.Updates():
			switch {
			case !ok:
				return errors.New("the watch ended")
			case e == nil:
				f.forget(present)
				present, f.told = nil, f.seen.Load()
			default:
				f.take(e, present)
			}
		case <-f.again:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-check.C:
			lags, err := f.lags(ctx)
			if err != nil {
				return err
			}
			if lags && behind {
				f.conn.o.Log.Warn("missed changes of a bucket of NATS; reading it again", "bucket", f.bucket.Bucket())
				return nil
			}
			if behind = lags; behind {
				check.Reset(lagPatience)
			} else {
				check.Reset(checkEvery)
			}
		}
	}
}

// check makes the bucket if NATS has lost it, and forgets all values if it is another one
// than before.
func (f *Follower) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	stream, err := f.conn.js.Stream(ctx, streamOf(f.bucket))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		f.conn.o.Log.Error("NATS has lost a bucket; it is made again", "bucket", f.bucket.Bucket())
		if err = f.conn.makeAgain(ctx, streamOf(f.bucket)); err == nil {
			stream, err = f.conn.js.Stream(ctx, streamOf(f.bucket))
		}
	}
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	made := stream.CachedInfo().Created
	if !f.made.IsZero() && !made.Equal(f.made) {
		for key := range f.known {
			f.changed(Change{Key: key})
		}
		clear(f.known)
		f.told = 0
	}
	f.made = made
	return nil
}

// take tells a change unless it was told. While the bucket is read, present collects the
// keys that have a value.
func (f *Follower) take(e jetstream.KeyValueEntry, present map[string]bool) {
	defer f.seen.Store(e.Revision())
	put := e.Operation() == jetstream.KeyValuePut
	if present != nil && put {
		present[e.Key()] = true
	}
	old, had := f.known[e.Key()]
	switch {
	case put && old != e.Revision():
		f.known[e.Key()] = e.Revision()
		value := e.Value()
		if value == nil {
			value = []byte{}
		}
		f.changed(Change{Key: e.Key(), Value: value, Revision: e.Revision()})
	case !put && (had || e.Revision() > f.told):
		delete(f.known, e.Key())
		f.changed(Change{Key: e.Key(), Revision: e.Revision()})
	}
	if present == nil {
		f.told = e.Revision()
	}
}

// forget tells what is no longer there.
func (f *Follower) forget(present map[string]bool) {
	for key := range f.known {
		if !present[key] {
			delete(f.known, key)
			f.changed(Change{Key: key, Revision: f.seen.Load()})
		}
	}
	if f.read != nil {
		f.read()
	}
}

// lags tells whether the last write is another one than the one seen last.
func (f *Follower) lags(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	last, err := LastRevision(ctx, f.bucket)
	return last != f.seen.Load() && last != 0, err
}

// LastRevision asks the leader of a bucket for the revision of the last write.
func LastRevision(ctx context.Context, bucket jetstream.KeyValue) (uint64, error) {
	status, err := bucket.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("ask for the state of the bucket %s: %w", bucket.Bucket(), err)
	}
	if s, ok := status.(*jetstream.KeyValueBucketStatus); ok {
		return s.StreamInfo().State.LastSeq, nil
	}
	return 0, fmt.Errorf("the bucket %s tells no state", bucket.Bucket())
}
