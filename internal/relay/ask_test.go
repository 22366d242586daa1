package relay_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// echo answers with what it was asked.
func echo(_ context.Context, body []byte) ([]byte, error) { return body, nil }

func TestAsk(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.serve("b", relay.ServerOptions{}, func(s *relay.Server) {
		s.Handle("echo", echo)
		s.Handle("long", func(_ context.Context, body []byte) ([]byte, error) { return bytes.Repeat(body, 100), nil })
		s.Handle("fail", func(context.Context, []byte) ([]byte, error) {
			return nil, &routeros.TrapError{Traps: []routeros.Trap{{Category: 4, Message: "failure"}}}
		})
		s.Handle("panic", func(context.Context, []byte) ([]byte, error) { panic("oops") })
	})
	c, _ := f.client("a")
	ctx := t.Context()
	for name, body := range map[string][]byte{
		"nothing": nil, "a byte": {0}, "a piece": random(64 << 10), "a byte more": random(64<<10 + 1), "as much as NATS takes": random(1<<20 - 100),
		"more, compressed": bytes.Repeat([]byte("0123456789"), 200_000),
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := c.Ask(ctx, "b", "echo", body)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(body, answer))
		})
	}
	t.Run("an answer of many windows", func(t *testing.T) {
		part := random(100_000)
		answer, err := c.Ask(ctx, "b", "long", part)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(bytes.Repeat(part, 100), answer))
	})
	t.Run("an error of the handler", func(t *testing.T) {
		_, err := c.Ask(ctx, "b", "fail", nil)
		assert.Equal(t, &routeros.TrapError{Traps: []routeros.Trap{{Category: 4, Message: "failure"}}}, err)
	})
	t.Run("a panic of the handler", func(t *testing.T) {
		_, err := c.Ask(ctx, "b", "panic", nil)
		require.ErrorContains(t, err, "panic: oops")
		assert.Equal(t, errcode.Internal, errcode.Of(err))
	})
	t.Run("a handler that there is not", func(t *testing.T) {
		_, err := c.Ask(ctx, "b", "no", nil)
		refusal(t, err, false)
	})
	t.Run("an instance that there is not", func(t *testing.T) {
		_, err := c.Ask(ctx, "z", "echo", nil)
		refusal(t, err, true)
		assert.Equal(t, errcode.Unreachable, errcode.Of(err))
		assert.EqualError(t, err, `the instance "z" is gone; nothing was sent`)
	})
	t.Run("more than NATS takes", func(t *testing.T) {
		_, err := c.Ask(ctx, "b", "echo", random(1<<20))
		refusal(t, err, false)
		assert.Equal(t, errcode.BodyTooLarge, errcode.Of(err))
	})
}

func TestManyAskAtTheSameTime(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.serve("b", relay.ServerOptions{}, func(s *relay.Server) { s.Handle("echo", echo) })
	c, _ := f.client("a")
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			body := random(i * 3000)
			answer, err := c.Ask(t.Context(), "b", "echo", body)
			assert.NoError(t, err)
			assert.True(t, bytes.Equal(body, answer))
		})
	}
	wg.Wait()
}

// waiting is a handler that waits until its context ends.
type waiting struct {
	began chan struct{} // one for each request
	cause chan error    // why each ended
}

func newWaiting() *waiting { return &waiting{make(chan struct{}, 100), make(chan error, 100)} }

func (w *waiting) handle(ctx context.Context, _ []byte) ([]byte, error) {
	w.began <- struct{}{}
	<-ctx.Done()
	w.cause <- context.Cause(ctx)
	return nil, context.Cause(ctx)
}

