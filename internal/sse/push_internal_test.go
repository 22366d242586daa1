package sse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
)

// narrow is a connection that takes a random part of what is tried, often nothing.
type narrow struct {
	chance *rand.Rand // guarded by the turn of the stream
	wake   chan struct{}
	gone   chan struct{}

	mu     sync.Mutex
	out    bytes.Buffer
	tried  int // bytes that were written without waiting
	waited int // bytes that were written by the goroutine of the stream
}

func (c *narrow) tryWrite(b []byte) int {
	n := min(len(b), c.chance.IntN(2*len(b)+1))
	if c.chance.IntN(4) == 0 {
		n = 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.Write(b[:n])
	c.tried += n
	return n
}

func (c *narrow) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited += len(b)
	return c.out.Write(b)
}

func (*narrow) SetWriteDeadline(time.Time) error { return nil }

func (c *narrow) wait(time.Time) error {
	select {
	case <-c.wake:
		return nil
	case <-c.gone:
		return errors.New("gone")
	}
}

func (c *narrow) notify() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *narrow) has(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Count(c.out.Bytes(), []byte("id: ")) == n && bytes.HasSuffix(c.out.Bytes(), []byte("\n\n"))
}

// What a pusher writes in part, the goroutine of the stream completes, and nothing is
// lost, doubled or out of order, whoever publishes meanwhile.
func TestPushersAndTheStreamWriteInOrder(t *testing.T) {
	const lines, publishers = 300, 3
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			sealer := hub.NewSealer(nil)
			h := hub.NewSealed(sealer)
			feed := h.Open("r", `"router_id":"r",`, nil)
			track := hub.Track{Topic: "log", Kind: hub.Lines}
			sub := h.Subscribe(hub.Query{Feeds: []*hub.Feed{feed}, Tracks: []hub.Track{track}})
			server := New(Options{
				Heartbeat: time.Hour, WriteTimeout: time.Hour, MaxAge: time.Hour,
				Stopping: func() bool { return false }, Wrote: func(int) {},
			})
			c := &narrow{chance: rand.New(rand.NewPCG(seed, 0)), wake: make(chan struct{}, 1), gone: make(chan struct{})}
			ended := make(chan Ended, 1)
			st := newStream(server, c, Stream{Source: sub, Key: context.Background(), Ended: func(e Ended) { ended <- e }})
			st.start(nil)
			server.wg.Go(func() { st.close(st.run()) })

			var wg sync.WaitGroup
			for range publishers {
				wg.Go(func() {
					for n := range lines {
						feed.PublishLine(track, fmt.Appendf(nil, `"n":%d}`, n))
						if n%16 == 0 {
							time.Sleep(time.Millisecond)
						}
					}
				})
			}
			wg.Wait()
			require.Eventually(t, func() bool { return c.has(lines * publishers) }, 10*time.Second, time.Millisecond)
			close(c.gone)
			end := <-ended
			server.Close(time.Second)
			assert.EqualValues(t, lines*publishers, end.Events)
			assert.EqualValues(t, c.out.Len(), end.Bytes)
			assert.Positive(t, c.tried)
			assert.Positive(t, c.waited)
			last := uint64(0)
			for frame := range bytes.SplitSeq(bytes.TrimSuffix(c.out.Bytes(), []byte("\n\n")), []byte("\n\n")) {
				frame = frame[bytes.Index(frame, []byte("id: ")):]
				id, data, _ := bytes.Cut(frame, []byte("\n"))
				at, ok := sealer.Open(string(bytes.TrimPrefix(id, []byte("id: "))))
				require.True(t, ok)
				require.Greater(t, at.Sequence, last)
				last = at.Sequence
				require.Regexp(t, `^data: \{"router_id":"r","n":\d+\}$`, string(data))
			}
		})
	}
}

// A stream that has ended starts no pusher: the server may be closed already.
func TestAStreamThatHasEndedIsNotPushed(t *testing.T) {
	server := New(Options{Wrote: func(int) {}})
	st := &stream{server: server}
	server.forget(st)
	server.push(st)
	assert.Empty(t, server.pushers.queue)
	assert.Zero(t, server.pushers.running)
}
