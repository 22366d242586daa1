package routeros_test

import (
	"encoding/json"
	"fmt"
	"net"
	"runtime"
	"testing"

	gorouteros "github.com/go-routeros/routeros/v3"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// go-routeros is the client that most Go programs use. The benchmarks compare with it,
// over the same sockets and with the same bytes.

const tableRows = 5000

// table is a /ppp/active of 5,000 users as an answer to one command, ready to
// be sent. The sender shares the machine with the client, so it does no more
// than to put the tag in.
type table struct {
	wire []byte
	tags []int // where in wire the tag's digits are
	size int   // how many digits
}

// encode makes the answer for a tag of as many digits.
func (t *table) encode(tag string) {
	t.wire, t.tags, t.size = t.wire[:0], t.tags[:0], len(tag)
	for i := range tableRows {
		t.append(tag, "!re", fmt.Sprintf("=.id=*%X", 0x80000000+i), fmt.Sprintf("=name=0811%06d", i), "=service=pppoe",
			fmt.Sprintf("=caller-id=02:00:5E:10:%02X:%02X", i>>8, i&0xFF), fmt.Sprintf("=address=10.64.%d.%d", i>>8, i&0xFF),
			fmt.Sprintf("=uptime=1w%dd%dh%dm%ds", i%7, i%24, i%60, i*7%60), "=encoding=", fmt.Sprintf("=session-id=0x8120%04x", i),
			"=limit-bytes-in=0", "=limit-bytes-out=0", "=radius=true")
	}
	t.append(tag, "!done")
}

func (t *table) append(tag string, words ...string) {
	for _, w := range words {
		t.wire = proto.AppendWord(t.wire, w)
	}
	t.wire = proto.AppendWord(t.wire, ".tag="+tag)
	t.tags = append(t.tags, len(t.wire)-len(tag))
	t.wire = append(t.wire, 0)
}

// to returns the answer with the tag put in.
func (t *table) to(tag []byte) []byte {
	if len(tag) != t.size {
		t.encode(string(tag))
	}
	for _, at := range t.tags {
		copy(t.wire[at:], tag)
	}
	return t.wire
}

// serveTable answers a login with !done and anything else with the table, also
// where the command has no tag: a client that sends none passes over it.
func serveTable(conn net.Conn) {
	r := proto.NewReader(conn, proto.Limits{})
	var t table
	for {
		s, err := r.Next()
		if err != nil {
			return
		}
		answer := wire("!done")
		if string(s.Name()) != "/login" {
			tag := s.Tag()
			if tag == nil {
				tag = []byte("100")
			}
			answer = t.to(tag)
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// BenchmarkTable5000 reads a large table: by us into typed JSON, as the poller
// does it, by go-routeros into its rows of maps and slices.
func BenchmarkTable5000(b *testing.B) {
	b.Run("mikronec", func(b *testing.B) {
		s := dialTCP(b, serve(b, serveTable), routeros.Options{})
		encoder := menu.NewEncoder(menu.PPPActive, charset.Page{})
		command := routeros.Command{Words: []string{"/ppp/active/print"}}
		var body []byte
		perRow(b, tableRows, func() int {
			calls, err := s.StartAll(b.Context(), command)
			if err != nil {
				b.Fatal(err)
			}
			reply, err := calls[0].Wait()
			if err != nil {
				b.Fatal(err)
			}
			body = encoder.AppendRows(body[:0], reply.Rows)
			command.Buf = reply.Rows
			return reply.Len
		})
		var users []map[string]any
		require.NoError(b, json.Unmarshal(body, &users))
		require.Len(b, users, tableRows)
		require.Equal(b, "0811004999", users[tableRows-1]["name"])
		require.Equal(b, true, users[tableRows-1]["radius"])
	})
	b.Run("go-routeros", func(b *testing.B) {
		c := dialGoRouterOS(b, serve(b, serveTable))
		words := []string{"/ppp/active/print"}
		perRow(b, tableRows, func() int {
			reply, err := c.RunArgs(words)
			if err != nil {
				b.Fatal(err)
			}
			return len(reply.Re)
		})
	})
}

// BenchmarkRoundTrip asks for one row that is there at once.
func BenchmarkRoundTrip(b *testing.B) {
	b.Run("mikronec", func(b *testing.B) {
		s := dialTCP(b, serve(b, echo), routeros.Options{})
		b.ReportAllocs()
		for b.Loop() {
			reply, err := s.Run(b.Context(), "/system/identity/print", "=name=core")
			if err != nil || reply.Len != 1 {
				b.Fatal(err)
			}
		}
	})
	b.Run("go-routeros", func(b *testing.B) {
		c := dialGoRouterOS(b, serve(b, echo))
		b.ReportAllocs()
		for b.Loop() {
			reply, err := c.Run("/system/identity/print", "=name=core")
			if err != nil || len(reply.Re) != 1 {
				b.Fatal(err)
			}
		}
	})
}

func dialGoRouterOS(b *testing.B, addr string) *gorouteros.Client {
	b.Helper()
	c, err := gorouteros.Dial(addr, api.User, api.Password)
	require.NoError(b, err)
	b.Cleanup(func() { _ = c.Close() })
	return c
}

// perRow measures f, which reads a table and returns its number of rows, and
// reports time and allocations by row. The sender's, a handful by table, are
// counted in.
func perRow(b *testing.B, rows int, f func() int) {
	b.Helper()
	for range 10 { // buffers have their size, the connection its pace
		require.Equal(b, rows, f())
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		if got := f(); got != rows {
			b.Fatalf("%d rows", got)
		}
	}
	runtime.ReadMemStats(&after)
	all := float64(rows) * float64(b.N)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/all, "ns/row")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/all, "allocs/row")
}
