package sse_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/sse"
)

// pppRows is a body of about that many bytes whose rows have little in common.
func pppRows(size, n int) []byte {
	chance := rand.New(rand.NewPCG(1, uint64(size)))
	b := []byte(`"topic":"ppp_active","type":"snapshot","rows":[`)
	for i := 0; len(b) < size-40; i++ {
		b = fmt.Appendf(b, `{".id":"*%X","name":"cust%05d@example","service":"pppoe","caller-id":"48:A9:8A:%02X:%02X:%02X","address":"10.64.%d.%d","uptime":%d},`,
			0x80f00000+i, chance.IntN(100000), chance.IntN(256), chance.IntN(256), chance.IntN(256), chance.IntN(20), chance.IntN(256), chance.IntN(100000)+2*n)
	}
	b[len(b)-1] = ']'
	return fmt.Appendf(b, `,"ts":%d}`, 1790000000+2*n)
}

// BenchmarkEncode is what choosing the bytes of one event for one viewer takes,
// once they are made.
func BenchmarkEncode(b *testing.B) {
	h := hub.New()
	f := h.Open("r", `"router_id":"r",`, nil)
	sub := h.Subscribe(hub.Query{Feeds: []*hub.Feed{f}, Tracks: []hub.Track{{}}})
	var events []*hub.Event
	for n := range 2 {
		f.Publish(hub.Track{}, pppRows(10_000, n))
		taken, err := sub.Take()
		require.NoError(b, err)
		events = append(events, taken...)
		events[n].Gzip()
	}
	for name, encoder := range map[string]sse.Encoder{"plain": sse.NewEncoder(false), "gzip": sse.NewEncoder(true)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ { // in step at every second one
				encoder.Event(events[i%2])
			}
		})
	}
}

// BenchmarkDelivery publishes an event and reads it at each of many viewers; the
// time is for one of them, with all that is done once.
func BenchmarkDelivery(b *testing.B) {
	const viewers = 100
	for _, size := range []int{1_000, 20_000, 1_300_000} {
		for name, gzip := range map[string]bool{"plain": false, "gzip": true} {
			b.Run(fmt.Sprintf("size=%d/%s", size, name), func(b *testing.B) {
				s := newStage(b, sse.Options{})
				s.gzip = gzip
				sub := s.hub.Subscribe(hub.Query{Feeds: []*hub.Feed{s.feed}, Tracks: []hub.Track{{}}})
				twin := sse.NewEncoder(gzip) // gets what they get
				begin := len(twin.Begin([]byte("retry: 2000\n")))
				if !gzip {
					begin += len("hello\n\n")
				}
				conns := make([]net.Conn, viewers)
				for i := range conns {
					conns[i] = s.dial()
					_, err := io.CopyN(io.Discard, conns[i], int64(begin))
					require.NoError(b, err)
				}
				bodies := make([][]byte, 16)
				for n := range bodies {
					bodies[n] = pppRows(size, n)
				}
				buf := make([]byte, 2*size)
				total := 0
				b.ReportAllocs()
				for n := 0; b.Loop(); n++ {
					s.feed.Publish(hub.Track{}, bodies[n%len(bodies)])
					events, err := sub.Take()
					require.NoError(b, err)
					bytes := len(twin.Event(events[0]))
					for _, c := range conns {
						_, err := io.ReadFull(c, buf[:bytes])
						require.NoError(b, err)
					}
					total += bytes
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/viewers, "ns/delivery")
				b.ReportMetric(float64(total)/float64(b.N), "B/delivery")
			})
		}
	}
}

// BenchmarkSmallBesideLarge is how long a small event takes to one viewer while
// large ones go to others.
func BenchmarkSmallBesideLarge(b *testing.B) {
	for _, name := range []string{"alone", "next to plain", "next to gzip"} {
		b.Run(name, func(b *testing.B) {
			s := newStage(b, sse.Options{})
			small := blocks(s.dial())
			require.True(b, small.Scan())
			stop, stopped := make(chan struct{}), make(chan struct{})
			large := s.hub.Open("large", `"router_id":"large",`, nil)
			s.feed, large = large, s.feed
			s.gzip = name == "next to gzip"
			if name != "alone" {
				for range 4 {
					go func() { _, _ = io.Copy(io.Discard, s.dial()) }()
				}
			}
			go func() {
				defer close(stopped)
				body := pppRows(1_300_000, 0)
				for {
					select {
					case <-stop:
						return
					case <-time.After(50 * time.Millisecond):
						if name != "alone" {
							s.feed.Publish(hub.Track{}, body)
						}
					}
				}
			}()
			var took []time.Duration
			for n := 0; b.Loop(); n++ {
				time.Sleep(3 * time.Millisecond)
				began := time.Now()
				large.Publish(hub.Track{}, fmt.Appendf(nil, `"n":%d}`, n))
				for small.Scan() && !strings.HasSuffix(small.Text(), fmt.Sprintf(`"n":%d}`, n)) {
				}
				took = append(took, time.Since(began))
			}
			close(stop)
			<-stopped
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-p50")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
		})
	}
}

// BenchmarkStalled publishes to a viewer of many feeds that takes nothing, when
// one event of each was taken for it and none could be written.
func BenchmarkStalled(b *testing.B) {
	const feeds = 10_000
	s := newStage(b, sse.Options{})
	s.all = true
	var all []*hub.Feed
	body := pppRows(2_000, 0)
	for i := range feeds {
		f := s.hub.Open(fmt.Sprint(i), fmt.Sprintf(`"router_id":"%d",`, i), nil)
		f.Publish(hub.Track{}, body)
		all = append(all, f)
	}
	conn := s.dial()
	require.NoError(b, conn.(*net.TCPConn).SetReadBuffer(4<<10))
	s.waitFor("it is there", func() bool { return s.viewers() == 1 })
	for last := int64(-1); last != s.wrote.Load(); time.Sleep(100 * time.Millisecond) {
		last = s.wrote.Load()
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		all[n%feeds].Publish(hub.Track{}, body)
		runtime.Gosched() // for the streams
	}
}
