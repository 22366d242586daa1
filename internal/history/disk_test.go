package history_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/history"
)

// disk is a history.Disk in memory, which fails on request.
type disk struct {
	hours map[int64]map[string][]byte
	err   error
	saves int
}

func newDisk() *disk { return &disk{hours: make(map[int64]map[string][]byte)} }

func (d *disk) Save(hour int64, blocks []history.Block) error {
	if d.err != nil {
		return d.err
	}
	d.saves++
	if d.hours[hour] == nil {
		d.hours[hour] = make(map[string][]byte)
	}
	for _, b := range blocks {
		d.hours[hour][b.Router] = b.Data
	}
	return nil
}

func (d *disk) Load(router string, from, to int64, take func(int64, []byte)) error {
	for _, hour := range slices.Sorted(maps.Keys(d.hours)) {
		if data := d.hours[hour][router]; data != nil && hour >= from && hour <= to {
			take(hour, data)
		}
	}
	return nil
}

func (d *disk) Prune(before int64) error {
	maps.DeleteFunc(d.hours, func(hour int64, _ map[string][]byte) bool { return hour < before })
	return nil
}

const lastingMemory = 1 << 20

func lasting(d *disk) *history.Store { return history.NewLasting(24*time.Hour, lastingMemory, d) }

// hourly is minutes, with what the program does once an hour.
func hourly(t *testing.T, s *history.Store, id string, from, to int, value func(minute int) []history.Value) {
	t.Helper()
	for ; from < to; from += 60 {
		minutes(s, id, from, min(from+60, to), value)
		require.NoError(t, s.Flush(start.Add(time.Duration(from+60)*time.Minute), false))
	}
}

func traffic(m int) []history.Value {
	return append(cpu(m), history.Value{Series: "interface/ether1/rx", Number: uint64(m) * 1e6}, history.Value{Series: "interface/ether1/tx", Number: uint64(m) * 1e3})
}

const day = 24 * 60

func TestTheHistoryLasts(t *testing.T) {
	d := newDisk()
	first := lasting(d)
	hourly(t, first, "r", 0, 3*day, traffic)
	hourly(t, first, "other", 0, 60, cpu)
	minutes(first, "r", 3*day, 3*day+17, traffic)
	stopped := start.Add((3*day + 17) * time.Minute)
	require.NoError(t, first.Flush(stopped, true))

	s := lasting(d)
	now := stopped.Add(10 * time.Minute) // it was away
	before := s.Get("r", history.Query{From: now.Add(-time.Hour), Series: []string{"cpu"}}, now)
	assert.Equal(t, 5*time.Minute, before.Step, "of the disk: nothing was measured since the start")
	minutes(s, "r", 3*day+27, 3*day+30, traffic)
	now = start.Add((3*day + 29) * time.Minute)

	t.Run("memory is filled", func(t *testing.T) {
		got := s.Get("r", history.Query{From: now.Add(-90 * time.Minute)}, now)
		assert.Equal(t, time.Minute, got.Step)
		list := got.Series["interface/ether1/rx"]
		require.Len(t, list, 91)
		for i, v := range list {
			m := 3*day + 29 - 90 + i
			if m >= 3*day+20 && m < 3*day+27 {
				assert.Nil(t, v, "it was not running")
				continue
			}
			require.NotNil(t, v, m)
			assert.InDelta(t, float64(m)*1e6, float64(*v), 5e6)
		}
	})
	t.Run("what is older has steps of five minutes", func(t *testing.T) {
		got := s.Get("r", history.Query{From: start, Series: []string{"interface/*", "cpu"}}, now)
		assert.Equal(t, 5*time.Minute, got.Step)
		assert.Len(t, got.Series, 3)
		for i, v := range got.Series["interface/ether1/rx"][:3*day/5] {
			require.NotNil(t, v, i)
			assert.InDelta(t, float64(i*5+2)*1e6, float64(*v), 3e6)
		}
		hours := s.Get("r", history.Query{From: start, Step: time.Hour}, now)
		assert.Equal(t, time.Hour, hours.Step)
		assert.InDelta(t, 29.5e6, float64(*hours.Series["interface/ether1/rx"][0]), 1e6)
	})
	t.Run("the time of the store is the default", func(t *testing.T) {
		got := s.Get("r", history.Query{Series: []string{"cpu"}}, now)
		assert.Len(t, got.Series["cpu"], day+1)
		assert.Less(t, measured(got.Series["cpu"]), day, "with the gap")
	})
	t.Run("30 days", func(t *testing.T) {
		got := s.Get("r", history.Query{From: time.Unix(0, 0)}, now)
		assert.Equal(t, 30*time.Minute, got.Step, "no more than 1,440")
		assert.WithinDuration(t, now.Add(-history.Days), got.From, got.Step)
	})
	t.Run("a router that is down", func(t *testing.T) {
		got := s.Get("other", history.Query{From: start}, now)
		assert.Equal(t, 12, measured(got.Series["cpu"]))
		assert.Empty(t, s.Get("unknown", history.Query{From: start}, now).Series)
	})
	t.Run("the hour of the restart is whole", func(t *testing.T) {
		minutes(s, "r", 3*day+30, 3*day+61, traffic)
		require.NoError(t, s.Flush(start.Add((3*day+61)*time.Minute), false))
		third := lasting(d)
		got := third.Get("r", history.Query{From: start.Add(3 * day * time.Minute)}, start.Add((3*day+59)*time.Minute))
		assert.Equal(t, 12-1, measured(got.Series["cpu"]), "five minutes of ten are a gap")
	})
}

