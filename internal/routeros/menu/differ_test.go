package menu_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

func TestDiffer(t *testing.T) {
	ppp := func(id, name string, more ...string) []string {
		return append([]string{"!re", "=.id=*" + id, "=name=" + name}, more...)
	}
	for name, tc := range map[string]struct {
		before, after [][]string
		volatile      bool
		want          string
	}{
		"nothing":              {before: [][]string{ppp("1", "a")}, after: [][]string{ppp("1", "a")}},
		"added":                {after: [][]string{ppp("1", "a")}, want: `"added":[{".id":"*1","name":"a"}],`},
		"changed":              {before: [][]string{ppp("1", "a")}, after: [][]string{ppp("1", "b")}, want: `"changed":[{".id":"*1","name":"b"}],`},
		"removed, by text":     {before: [][]string{ppp("3", "c"), ppp("B", "b"), ppp("10", "a")}, want: `"removed":["*10","*3","*B"],`},
		"other places":         {before: [][]string{ppp("1", "a"), ppp("2", "b"), ppp("3", "c")}, after: [][]string{ppp("3", "c"), ppp("1", "a"), ppp("2", "b")}},
		"other order of words": {before: [][]string{ppp("1", "a", "=service=pppoe")}, after: [][]string{{"!re", "=service=pppoe", "=name=a", "=.id=*1"}}},
		"volatile, not asked":  {before: [][]string{ppp("1", "a", "=uptime=1s")}, after: [][]string{ppp("1", "a", "=uptime=3s")}},
		"volatile, asked":      {before: [][]string{ppp("1", "a", "=uptime=1s")}, after: [][]string{ppp("1", "a", "=uptime=3s")}, volatile: true, want: `"changed":[{".id":"*1","name":"a","uptime":"3s","uptime-seconds":3}],`},
		"without .id":          {before: [][]string{{"!re", "=name=a"}, {"!re", "=name=b"}}, after: [][]string{{"!re", "=name=c"}}, want: `"changed":[{"name":"c"}],"removed":["1"],`},
	} {
		t.Run(name, func(t *testing.T) {
			d := menu.NewDiffer(menu.PPPActive, charset.Page{}, tc.volatile)
			d.AppendChanges(nil, rows(tc.before...))
			assert.Equal(t, tc.want, string(d.AppendChanges(nil, rows(tc.after...))))
			assert.Equal(t, rows(tc.after...), d.Rows())
		})
	}
}

