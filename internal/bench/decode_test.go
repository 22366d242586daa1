package bench_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	library "github.com/go-routeros/routeros/v3/proto"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

const decodeRows = 5000

// pppTable is a table of PPP users as it comes over the wire, in the order of
// fields in which RouterOS 7 sends them.
func pppTable(rows int) []byte {
	var b []byte
	for i := range rows {
		b = proto.AppendSentence(b, "!re", fmt.Sprintf("=.id=*8%06X", i), fmt.Sprintf("=name=user-%04d", i), "=service=pppoe",
			fmt.Sprintf("=caller-id=02:00:5E:%02X:%02X:01", i>>8, i&255), fmt.Sprintf("=address=10.64.%d.%d", i>>8, i&255),
			fmt.Sprintf("=uptime=%dh%dm%ds", i%48, i%60, i*7%60), "=encoding=", fmt.Sprintf("=session-id=0x81%06X", i),
			"=limit-bytes-in=0", "=limit-bytes-out=0", "=radius=true", ".tag=17")
	}
	return proto.AppendSentence(b, "!done", ".tag=17")
}

// BenchmarkDecode turns the same bytes in memory into rows and into JSON. What
// mikronec writes has numbers, flags and durations as such; what go-routeros
// reads is a map of strings for each row.
func BenchmarkDecode(b *testing.B) {
	table := pppTable(decodeRows)
	for _, bb := range []struct {
		name   string
		decode func() (rows int, err error)
	}{
		{"mikronec/json", decodeOurs(table)},
		{"go-routeros/maps", decodeLibrary(table, false)},
		{"go-routeros/json", decodeLibrary(table, true)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(table)))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				rows, err := bb.decode()
				if err != nil || rows != decodeRows {
					b.Fatal(rows, err)
				}
			}
			runtime.ReadMemStats(&after)
			rows := float64(b.N) * decodeRows
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/rows, "ns/row")
			b.ReportMetric(float64(after.Mallocs-before.Mallocs)/rows, "allocs/row")
		})
	}
}

func decodeOurs(table []byte) func() (int, error) {
	enc := menu.NewEncoder(menu.PPPActive, charset.Page{})
	var out []byte
	return func() (rows int, err error) {
		r := proto.NewReader(bytes.NewReader(table), proto.Limits{})
		out = out[:0]
		for {
			s, err := r.Next()
			switch {
			case err != nil:
				return rows, err
			case string(s.Name()) == "!done":
				return rows, nil
			}
			out = append(enc.AppendRow(out, s), ',')
			rows++
		}
	}
}

func decodeLibrary(table []byte, asJSON bool) func() (int, error) {
	return func() (int, error) {
		r := library.NewReader(bytes.NewReader(table))
		var rows []map[string]string
		for {
			s, err := r.ReadSentence()
			switch {
			case err != nil:
				return len(rows), err
			case s.Word != "!done":
				rows = append(rows, s.Map)
				continue
			}
			if asJSON {
				_, err = json.Marshal(rows)
			}
			return len(rows), err
		}
	}
}

// TestDecodersAgree holds the benchmark to its word: both read the same rows.
func TestDecodersAgree(t *testing.T) {
	const all = 500
	table := pppTable(all)
	ours := proto.NewReader(bytes.NewReader(table), proto.Limits{})
	theirs := library.NewReader(bytes.NewReader(table))
	for rows := 0; ; rows++ {
		a, errA := ours.Next()
		b, errB := theirs.ReadSentence()
		if errors.Is(errA, io.EOF) {
			require.ErrorIs(t, errB, io.EOF)
			require.Equal(t, all+1, rows)
			return
		}
		require.NoError(t, errors.Join(errA, errB))
		fields := make(map[string]string)
		for name, value := range a.Attributes() {
			fields[string(name)] = string(value)
		}
		if !maps.Equal(b.Map, fields) { // much faster than require, with the race detector
			require.Equal(t, b.Map, fields)
		}
	}
}
