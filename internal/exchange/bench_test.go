package exchange_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/natsserver"
)

// cpu is the processor time of a process so far; it counts in hundredths of a second.
func cpu(b *testing.B, pid int) time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skipf("the processor time of the server is read from /proc: %v", err)
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// BenchmarkOrder compares what an event costs the NATS server: by plain subjects, by the
// stream of the order, and by a stream that keeps half a minute. Two subscribers take all.
func BenchmarkOrder(b *testing.B) {
	for _, size := range []int{300, 2000, 60000} {
		for name, config := range map[string]*jetstream.StreamConfig{
			"plain": nil,
			"order": {MaxMsgs: 1, NoAck: true},
			"kept":  {MaxAge: 30 * time.Second, MaxBytes: 200 << 20, NoAck: true},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) { benchmarkOrder(b, config, size) })
		}
	}
}

func benchmarkOrder(b *testing.B, config *jetstream.StreamConfig, size int) {
	node := natsserver.Start(b)
	taken := make(chan struct{}, 1<<16)
	for range 2 {
		nc, err := nats.Connect(node.URL)
		require.NoError(b, err)
		b.Cleanup(nc.Close)
		_, err = nc.Subscribe("live.>", func(*nats.Msg) { taken <- struct{}{} })
		require.NoError(b, err)
		require.NoError(b, nc.Flush())
	}
	nc, err := nats.Connect(node.URL)
	require.NoError(b, err)
	defer nc.Close()
	subject := "live.a"
	if config != nil {
		subject = "ev.a"
		js, err := jetstream.New(nc)
		require.NoError(b, err)
		c := *config
		c.Name, c.Subjects, c.Storage = "events", []string{"ev.>"}, jetstream.MemoryStorage
		c.RePublish = &jetstream.RePublish{Source: "ev.>", Destination: "live.>"}
		_, err = js.CreateStream(b.Context(), c)
		require.NoError(b, err)
	}
	body := bytes.Repeat([]byte("x"), size)
	before, n := cpu(b, node.PID()), 0
	for b.Loop() {
		require.NoError(b, nc.Publish(subject, body))
		n++
		if n > 100 { // at most 100 under way
			<-taken
			<-taken
		}
	}
	b.ReportMetric(float64((cpu(b, node.PID())-before).Microseconds())/float64(n), "server-µs/event")
}

// BenchmarkElsewhere is the time and the CPU from an event of the owner to a viewer of
// another instance, BenchmarkHere to one of the owner, and BenchmarkAlone to one of a single
// process, without NATS. The CPU is that of all instances, which are in this process.
func BenchmarkElsewhere(b *testing.B) { benchmarkViewer(b, 1) }

// BenchmarkHere is documented with BenchmarkElsewhere.
func BenchmarkHere(b *testing.B) { benchmarkViewer(b, 0) }

// BenchmarkAlone is documented with BenchmarkElsewhere.
func BenchmarkAlone(b *testing.B) {
	i := &instance{name: "a", hub: hub.NewSealed(hub.NewSealer(secret))}
	defer i.hub.Close()
	d := newDevice()
	feed := i.hub.Open("r", `"router_id":"r",`, d)
	v := i.view(b, "", hub.Query{Tracks: []hub.Track{snapshots}})
	awaitWatched(b, d, snapshots, true)
	self := cpu(b, os.Getpid())
	n := 0
	for b.Loop() {
		n++
		feed.Publish(snapshots, body(`"n":%d`, n))
		v.until(fmt.Sprintf(`"n":%d}`, n))
	}
	b.ReportMetric(float64((cpu(b, os.Getpid())-self).Microseconds())/float64(n), "cpu-µs/event")
}

func benchmarkViewer(b *testing.B, at int) {
	node := natsserver.Start(b)
	all := fleet(b, node.URL, []string{"a", "b"}, "r")
	d := newDevice()
	r := own(all, 0, "r", 1, d)
	v := all[at].view(b, "", hub.Query{Tracks: []hub.Track{snapshots}})
	awaitWatched(b, d, snapshots, true)
	v.publishUntil(func() { r.Publish(snapshots, body(`"first":1`)) }, "first")
	self, server, n := cpu(b, os.Getpid()), cpu(b, node.PID()), 0
	for b.Loop() {
		n++
		r.Publish(snapshots, body(`"n":%d`, n))
		v.until(fmt.Sprintf(`"n":%d}`, n))
	}
	b.ReportMetric(float64((cpu(b, os.Getpid())-self).Microseconds())/float64(n), "cpu-µs/event")
	b.ReportMetric(float64((cpu(b, node.PID())-server).Microseconds())/float64(n), "server-µs/event")
}
