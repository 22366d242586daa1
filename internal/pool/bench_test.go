package pool_test

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/sim"
)

// BenchmarkRun compares a command over a link with the same command over a bare
// connection. The difference is the scheduler, the tags, the sharing of reads, and the
// reader that wakes the caller.
func BenchmarkRun(b *testing.B) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	device := sim.New(sim.Options{Personality: sim.HEX(), User: admin.User, Password: admin.Password.Reveal()})
	go func() { _ = device.Serve(listener) }() // ends with device.Close
	defer device.Close()
	addr := listener.Addr().String()

	b.Run("bare", func(b *testing.B) {
		conn, err := net.Dial("tcp", addr)
		require.NoError(b, err)
		defer func() { _ = conn.Close() }()
		r := proto.NewReader(conn, proto.Limits{})
		exchange(b, conn, r, "/login", "=name="+admin.User, "=password="+admin.Password.Reveal())
		for b.Loop() {
			exchange(b, conn, r, "/system/identity/print")
		}
	})
	b.Run("link", func(b *testing.B) {
		p := pool.New(func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
			return routeros.Dial(ctx, addr, key.TLS, key.Credentials(), routeros.Options{})
		}, pool.Options{})
		defer p.Close()
		lease, err := p.Acquire(b.Context(), "", admin, nil)
		require.NoError(b, err)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := run(b.Context(), lease, "/system/identity/print"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func exchange(b *testing.B, conn net.Conn, r *proto.Reader, words ...string) {
	b.Helper()
	if _, err := conn.Write(proto.AppendSentence(nil, words...)); err != nil {
		b.Fatal(err)
	}
	for {
		s, err := r.Next()
		if err != nil {
			b.Fatal(err)
		}
		if string(s.Name()) == "!done" {
			return
		}
	}
}
