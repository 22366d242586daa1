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
	"github.com/nats-io/nuid"

	"github.com/aprakasa/mikronec/internal/register"
)

// A write asks again every writeAgain until NATS has answered, for writePatience at most:
// a leader that died is replaced in less.
const (
	writeAgain    = 2 * time.Second
	writePause    = 50 * time.Millisecond
	writePatience = 15 * time.Second
)

// storeBucket is the bucket of the register.
const storeBucket = "register"

// Store returns the register that all instances of the fleet share. Closing it leaves the
// connection open.
//
// A write while NATS is away fails at once, and nothing was written. If NATS does not
// answer a write that was sent, the error is [register.ErrUncertain]. A removed value has
// a marker whose revision a write may name like that of a value.
func (c *Conn) Store(ctx context.Context) (register.Store, error) {
	kv, err := c.Bucket(ctx, storeBucket, 0)
	if err != nil {
		return nil, err
	}
	stream, err := c.js.Stream(ctx, "KV_"+kv.Bucket())
	if err != nil {
		return nil, fmt.Errorf("open the register in NATS: %w", err)
	}
	s := &store{conn: c, kv: kv, stream: stream}
	s.open, s.end = context.WithCancelCause(context.Background())
	return s, nil
}

type store struct {
	conn   *Conn
	kv     jetstream.KeyValue
	stream jetstream.Stream
	open   context.Context // until Close
	end    context.CancelCauseFunc

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
	last, err := lastRevision(ctx, s.kv)
	if err != nil {
		return nil, reason(ctx, err)
	}
	if last == 0 {
		return nil, nil
	}
	found := make(map[string]register.Entry)
	if err := s.readTo(ctx, last, found); err != nil {
		return nil, reason(ctx, err)
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
func (s *store) Watch(ctx context.Context, changed func(register.Entry)) error {
	ctx, leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	return reason(ctx, s.conn.Follow(ctx, s.kv, func(c Change) { changed(entry(c)) }, nil))
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
	msg := nats.NewMsg(s.subject(name))
	msg.Data = value
	written, err := s.write(ctx, msg, revision)
	for try := 0; revision == 0 && errors.Is(err, register.ErrRevision) && try < 3; try++ {
		// What is there may be the marker of a removed value: to write in its place is to
		// write where there is none.
		marker, none, lookErr := s.marker(ctx, msg.Subject)
		if lookErr != nil {
			return 0, lookErr
		}
		if !none {
			return 0, err
		}
		written, err = s.write(ctx, msg, marker)
	}
	return written, err
}

// Delete implements [register.Store].
func (s *store) Delete(ctx context.Context, name string, revision uint64) (uint64, error) {
	ctx, leave, err := s.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer leave()
	if revision == 0 {
		return 0, register.ErrRevision
	}
	msg := nats.NewMsg(s.subject(name))
	msg.Header.Set(opHeader, opDelete)
	return s.write(ctx, msg, revision)
}

// How a bucket marks a removed value (NATS's ADR-8). [jetstream.KeyValue] writes the same
// but does not tell the revision of a removal.
const (
	opHeader = "KV-Operation"
	opDelete = "DEL"
)

func (s *store) subject(name string) string { return "$KV." + s.kv.Bucket() + "." + name }

// marker asks the leader whether there is no value but a marker, or nothing, whose
// revision is 0.
func (s *store) marker(ctx context.Context, subject string) (revision uint64, none bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	msg, err := s.stream.GetLastMsgForSubject(ctx, subject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return 0, true, nil
	case err != nil:
		return 0, false, reason(ctx, err)
	}
	return msg.Sequence, msg.Header.Get(opHeader) != "", nil
}

// write sends a message that is taken if the last one of its subject has this revision.
// It is sent again with the same id until there is an answer: NATS takes it once and
// answers the same, so that a write is not taken for that of another.
func (s *store) write(ctx context.Context, msg *nats.Msg, revision uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, writePatience)
	defer cancel()
	id := nuid.Next()
	sent := false // and perhaps taken
	for {
		if !s.conn.Connected() && !sent {
			return 0, reason(ctx, errNotConnected)
		}
		try, cancelTry := context.WithTimeout(ctx, writeAgain)
		ack, err := s.conn.js.PublishMsg(try, msg, jetstream.WithMsgID(id), jetstream.WithExpectLastSequencePerSubject(revision))
		cancelTry()
		switch {
		case err == nil:
			return ack.Sequence, nil
		case conflict(err):
			return 0, register.ErrRevision
		case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, nats.ErrTimeout):
			sent = true
		case errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrDisconnected):
			// not sent this time
		default:
			return 0, reason(ctx, err)
		}
		select {
		case <-time.After(writePause):
			continue
		case <-ctx.Done():
		}
		if sent {
			return 0, fmt.Errorf("%w: %w", register.ErrUncertain, reason(ctx, err))
		}
		return 0, reason(ctx, err)
	}
}

var errNotConnected = errors.New("there is no connection to NATS")

// conflict tells whether NATS has refused a write because of its revision. A replicated
// stream has a code of its own for that.
func conflict(err error) bool {
	if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return true
	}
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}

// reason returns the error that explains err best: that the store or the connection was
// closed, or why ctx ended.
func reason(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrConnectionClosed):
		return register.ErrClosed
	case errors.Is(context.Cause(ctx), register.ErrClosed):
		return register.ErrClosed
	}
	return fmt.Errorf("the register in NATS: %w", err)
}
