package history_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/history"
)

var start = time.Date(2026, 3, 1, 0, 0, 30, 0, time.UTC)

// minutes adds a sample each minute.
func minutes(s *history.Store, id string, from, to int, value func(minute int) []history.Value) {
	for m := from; m < to; m++ {
		s.Add([]string{id}, history.Sample{At: start.Add(time.Duration(m) * time.Minute), Values: value(m)})
	}
}

func cpu(m int) []history.Value { return []history.Value{{Series: "cpu", Number: uint64(m)}} }

func numbers(list []*uint64) (out []any) {
	for _, v := range list {
		if v == nil {
			out = append(out, nil)
		} else {
			out = append(out, *v)
		}
	}
	return out
}

func TestGapsAreGaps(t *testing.T) {
	s := history.New(24*time.Hour, 1<<20)
	minutes(s, "r", 0, 3, cpu)
	minutes(s, "r", 5, 7, cpu)
	now := start.Add(7 * time.Minute)
	got := s.Get("r", history.Query{From: start}, now)
	assert.Equal(t, time.Minute, got.Step)
	assert.True(t, start.Truncate(time.Minute).Equal(got.From))
	assert.Equal(t, []any{uint64(0), uint64(1), uint64(2), nil, nil, uint64(5), uint64(6), nil}, numbers(got.Series["cpu"]))
	got = s.Get("r", history.Query{From: start, Step: 2 * time.Minute}, now)
	assert.Equal(t, []any{uint64(0), uint64(2), uint64(5), uint64(6)}, numbers(got.Series["cpu"]), "means of what there is")
	assert.Empty(t, s.Get("other", history.Query{From: start}, now).Series)
	assert.Empty(t, s.Get("r", history.Query{From: start, Series: []string{"ppp"}}, now).Series)
}

func TestADayIsKept(t *testing.T) {
	s := history.New(24*time.Hour, 1<<20)
	minutes(s, "r", 0, 3000, func(m int) []history.Value {
		return []history.Value{{Series: "cpu", Number: uint64(m % 100)}, {Series: "interface/ether1/rx", Number: uint64(m) * 1e9}}
	})
	now := start.Add(2999 * time.Minute)
	got := s.Get("r", history.Query{From: start, Series: []string{"interface/*"}}, now)
	require.Len(t, got.Series, 1)
	rx := got.Series["interface/ether1/rx"]
	assert.Len(t, rx, 1441)
	assert.InDelta(t, 2999e9, float64(*rx[1440]), 2999e9*0.0005)
	assert.InDelta(t, 1559e9, float64(*rx[0]), 1559e9*0.0005)
	assert.Len(t, s.Get("r", history.Query{From: now.Add(-time.Hour)}, now).Series["cpu"], 61)
}

// What does not fit gets coarser, and nothing of the time is lost.
func TestStepsGetLonger(t *testing.T) {
	s := history.New(24*time.Hour, 20_000)
	for i := range 10 {
		minutes(s, fmt.Sprint("r", i), 0, 1440, cpu)
	}
	assert.LessOrEqual(t, s.Size(), 20_000)
	minutes(s, "many", 0, 1440, func(int) (values []history.Value) {
		for i := range 20 {
			values = append(values, history.Value{Series: fmt.Sprint("interface/ether", i, "/rx"), Number: uint64(i)})
		}
		return values
	})
	minutes(s, "r0", 1440, 1500, cpu)
	assert.LessOrEqual(t, s.Size(), 20_000)
	now := start.Add(1439 * time.Minute)
	got := s.Get("many", history.Query{From: start}, now)
	assert.Greater(t, got.Step, time.Minute)
	assert.Equal(t, uint64(7), *got.Series["interface/ether7/rx"][0])
	r9 := s.Get("r9", history.Query{From: start, Step: time.Hour}, now).Series["cpu"]
	for hour, value := range r9 {
		require.NotNil(t, value, hour)
		assert.InDelta(t, float64(hour*60)+29.5, float64(*value), 31)
	}
	assert.Greater(t, s.Get("r0", history.Query{From: start}, now).Step, time.Minute, "there are many routers")
}

func TestRoutersThatAreGoneAreDropped(t *testing.T) {
	s := history.New(24*time.Hour, 1<<20)
	minutes(s, "gone", 0, 10, cpu)
	size := s.Size()
	minutes(s, "here", 0, 1600, cpu)
	assert.Equal(t, size, s.Size())
	assert.Empty(t, s.Get("gone", history.Query{From: start}, start.Add(1600*time.Minute)).Series)
}

// A thousand routers of five interfaces and a day: bytes of values for each of them.
func BenchmarkRouters1000(b *testing.B) {
	var names []string
	for i := range 5 {
		names = append(names, fmt.Sprintf("interface/ether%d/rx", i), fmt.Sprintf("interface/ether%d/tx", i))
	}
	names = append(names, "cpu", "memory-free", "ppp", "hotspot")
	s := history.New(24*time.Hour, 64<<20)
	values := make([]history.Value, len(names))
	for i := range names {
		values[i] = history.Value{Series: names[i], Number: uint64(i) * 12345}
	}
	m := 0
	b.ReportAllocs()
	for b.Loop() { // one minute of all
		for i := range 1000 {
			s.Add([]string{fmt.Sprint("router-", i)}, history.Sample{At: start.Add(time.Duration(m) * time.Minute), Values: values})
		}
		m++
	}
	b.ReportMetric(float64(s.Size())/1000, "B/router")
}
