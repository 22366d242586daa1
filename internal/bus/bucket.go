package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// markerAge is how long a bucket whose values expire tells that one did.
const markerAge = time.Minute

// Bucket returns the bucket of this name of the fleet, which is made when it is missing,
// and changed when it has other replicas or another age of values. With ttl above 0, a
// value is gone that long after it was written; ttl is a second at least.
//
// Unlike in buckets that [jetstream.KeyValueManager] makes, Get is answered by the leader:
// a read after an own write sees it. Nevertheless another instance may write between a
// read and what follows from it, so decide by the result of Create, Update or Delete with
// a revision, and never by Get.
func (c *Conn) Bucket(ctx context.Context, name string, ttl time.Duration) (jetstream.KeyValue, error) {
	full := c.o.Prefix + "_" + name
	config := jetstream.StreamConfig{
		Name: "KV_" + full, Subjects: []string{"$KV." + full + ".>"},
		MaxMsgsPerSubject: 1, Replicas: c.o.Replicas, Discard: jetstream.DiscardNew,
		AllowRollup: true, DenyDelete: true, MaxAge: ttl,
	}
	if ttl > 0 {
		config.AllowMsgTTL, config.SubjectDeleteMarkerTTL = true, markerAge
	}
	if err := c.Stream(ctx, config); err != nil {
		return nil, err
	}
	var kv jetstream.KeyValue
	err := c.untilKnown(ctx, func() (err error) {
		kv, err = c.js.KeyValue(ctx, full)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the bucket %s: %w", full, err)
	}
	return kv, nil
}

// knownEvery and knownPatience are how often, and for how long, a stream is asked for that
// there is: the node of a cluster that is asked may not know yet what another one has made.
const (
	knownEvery    = 50 * time.Millisecond
	knownPatience = 10 * time.Second
)

// untilKnown repeats a request while the answer is that there is no such stream or bucket.
func (c *Conn) untilKnown(ctx context.Context, ask func() error) error {
	for late := time.Now().Add(knownPatience); ; {
		err := ask()
		if !errors.Is(err, jetstream.ErrStreamNotFound) && !errors.Is(err, jetstream.ErrBucketNotFound) || time.Now().After(late) {
			return err
		}
		select {
		case <-time.After(knownEvery):
		case <-ctx.Done():
			return err
		}
	}
}

// Stream makes a stream unless there is one, and changes the number of its replicas and
// the age of its messages to those of the configuration.
func (c *Conn) Stream(ctx context.Context, config jetstream.StreamConfig) error {
	c.mu.Lock()
	c.streams[config.Name] = config
	c.mu.Unlock()
	for { // a cluster that makes a stream for several instances at a time may leave one without an answer
		once, cancel := context.WithTimeout(ctx, requestTimeout)
		err := c.makeStream(once, config)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return err
		}
	}
}

func (c *Conn) makeStream(ctx context.Context, config jetstream.StreamConfig) error {
	found, err := c.js.Stream(ctx, config.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = c.js.CreateStream(ctx, config)
		if !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return wrapStream(config.Name, err)
		}
		err = c.untilKnown(ctx, func() (err error) { // another instance was quicker
			found, err = c.js.Stream(ctx, config.Name)
			return err
		})
	}
	if err != nil {
		return wrapStream(config.Name, err)
	}
	if has := found.CachedInfo().Config; has.Replicas != config.Replicas || has.MaxAge != config.MaxAge {
		_, err = c.js.UpdateStream(ctx, config)
	}
	return wrapStream(config.Name, err)
}

// makeAgain makes a stream that this connection has made or opened before.
func (c *Conn) makeAgain(ctx context.Context, name string) error {
	c.mu.Lock()
	config, known := c.streams[name]
	c.mu.Unlock()
	if !known {
		return jetstream.ErrStreamNotFound
	}
	return c.Stream(ctx, config)
}

func streamOf(bucket jetstream.KeyValue) string { return "KV_" + bucket.Bucket() }

func wrapStream(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("make the stream %s in NATS: %w", name, err)
}
