package bus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/aprakasa/mikronec/internal/register"
)

// Buckets that are stores.
const (
	Register = "register" // of routers
	Alerts   = "alerts"   // what fires, and what receivers do not have yet
	Keys     = "keys"     // API keys, and invitations to them
)

// Store returns the store of a bucket that all instances of the fleet share. Closing it leaves the
// connection open.
//
// A write while NATS is away fails at once, and nothing was written. If NATS does not
// answer a write that was sent, the error is [register.ErrUncertain]. A removed value has
// a marker whose revision a write may name like that of a value.
func (c *Conn) Store(ctx context.Context, bucket string) (register.Store, error) {
	kv, err := c.Bucket(ctx, bucket, 0)
	if err != nil {
		return nil, err
	}
	s := &store{conn: c, kv: kv, name: bucket}
	s.open, s.end = context.WithCancelCause(context.Background())
	return s, nil
}

type store struct {
	name string // of the bucket
	conn *Conn
	kv   jetstream.KeyValue
	open context.Context // until Close
	end  context.CancelCauseFunc

	mu     sync.RWMutex // held for reading while a call is under way, so that Close waits for it
	closed bool         // guarded by mu
}

// enter begins a call, which ends with leave; ctx ends with the store as well.
func (s *store) enter(ctx context.Context) (_ context.Context, leave func(), err error) {
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return nil, nil, register.ErrClosed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.open, func() { cancel(register.ErrClosed) })
	return ctx, func() { stop(); cancel(nil); s.mu.RUnlock() }, nil
}

// Close implements [register.Store].
func (s *store) Close() error {
	s.end(register.ErrClosed)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// List implements [register.Store]. It has every write that was acknowledged before.
func (s *store) List(ctx context.Context) (list []register.Entry, err error) {
	ctx, leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, writePatience)
	defer cancel()
	last, err := LastRevision(ctx, s.kv)
	if err != nil {
		return nil, s.reason(ctx, err)
	}
	if last == 0 {
		return nil, nil
	}
	found := make(map[string]register.Entry)
	if err := s.readTo(ctx, last, found); err != nil {
		return nil, s.reason(ctx, err)
	}
	return slices.SortedFunc(maps.Values(found), func(a, b register.Entry) int { return strings.Compare(a.Name, b.Name) }), nil
}

// readTo reads all values, up to the write of this revision at least: a replica that
// answers may be behind. If NATS does not have that write any more, lagPatience ends the
// wait for it.
func (s *store) readTo(ctx context.Context, last uint64, found map[string]register.Entry) error {
	w, err := s.kv.WatchAll(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = w.Stop() }()
	var seen uint64
	var enough <-chan time.Time // once everything that the replica had was read
	for enough == nil || seen < last {
		select {
		case e, ok := <-w.Updates():
			if !ok {
				return nats.ErrConnectionClosed
			}
			if e == nil {
				enough = time.After(lagPatience)
				continue
			}
			seen = e.Revision()
			if e.Operation() == jetstream.KeyValuePut {
				found[e.Key()] = entry(Change{e.Key(), append([]byte{}, e.Value()...), seen})
			} else {
				delete(found, e.Key())
			}
		case <-enough:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func entry(c Change) register.Entry {
	return register.Entry{Name: c.Key, Value: c.Value, Revision: c.Revision}
}

// Watch implements [register.Store]. It goes on after NATS was away.
func (s *store) Watch(ctx context.Context, known map[string]uint64, changed func(register.Entry)) error {
	ctx, leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	f := s.conn.Follow(s.kv, func(c Change) { changed(entry(c)) }, nil)
	f.begin(known)
	return s.reason(ctx, f.Run(ctx))
}

// Put implements [register.Store].
func (s *store) Put(ctx context.Context, name string, value []byte, revision uint64) (uint64, error) {
	if len(value) > register.MaxValue {
		return 0, register.ErrTooLarge
	}
	ctx, leave, err := s.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	revision, err = s.conn.Put(ctx, s.kv, name, value, revision)
	return revision, s.reason(ctx, err)
}

// Delete implements [register.Store].
func (s *store) Delete(ctx context.Context, name string, revision uint64) (uint64, error) {
	ctx, leave, err := s.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	revision, err = s.conn.Delete(ctx, s.kv, name, revision)
	return revision, s.reason(ctx, err)
}

// reason returns the error that explains err best: that the store or the connection was
// closed, or why ctx ended.
func (s *store) reason(ctx context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, register.ErrRevision):
		return err
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(context.Cause(ctx), register.ErrClosed):
		return register.ErrClosed
	}
	return fmt.Errorf("the %s in NATS: %w", s.name, err)
}
