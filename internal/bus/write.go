package bus

import (
	"context"
	"errors"
	"fmt"
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

// Errors of writes, those of the register. Any other one says that nothing was written.
var (
	ErrRevision  = register.ErrRevision  // the bucket has another revision; nothing was written
	ErrUncertain = register.ErrUncertain // sent, and not answered
)

// ErrNotConnected means that nothing was sent.
var ErrNotConnected = errors.New("there is no connection to NATS")

// How a bucket marks a removed value (NATS's ADR-8). [jetstream.KeyValue] writes the same
// but does not tell the revision of a removal.
const (
	opHeader = "KV-Operation"
	opDelete = "DEL"
)

// Put writes a value in place of the one with this revision, which may be that of a
// removal; 0 means that there must be no value. It asks until NATS has answered or ctx has
// ended, 15 s at most, and returns the new revision.
func (c *Conn) Put(ctx context.Context, bucket jetstream.KeyValue, key string, value []byte, revision uint64) (uint64, error) {
	msg := nats.NewMsg(subjectOf(bucket, key))
	msg.Data = value
	written, err := c.write(ctx, bucket, msg, revision)
	for try := 0; revision == 0 && errors.Is(err, ErrRevision) && try < 3; try++ {
		// What is there may be the marker of a removed value: to write in its place is to
		// write where there is none.
		there, lookErr := c.last(ctx, bucket, msg.Subject)
		switch {
		case lookErr != nil:
			return 0, lookErr
		case there == nil:
			written, err = c.write(ctx, bucket, msg, 0)
		case marks(there):
			written, err = c.write(ctx, bucket, msg, there.Sequence)
		default:
			return 0, err
		}
	}
	return written, err
}

// Delete removes the value with this revision, and returns the revision of the removal.
func (c *Conn) Delete(ctx context.Context, bucket jetstream.KeyValue, key string, revision uint64) (uint64, error) {
	if revision == 0 {
		return 0, ErrRevision
	}
	msg := nats.NewMsg(subjectOf(bucket, key))
	msg.Header.Set(opHeader, opDelete)
	return c.write(ctx, bucket, msg, revision)
}

func subjectOf(bucket jetstream.KeyValue, key string) string {
	return "$KV." + bucket.Bucket() + "." + key
}

// last asks the leader for the last message of a subject; nil if there is none.
func (c *Conn) last(ctx context.Context, bucket jetstream.KeyValue, subject string) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	stream, err := c.js.Stream(ctx, streamOf(bucket))
	if err != nil {
		return nil, err
	}
	msg, err := stream.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	return msg, err
}

// marks tells whether a message says that a value was removed or has expired.
func marks(msg *jetstream.RawStreamMsg) bool {
	return msg.Header.Get(jetstream.MarkerReasonHeader) != "" || msg.Header.Get(opHeader) != ""
}

// write sends a message that is taken if the last one of its subject has this revision,
// again and again until there is an answer. If one that was not answered was taken, the
// next is refused; its id tells that what is there is our own.
func (c *Conn) write(ctx context.Context, bucket jetstream.KeyValue, msg *nats.Msg, revision uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, writePatience)
	defer cancel()
	id := nuid.Next()
	sent := false // and perhaps taken
	for {
		if !sent && !c.Connected() {
			return 0, ErrNotConnected
		}
		try, cancelTry := context.WithTimeout(ctx, writeAgain)
		ack, err := c.js.PublishMsg(try, msg, jetstream.WithMsgID(id), jetstream.WithExpectLastSequencePerSubject(revision))
		cancelTry()
		switch {
		case err == nil:
			return ack.Sequence, nil
		case conflict(err) && !sent:
			return 0, ErrRevision
		case conflict(err):
			there, err := c.last(ctx, bucket, msg.Subject)
			switch {
			case err != nil:
				return 0, fmt.Errorf("%w: %w", ErrUncertain, err)
			case there != nil && there.Header.Get(jetstream.MsgIDHeader) == id:
				return there.Sequence, nil
			}
			return 0, ErrRevision // of another write, before ours or in place of it
		case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, nats.ErrTimeout):
			sent = true
		case errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrDisconnected):
			// not sent this time
		default:
			return 0, err
		}
		select {
		case <-time.After(writePause):
			continue
		case <-ctx.Done():
		}
		if sent {
			return 0, fmt.Errorf("%w: %w", ErrUncertain, err)
		}
		return 0, err
	}
}

// conflict tells whether NATS has refused a write because of its revision. A replicated
// stream has a code of its own for that.
func conflict(err error) bool {
	if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return true
	}
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}
