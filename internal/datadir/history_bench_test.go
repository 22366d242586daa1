package datadir_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/datadir"
	"github.com/aprakasa/mikronec/internal/history"
)

// written is how many bytes this process has written to files, as Linux counts.
func written(b *testing.B) (n int) {
	b.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		b.Skip("NOT MEASURED: ", err)
	}
	_, err = fmt.Sscanf(string(text), "rchar: %d\nwchar: %d", new(int), &n)
	require.NoError(b, err)
	return n
}

// A day of 1,000 routers with five interfaces: bytes written, and the size of the file.
func BenchmarkHistoryADayOf1000Routers(b *testing.B) {
	dir := b.TempDir()
	h := openHistory(b, dir, datadir.MaxHistory)
	s := history.NewLasting(24*time.Hour, 64<<20, h)
	at := time.Date(2026, 3, 1, 0, 0, 30, 0, time.UTC)
	values := []history.Value{{Series: "cpu"}, {Series: "memory-free"}, {Series: "ppp"}, {Series: "hotspot"}}
	for i := range 5 {
		values = append(values, history.Value{Series: fmt.Sprintf("interface/ether%d/rx", i)}, history.Value{Series: fmt.Sprintf("interface/ether%d/tx", i)})
	}
	hour := func() {
		for range 12 { // a sample in five minutes is enough here
			for i := range values {
				values[i].Number = uint64(at.Unix()) * uint64(i+1) % 1e9
			}
			for i := range 1000 {
				s.Add([]string{fmt.Sprint("router-", i)}, history.Sample{At: at, Values: values})
			}
			at = at.Add(5 * time.Minute)
		}
		require.NoError(b, s.Flush(at, false))
	}
	before := 0
	for b.Loop() {
		if before == 0 {
			before = written(b)
		}
		for range 24 {
			hour()
		}
	}
	b.ReportMetric(float64(written(b)-before)/float64(b.N), "written-B/op")
	info, err := os.Stat(filepath.Join(dir, "history.db"))
	require.NoError(b, err)
	b.ReportMetric(float64(info.Size()), "file-B")
	start := time.Now()
	got := s.Get("router-7", history.Query{From: at.Add(-history.Days)}, at)
	b.ReportMetric(float64(time.Since(start).Microseconds())/1e3, "ms-to-read-all")
	require.Len(b, got.Series, 14)
}