func TestAskIsCancelledWithItsContext(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	w := newWaiting()
	f.serve("b", relay.ServerOptions{}, func(s *relay.Server) { s.Handle("wait", w.handle) })
	c, _ := f.client("a")
	ctx, cancel := context.WithCancelCause(t.Context())
	mine := errors.New("the client left")
	go func() { <-w.began; cancel(mine) }()
	_, err := c.Ask(ctx, "b", "wait", nil)
	assert.Same(t, mine, err, "the very error, not its text")
	assert.EqualError(t, <-w.cause, mine.Error())
	_, err = c.Ask(ctx, "b", "wait", nil)
	require.ErrorIs(t, err, mine)
	assert.True(t, routeros.SafeToRetry(err), "it was not sent")
	assert.Empty(t, w.began)
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	w := newWaiting()
	s, _ := f.serve("b", relay.ServerOptions{MaxRequests: 2}, func(s *relay.Server) { s.Handle("wait", w.handle) })
	c, _ := f.client("a")
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { _, _ = c.Ask(ctx, "b", "wait", nil) })
		<-w.began
	}
	_, err := c.Ask(ctx, "b", "wait", nil)
	refusal(t, err, false)
	assert.Equal(t, errcode.Busy, errcode.Of(err))
	cancel()
	wg.Wait()
	eventually(t, "their places are free", func() bool { _, n := s.Busy(); return n == 0 })
	assert.Empty(t, w.began)
}

func TestTheInstanceThatAnswersDies(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.impatient()
	w := newWaiting()
	_, b := f.serve("b", relay.ServerOptions{}, func(s *relay.Server) { s.Handle("wait", w.handle) })
	c, _ := f.client("a")
	go func() { <-w.began; b.nc.Close() }()
	_, err := c.Ask(t.Context(), "b", "wait", nil)
	assert.Equal(t, errcode.Unreachable, errcode.Of(err))
	assert.EqualError(t, err, `the instance "b" gave no sign of life for 2s; the request may have been carried out`)
	assert.False(t, routeros.SafeToRetry(err))
}

func TestALongAnswerIsAwaited(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.impatient()
	f.serve("b", relay.ServerOptions{}, func(s *relay.Server) {
		s.Handle("slow", func(ctx context.Context, _ []byte) ([]byte, error) {
			select {
			case <-time.After(2 * f.timing.Gone):
				return []byte("done"), nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		})
	})
	c, _ := f.client("a")
	answer, err := c.Ask(t.Context(), "b", "slow", nil)
	require.NoError(t, err, "both show signs of life")
	assert.Equal(t, "done", string(answer))
}

func TestTheRequesterDies(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.impatient()
	w := newWaiting()
	f.serve("b", relay.ServerOptions{}, func(s *relay.Server) { s.Handle("wait", w.handle) })
	c, b := f.client("a")
	go func() { _, _ = c.Ask(context.Background(), "b", "wait", nil) }()
	<-w.began
	b.nc.Close()
	assert.ErrorContains(t, <-w.cause, "no sign of life")
}

func TestTheServerStops(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	w := newWaiting()
	s, _ := f.serve("b", relay.ServerOptions{}, func(s *relay.Server) { s.Handle("wait", w.handle) })
	c, _ := f.client("a")
	var err error
	var wg sync.WaitGroup
	wg.Go(func() { _, err = c.Ask(t.Context(), "b", "wait", nil) })
	<-w.began
	drained, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	s.Drain(drained)
	_, refusedNow := c.Ask(t.Context(), "b", "wait", nil)
	refusal(t, refusedNow, true)
	assert.EqualError(t, refusedNow, `the instance "b" is stopping; nothing was sent`)
	s.Close()
	wg.Wait()
	assert.Equal(t, errcode.Unreachable, errcode.Of(err))
	assert.ErrorContains(t, err, "may have been carried out")
	_, err = c.Ask(t.Context(), "b", "wait", nil)
	refusal(t, err, true)
	assert.Len(t, w.began, 0)
}

func TestTheClientStops(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	w := newWaiting()
	f.serve("b", relay.ServerOptions{}, func(s *relay.Server) { s.Handle("wait", w.handle) })
	c, _ := f.client("a")
	go func() { <-w.began; c.Close() }()
	_, err := c.Ask(t.Context(), "b", "wait", nil)
	assert.Equal(t, errcode.Closing, errcode.Of(err))
	assert.ErrorContains(t, <-w.cause, "shutting down")
	_, err = c.Ask(t.Context(), "b", "wait", nil)
	refusal(t, err, false)
}

func TestWithoutNATSNothingIsSent(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	c, b := f.client("a")
	b.nc.Close()
	_, err := c.Ask(t.Context(), "b", "echo", []byte(strings.Repeat("x", 10)))
	refusal(t, err, true)
	assert.Equal(t, errcode.Unreachable, errcode.Of(err))
}