// Volatile values are no change while they go on. One that goes back is the sign of
// another session under the same .id, of a reboot or of a counter that was reset.
func TestWhatGoesBackIsAChange(t *testing.T) {
	for name, tc := range map[string]struct {
		menu          *menu.Menu
		before, after []string
		changed       bool
	}{
		"a hotspot user goes on":                 {menu.HotspotActive, []string{"=uptime=5h2m", "=bytes-in=9", "=idle-time=3s"}, []string{"=uptime=5h2m2s", "=bytes-in=10", "=idle-time=0s"}, false},
		"a hotspot user logs in again":           {menu.HotspotActive, []string{"=uptime=5h2m", "=bytes-in=99"}, []string{"=uptime=1s", "=bytes-in=10"}, true},
		"only the bytes tell":                    {menu.HotspotActive, []string{"=uptime=1s", "=bytes-out=18446744073709551615"}, []string{"=uptime=1s", "=bytes-out=9"}, true},
		"more digits are more":                   {menu.HotspotActive, []string{"=packets-in=9"}, []string{"=packets-in=10"}, false},
		"time was added":                         {menu.HotspotActive, []string{"=session-time-left=1m"}, []string{"=session-time-left=1h"}, true},
		"time goes by":                           {menu.HotspotActive, []string{"=session-time-left=1h"}, []string{"=session-time-left=59m58s"}, false},
		"a PPP user logs in again":               {menu.PPPActive, []string{"=uptime=1d1h"}, []string{"=uptime=10s"}, true},
		"the forms of old versions":              {menu.PPPActive, []string{"=uptime=1d00:00:10"}, []string{"=uptime=00:00:01"}, true},
		"a router reboots":                       {menu.Resource, []string{"=uptime=1d1h", "=cpu-load=3"}, []string{"=uptime=1s", "=cpu-load=90"}, true},
		"a router is less busy":                  {menu.Resource, []string{"=uptime=1s", "=cpu-load=90", "=free-memory=9"}, []string{"=uptime=1s", "=cpu-load=3", "=free-memory=8"}, false},
		"counters are reset":                     {menu.Interface, []string{"=rx-byte=1000", "=fp-tx-packet=4"}, []string{"=rx-byte=1001", "=fp-tx-packet=3"}, true},
		"a slower interface":                     {menu.Interface, []string{"=rx-bits-per-second=1000"}, []string{"=rx-bits-per-second=10"}, false},
		"a queue is reset in one direction":      {menu.QueueSimple, []string{"=bytes=10/900"}, []string{"=bytes=11/0"}, true},
		"a queue goes on":                        {menu.QueueSimple, []string{"=bytes=10/900", "=rate=5/5", "=queued-bytes=9/9"}, []string{"=bytes=11/900", "=rate=0/0", "=queued-bytes=0/0"}, false},
		"a lease is renewed":                     {menu.DHCPLease, []string{"=expires-after=1m", "=last-seen=9m"}, []string{"=expires-after=10m", "=last-seen=1s"}, false},
		"another order of words":                 {menu.HotspotActive, []string{"=uptime=5m", "=bytes-in=1"}, []string{"=bytes-in=2", "=uptime=1m"}, true},
		"another order of words, and it goes on": {menu.HotspotActive, []string{"=uptime=5m", "=bytes-in=1"}, []string{"=bytes-in=2", "=uptime=6m"}, false},
		"a field that comes":                     {menu.HotspotActive, []string{"=uptime=5m"}, []string{"=bytes-in=2", "=uptime=6m"}, false},
		"values of no known form":                {menu.HotspotActive, []string{"=uptime=never", "=bytes-in=9x"}, []string{"=uptime=1s", "=bytes-in=1x"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			other := []string{"!re", "=.id=*0"}
			d := menu.NewDiffer(tc.menu, charset.Page{}, false)
			d.AppendChanges(nil, rows(other, append([]string{"!re", ".tag=1", "=.id=*1"}, tc.before...)))
			now := rows(append([]string{"!re", ".tag=22", "=.id=*1"}, tc.after...), other)
			got := string(d.AppendChanges(nil, now))
			assert.Equal(t, tc.changed, got != "", got)
			assert.Empty(t, string(d.AppendChanges(nil, now)), "once")
		})
	}
}

// A table that is shuffled, grows and shrinks is found again whole.
func TestPlaces(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var ids []uint64
	for n := range 200 {
		var p menu.Places
		p.Reset(ids)
		at := make(map[uint64]int)
		for i, id := range ids {
			at[id] = i
		}
		var next []uint64
		for _, i := range random.Perm(len(ids)) {
			if random.IntN(10) > 0 {
				next = append(next, ids[i])
			}
		}
		if n%3 == 0 {
			next = append([]uint64(nil), ids...)
		}
		next = append(next, random.Uint64(), random.Uint64())
		for _, id := range next {
			want, ok := at[id]
			if !ok {
				want = -1
			}
			assert.Equal(t, want, p.Find(id))
		}
		ids = next
	}
}

func BenchmarkDiffer(b *testing.B) {
	for name, shift := range map[string]int{"same order": 0, "a row less each time": 1} {
		b.Run(name, func(b *testing.B) {
			var list [][]string
			for i := range 5000 {
				list = append(list, []string{"!re", fmt.Sprintf("=.id=*%X", i), "=name=user" + fmt.Sprint(i), "=service=pppoe", "=uptime=1m1s"})
			}
			whole, less := rows(list...), rows(list[shift:]...)
			d := menu.NewDiffer(menu.PPPActive, charset.Page{}, false)
			d.AppendChanges(nil, whole)
			for b.Loop() {
				d.AppendChanges(nil, less)
				d.AppendChanges(nil, whole)
			}
		})
	}
}
