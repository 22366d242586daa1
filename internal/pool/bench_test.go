package pool_test

import (
	"context"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

func BenchmarkRun(b *testing.B) {
	addr := os.Getenv("ROUTER")
	b.Run("bare", func(b *testing.B) {
		conn, err := net.Dial("tcp", addr)
		require.NoError(b, err)
		defer conn.Close()
		r := proto.NewReader(conn, proto.Limits{})
		exchange := func(words ...string) {
			_, err := conn.Write(proto.AppendSentence(nil, words...))
			require.NoError(b, err)
			for {
				s, err := r.Next()
				require.NoError(b, err)
				if string(s.Name()) == "!done" {
					return
				}
			}
		}
		exchange("/login", "=name=admin", "=password=measured")
		for b.Loop() {
			exchange("/system/identity/print")
		}
	})
	dial := func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
		return routeros.Dial(ctx, key.Addr, key.TLS, routeros.Credentials{User: key.User, Password: key.Password}, routeros.Options{})
	}
	for _, words := range [][]string{{"/system/identity/print"}, {"/system/identity/get"}} {
		b.Run("pool"+words[0], func(b *testing.B) {
			p := pool.New(dial, pool.Options{})
			defer p.Close()
			lease, err := p.Acquire(b.Context(), pool.Key{Addr: addr, User: "admin", Password: "measured"}, nil)
			require.NoError(b, err)
			b.ReportAllocs()
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			for b.Loop() {
				_, _ = lease.Run(ctx, words...)
			}
		})
	}
}
