package search_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/search"
)

// put puts a table of entries with these names.
func put(x *search.Index, kind search.Kind, names ...string) {
	x.Put(kind, time.Now(), func(add func(search.Entry)) {
		for i, name := range names {
			add(search.Entry{ID: fmt.Sprint("*", i), Name: name, MAC: fmt.Sprintf("02:00:5E:00:53:%02X", i)})
		}
	})
}

func names(list []search.Found) (names []string) {
	for _, f := range list {
		names = append(names, f.Kind.String()+" "+f.ID+" "+f.Name)
	}
	return names
}

func TestIndex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := search.NewBudget(search.MaxAll)
		x := search.NewIndex(budget)
		assert.False(t, x.Read())
		put(x, search.PPP, "budi", "andi")
		put(x, search.Hotspot, "Budi 2", "nul\x00 budi", "")
		put(x, search.PPP, "budi", "siti")
		assert.True(t, x.Read())
		assert.Equal(t, []string{"ppp *0 budi", "hotspot *0 Budi 2", "hotspot *1 nul  budi"}, names(x.Find(search.Parse("BUDI"), 10)))
		assert.Len(t, x.Find(search.Parse("budi"), 2), 2)
		assert.Equal(t, []string{"ppp *1 siti", "hotspot *1 nul  budi"}, names(x.Find(search.Parse("5301"), 10)), "by MAC address")
		first := time.Now()
		time.Sleep(time.Hour)
		assert.True(t, first.Equal(x.Find(search.Parse("siti"), 1)[0].At), "as old as it is")
		x.Confirm(search.PPP, time.Now())
		assert.True(t, time.Now().Equal(x.Find(search.Parse("siti"), 1)[0].At))
		x.Close()
		assert.Empty(t, x.Find(search.Parse("budi"), 10))
		assert.Zero(t, budget.Used())
	})
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		long := strings.Repeat("x", 1000)
		budget := search.NewBudget(10_000)
		var routers []*search.Index
		for i := range 20 {
			x := search.NewIndex(budget)
			put(x, search.PPP, fmt.Sprint("user-", i, "-", long))
			routers = append(routers, x)
			time.Sleep(time.Second)
			routers[0].Confirm(search.PPP, time.Now())
			assert.LessOrEqual(t, budget.Used(), 10_000)
		}
		assert.NotEmpty(t, routers[0].Find(search.Parse("user-0-"), 1), "the newest are kept")
		assert.Empty(t, routers[1].Find(search.Parse("user-1-"), 1), "and not the oldest")
		assert.NotEmpty(t, routers[19].Find(search.Parse("user-19-"), 1))
		assert.True(t, routers[1].Read(), "it was read once")

		time.Sleep(search.MaxAge + time.Second)
		assert.Empty(t, routers[19].Find(search.Parse("user-19-"), 1), "too old")
		put(routers[1], search.DHCP, "new")
		assert.Less(t, budget.Used(), 1000, "the old ones are dropped")

		one := search.NewIndex(search.NewBudget(search.MaxAll))
		one.Put(search.PPP, time.Now(), func(add func(search.Entry)) {
			for range 2 * search.MaxTable / 1000 {
				add(search.Entry{Name: long})
			}
		})
		assert.InDelta(t, search.MaxTable/1006, len(one.Find(search.Parse("x"), 1e6)), 1, "rows beyond the limit are left out")
	})
}

func BenchmarkFind(b *testing.B) {
	x := search.NewIndex(search.NewBudget(search.MaxAll))
	x.Put(search.PPP, time.Now(), func(add func(search.Entry)) {
		for i := range 5000 {
			add(search.Entry{ID: fmt.Sprintf("*%X", 0x800000+i), Name: fmt.Sprintf("user-%04d", i), Address: fmt.Sprintf("10.0.%d.%d", i/250, i%250), MAC: fmt.Sprintf("02:00:5E:10:%02X:%02X", i/256, i%256)})
		}
	})
	for _, text := range []string{"nobody", "ffff"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.Find(search.Parse(text), 50)
			}
		})
	}
}
