package relay_test

import (
	"fmt"
	"testing"

	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// BenchmarkRun is a command at the instance that has the session, and the same one across
// NATS. The simulated router answers at once; the NATS server is a process of its own.
func BenchmarkRun(b *testing.B) {
	s, r, _ := newFleet(b).pair(sim.Options{Personality: sim.CCR2004(), PPPUsers: 5000}, "", routeros.Options{})
	for _, command := range []struct {
		name  string
		words []string
		rows  int
	}{
		{"identity", []string{"/system/identity/print"}, 1},
		{"5000 rows", []string{"/ppp/active/print"}, 5000},
	} {
		for _, way := range []struct {
			name string
			relay.Router
		}{{"local", s}, {"across NATS", r}} {
			b.Run(fmt.Sprintf("%s/%s", command.name, way.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					reply, err := way.Run(b.Context(), "key", command.words)
					if err != nil || reply.Len != command.rows {
						b.Fatal(err)
					}
					reply.Release()
				}
			})
		}
	}
}

// BenchmarkAsk is a small request between two instances, for comparison.
func BenchmarkAsk(b *testing.B) {
	f := newFleet(b)
	f.serve("b", relay.ServerOptions{}, func(s *relay.Server) { s.Handle("echo", echo) })
	c, _ := f.client("a")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Ask(b.Context(), "b", "echo", []byte("x")); err != nil {
			b.Fatal(err)
		}
	}
}
