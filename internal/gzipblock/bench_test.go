package gzipblock_test

import (
	"compress/flate"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/gzipblock"
)

// report adds what a block costs: plain bytes, compressed ones in % of those,
// and time for a million of them.
func report(b *testing.B, plain, data int) {
	b.ReportAllocs()
	b.ReportMetric(float64(plain), "plain-B")
	b.ReportMetric(100*float64(data)/float64(plain), "%plain")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(plain)*1e6, "µs/MB")
}

// BenchmarkEvents makes the blocks of successive snapshots of a PPP table. The
// sizes are those that decided on the two forms: one row, far within the window,
// at its edge from both sides, and beyond.
func BenchmarkEvents(b *testing.B) {
	for _, rows := range []int{3, 50, 120, 130, 500, 5000} {
		events := newTable(rows).events(2)
		prev, plain := events[0], events[1]
		b.Run(fmt.Sprintf("rows=%d/form=independent", rows), func(b *testing.B) {
			var data int
			for b.Loop() {
				data = len(gzipblock.Independent(plain).Data)
			}
			report(b, len(plain), data)
		})
		b.Run(fmt.Sprintf("rows=%d/form=referring", rows), func(b *testing.B) {
			var data int
			for b.Loop() {
				data = len(gzipblock.Referring(prev, plain).Data)
			}
			report(b, len(plain), data)
		})
	}
}

// counter is where the bytes of the comparison go.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// BenchmarkStandardLibrary does the same with compress/flate at the levels used
// here, to see whether the dependency is still worth it. It cannot give a writer
// another dictionary, so a referring block needs a new writer.
func BenchmarkStandardLibrary(b *testing.B) {
	for _, rows := range []int{3, 50, 120, 500, 5000} {
		events := newTable(rows).events(2)
		prev, plain := events[0], events[1]
		b.Run(fmt.Sprintf("rows=%d/form=independent", rows), func(b *testing.B) {
			w, err := flate.NewWriter(io.Discard, 7)
			require.NoError(b, err)
			var data counter
			for b.Loop() {
				data = 0
				w.Reset(&data)
				_, err = w.Write(plain)
				require.NoError(b, err)
				require.NoError(b, w.Flush())
			}
			report(b, len(plain), int(data))
		})
		if !gzipblock.InReach(prev, plain) {
			continue
		}
		b.Run(fmt.Sprintf("rows=%d/form=referring", rows), func(b *testing.B) {
			var data counter
			for b.Loop() {
				data = 0
				w, err := flate.NewWriterDict(&data, 6, prev)
				require.NoError(b, err)
				_, err = w.Write(plain)
				require.NoError(b, err)
				require.NoError(b, w.Flush())
			}
			report(b, len(plain), int(data))
		})
	}
}

// BenchmarkAdd is the time per event and viewer.
func BenchmarkAdd(b *testing.B) {
	block := gzipblock.Independent(newTable(50).next())
	var m gzipblock.Member
	b.ReportAllocs()
	for b.Loop() {
		m.Add(block)
	}
}

// BenchmarkHint makes the block of what only one viewer gets, in both ways.
func BenchmarkHint(b *testing.B) {
	hint := []byte("retry: 2345\n\n")
	for name, form := range map[string]func([]byte) gzipblock.Block{"stored": gzipblock.Stored, "independent": gzipblock.Independent} {
		b.Run("form="+name, func(b *testing.B) {
			var data int
			for b.Loop() {
				data = len(form(hint).Data)
			}
			report(b, len(hint), data)
		})
	}
}
