package sim_test

import (
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/sim"
)

func BenchmarkPrint(b *testing.B) {
	for _, tc := range []struct {
		name  string
		o     sim.Options
		words []string
	}{
		{"ppp-5000", sim.Options{PPPUsers: 5000}, []string{"/ppp/active/print"}},
		{"ppp-5000-proplist", sim.Options{PPPUsers: 5000}, []string{"/ppp/active/print", "=.proplist=.id,name,address,uptime"}},
		{"hotspot-5000", sim.Options{HotspotUsers: 5000}, []string{"/ip/hotspot/active/print"}},
		{"resource", sim.Options{}, []string{"/system/resource/print"}},
	} {
		b.Run(tc.name, func(b *testing.B) {
			_, addr := serve(b, tc.o)
			conn, err := net.Dial("tcp", addr)
			require.NoError(b, err)
			defer func() { _ = conn.Close() }()
			r := proto.NewReader(conn, proto.Limits{})
			ask := func(words ...string) (size int) {
				_, err := conn.Write(proto.AppendSentence(nil, words...))
				require.NoError(b, err)
				for {
					s, err := r.Next()
					if err != nil {
						b.Fatal(err)
					}
					size += len(s) + 1
					if string(s.Name()) == "!done" {
						return size
					}
				}
			}
			ask("/login", "=name=admin", "=password=")
			size := ask(tc.words...)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				ask(tc.words...)
			}
		})
	}
}

// BenchmarkIdleDevice reports what a device holds that nobody has asked
// anything yet, with the users it would show.
func BenchmarkIdleDevice(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var devices []*sim.Device
	for b.Loop() {
		devices = append(devices, sim.New(sim.Options{PPPUsers: 100, HotspotUsers: 100, Churn: 1, Seed: uint64(len(devices))}))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(devices)), "held-B/device")
	for _, d := range devices {
		d.Close()
	}
}