func measured(list []*uint64) (n int) {
	for _, v := range list {
		if v != nil {
			n++
		}
	}
	return n
}

// An hour is written once, and what could not be written later.
func TestHoursAreWrittenOnce(t *testing.T) {
	d := newDisk()
	s := lasting(d)
	hourly(t, s, "r", 0, 5*60, cpu)
	assert.Equal(t, 5, d.saves)
	d.err = errors.New("no space left on device")
	minutes(s, "r", 5*60, 8*60+5, cpu)
	now := start.Add((8*60 + 5) * time.Minute)
	require.ErrorIs(t, s.Flush(now, false), d.err)
	assert.Len(t, d.hours, 5)
	d.err = nil
	require.NoError(t, s.Flush(now, false))
	assert.Len(t, d.hours, 8)
	assert.Equal(t, 8, d.saves)
	require.NoError(t, s.Flush(now.Add(history.Days-3*time.Hour), false))
	assert.Len(t, d.hours, 3, "what is older than 30 days is dropped")
}

// A router of many interfaces has longer steps, also on the disk.
func TestLongerStepsOnTheDisk(t *testing.T) {
	d := newDisk()
	s := lasting(d)
	many := func(m int) (values []history.Value) {
		for i := range 200 {
			values = append(values, history.Value{Series: fmt.Sprintf("interface/vlan%d/rx", i), Number: uint64(m)})
		}
		return values
	}
	hourly(t, s, "r", 0, day, many)
	assert.LessOrEqual(t, s.Size(), history.MaxRouter)
	now := start.Add((day - 1) * time.Minute)
	got := lasting(d).Get("r", history.Query{From: start, Series: []string{"interface/vlan7/rx"}}, now).Series["interface/vlan7/rx"]
	require.Len(t, got, day/5)
	for i, v := range got {
		require.NotNil(t, v, i)
		assert.InDelta(t, i*5, *v, 10)
	}
}

// All of it stays within its bound while thousands of routers are measured and restored.
func TestMemoryStaysBounded(t *testing.T) {
	const limit = 1 << 20
	d := newDisk()
	first := history.NewLasting(24*time.Hour, limit, d)
	for hour := range 3 {
		for i := range 2000 {
			minutes(first, fmt.Sprint("r", i), hour*60, hour*60+2, traffic)
		}
		require.NoError(t, first.Flush(start.Add(time.Duration(hour+1)*time.Hour), false))
		assert.LessOrEqual(t, first.Size(), limit)
	}
	s := history.NewLasting(24*time.Hour, limit, d)
	for i := range 2000 {
		minutes(s, fmt.Sprint("r", i), 3*60, 3*60+1, traffic)
		require.LessOrEqual(t, s.Size(), limit, i)
	}
	got := s.Get("r1999", history.Query{From: start, Series: []string{"cpu"}, Step: time.Hour}, start.Add(3*time.Hour))
	assert.Equal(t, 4, measured(got.Series["cpu"]), "and has all that was measured")
}
