package sse_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/sse"
)

// Viewers who come at different times, some of them slow, over real sockets:
// each reads whole events, in order, up to the newest and the valid end.
func TestGzipOverSockets(t *testing.T) {
	for name, size := range map[string]int{"small": 200, "in the window": 20_000, "large": 100_000} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, sse.Options{Heartbeat: 20 * time.Millisecond})
			s.gzip = true
			pad := strings.Repeat("0123456789abcdef", size/16)
			const viewers, events = 30, 60
			var wg sync.WaitGroup
			for n := range events {
				s.feed.Publish(hub.Track{}, fmt.Appendf(nil, `"pad":%q,"n":%d}`, pad, n))
				if n%2 == 0 {
					conn := s.dial()
					wg.Go(func() { readGzip(t, conn, n%4 == 0, n, events-1, pad) })
				}
				time.Sleep(time.Millisecond)
			}
			s.waitFor("all are there", func() bool { return s.viewers() == viewers })
			s.feed.Close()
			wg.Wait()
			made := s.hub.Made()
			t.Logf("%+v", made)
			assert.LessOrEqual(t, made.Independent, uint64(events))
			assert.LessOrEqual(t, made.Referring, uint64(events))
		})
	}
}

// readGzip reads a stream to its end: the first event is least or a later one,
// the last is the newest.
func readGzip(t *testing.T, r io.Reader, slow bool, least, newest int, pad string) {
	z, err := gzip.NewReader(r)
	if !assert.NoError(t, err) {
		return
	}
	sc := blocks(z)
	last, ended := -1, false
	for sc.Scan() {
		switch text := sc.Text(); {
		case text == "hello":
		case strings.Contains(text, "event: end"):
			ended = true
		default:
			_, data, _ := strings.Cut(text, "\ndata: ")
			var n int
			_, err := fmt.Sscanf(strings.TrimPrefix(data, `{"router_id":"r","pad":"`+pad+`",`), `"n":%d}`, &n)
			assert.NoError(t, err)
			assert.Greater(t, n, last)
			assert.True(t, last >= 0 || n >= least, "%d is older than the viewer", n)
			last = n
			if slow {
				time.Sleep(rand.N(30 * time.Millisecond))
			}
		}
	}
	assert.NoError(t, sc.Err(), "the checksum is right")
	assert.True(t, ended)
	assert.Equal(t, newest, last)
}

// Whoever waits for a large event to be compressed holds up nobody, may leave
// meanwhile, and Close does not wait for it.
func TestLeavingBeforeALargeEventIsCompressed(t *testing.T) {
	s := newStage(t, sse.Options{})
	s.gzip = true
	noise := make([]byte, 1<<20) // compressing it takes a hundred times as long as leaving
	for i := range noise {
		noise[i] = "0123456789abcdefghijklmnopqrstuv"[rand.IntN(32)]
	}
	for n := range 5 {
		conns := []io.Closer{s.dial(), s.dial(), s.dial()}
		s.waitFor("all are there", func() bool { return s.viewers() == 3 })
		s.feed.Publish(hub.Track{}, fmt.Appendf(nil, `"noise":%q,"n":%d}`, noise, n))
		for _, c := range conns {
			require.NoError(t, c.Close())
		}
		s.waitFor("all have left", func() bool { return s.viewers() == 0 })
	}
	s.dial()
	s.waitFor("it is there", func() bool { return s.viewers() == 1 })
	s.feed.Publish(hub.Track{}, fmt.Appendf(nil, `"noise":%q}`, bytes.ToUpper(noise)))
}
