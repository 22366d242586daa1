package fleet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clocks are set by hand.
type clocks struct{ mono, wall time.Duration }

func (c *clocks) now() (mono, wall time.Duration) { return c.mono, c.wall }

func (c *clocks) pass(d time.Duration) { c.mono, c.wall = c.mono+d, c.wall+d }

func TestPermit(t *testing.T) {
	for name, tt := range map[string]struct {
		do            func(*clocks, *lease)
		permit, takes bool
	}{
		"renewed":                  {func(*clocks, *lease) {}, true, true},
		"no new things after 12 s": {func(c *clocks, _ *lease) { c.pass(12 * time.Second) }, true, false},
		"in doubt after 15 s":      {func(c *clocks, _ *lease) { c.pass(15 * time.Second) }, false, false},
		"renewed later": {func(c *clocks, l *lease) {
			c.pass(14 * time.Second)
			l.renewed(c.mono, Standard)
			c.pass(14 * time.Second)
		}, true, false},
		"asked in vain":              {func(c *clocks, l *lease) { c.pass(15 * time.Second); l.unreachable(Standard) }, true, false},
		"asked in vain long ago":     {func(c *clocks, l *lease) { c.pass(14 * time.Second); l.unreachable(Standard); c.pass(30 * time.Second) }, false, false},
		"slept":                      {func(c *clocks, _ *lease) { c.wall += time.Hour }, false, false},
		"slept and renewed":          {func(c *clocks, l *lease) { c.wall += time.Hour; l.renewed(c.mono, Standard) }, true, true},
		"slept and asked in vain":    {func(c *clocks, l *lease) { c.wall += time.Hour; l.unreachable(Standard) }, true, true},
		"the clock is set a little":  {func(c *clocks, _ *lease) { c.wall += 4 * time.Second }, true, true},
		"the clock is set back":      {func(c *clocks, _ *lease) { c.wall -= time.Hour }, true, true},
		"replaced":                   {func(_ *clocks, l *lease) { err := ErrReplaced; l.over.Store(&err) }, false, true},
		"the renewal took long":      {func(c *clocks, l *lease) { l.renewed(c.mono-14*time.Second, Standard) }, true, false},
		"the renewal took very long": {func(c *clocks, l *lease) { l.renewed(c.mono-15*time.Second, Standard) }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := &clocks{mono: time.Minute, wall: 1e18}
			l := newLease(c.now)
			require.ErrorIs(t, l.permit(), ErrLapsed, "before the first renewal")
			<-l.asked
			l.renewed(c.mono, Standard)
			tt.do(c, &l)
			err := l.permit()
			assert.Equal(t, tt.permit, err == nil, "%v", err)
			assert.Equal(t, tt.takes, l.mayTake())
			asked := len(l.asked) == 1
			assert.Equal(t, err == ErrLapsed, asked, "a refusal has NATS asked")
		})
	}
}

func TestShardOf(t *testing.T) {
	// Instances of different versions have to agree on these.
	for _, tt := range []struct {
		addr, user string
		want       int
	}{
		{"192.168.88.1:8728", "api", 109}, {"192.168.88.1:8728", "admin", 267}, {"10.0.0.1:8729", "api", 469},
	} {
		assert.Equal(t, tt.want, ShardOf(tt.addr, tt.user), tt.addr)
	}
	count := make(map[int]int)
	for i := range 20000 {
		count[ShardOf("10.0.0.1:8728", string(rune('a'+i%26))+time.Duration(i).String())]++
	}
	for shard, n := range count {
		assert.Less(t, n, 80, "shard %d", shard)
	}
	assert.Len(t, count, Shards)
}

// Who joins or leaves changes the shards that it gets or has, and no other.
func TestTheOrderOfInstances(t *testing.T) {
	three, four := []string{"a", "b", "c"}, []string{"a", "b", "c", "d"}
	count := make(map[string]int)
	for i := range Shards {
		before, after := order(i, three), order(i, four)
		count[after[0]]++
		if after[0] != "d" {
			assert.Equal(t, before[0], after[0])
		} else {
			assert.Equal(t, before[0], after[1], "the next when it leaves again")
		}
	}
	for name, n := range count {
		assert.InDelta(t, Shards/4, n, 40, name)
	}
}

func BenchmarkPermit(b *testing.B) {
	l := newLease(systemClock())
	l.renewed(l.now(), Standard)
	for b.Loop() {
		if err := l.permit(); err != nil {
			b.Fatal(err)
		}
	}
}
