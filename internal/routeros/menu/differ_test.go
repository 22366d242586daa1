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
