package poller

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// tableMenu has one field of each sort.
var tableMenu = &menu.Menu{
	Path: "/x", Fields: []string{".id", "name", "address", "service", "comment", "uptime", "bytes", "idle"},
	Volatile: map[string]menu.Trend{"uptime": menu.Counts, "bytes": menu.Rises, "idle": menu.Wanders},
}

// rowsOf encodes rows that are written as "=a=1 =b=2".
func rowsOf(rows ...string) (list proto.Sentences) {
	for _, row := range rows {
		list = append(list, proto.AppendSentence(nil, append([]string{"!re"}, strings.Fields(row)...)...)...)
	}
	return list
}

// textOf is the opposite, with the words of each row sorted.
func textOf(list proto.Sentences) (rows []string) {
	for row := range list.All() {
		words := row.Strings()[1:]
		slices.Sort(words)
		rows = append(rows, strings.Join(words, " "))
	}
	return rows
}

func TestTable(t *testing.T) {
	const (
		ann  = "=.id=*1 =name=ann =address=10.0.0.1 =service=pppoe =uptime=1m"
		bob  = "=.id=*2 =name=bob =address=10.0.0.2 =service=pppoe =uptime=1h"
		dave = "=.id=*4 =name=dave =address=10.0.0.4 =service=pppoe =uptime=1s"
	)
	start := time.Now()
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	for name, tt := range map[string]struct {
		do     func(tab *table) (missed int)
		now    float64
		rows   []string
		missed int
	}{
		"durations go on": {
			func(*table) int { return 0 }, 65,
			[]string{
				"=.id=*1 =address=10.0.0.1 =name=ann =service=pppoe =uptime=2m5s",
				"=.id=*2 =address=10.0.0.2 =name=bob =service=pppoe =uptime=1h1m5s",
			}, 0,
		},
		"a reading that was cut to the second before is the same": {
			func(tab *table) int {
				tab.read(rowsOf(strings.Replace(ann, "1m", "1m9s", 1), bob), at(10), at(10))
				return len(tab.missed)
			}, 10,
			[]string{
				"=.id=*1 =address=10.0.0.1 =name=ann =service=pppoe =uptime=1m10s",
				"=.id=*2 =address=10.0.0.2 =name=bob =service=pppoe =uptime=1h",
			}, 0,
		},
		"the answer before took its time": {
			func(tab *table) int {
				tab.read(rowsOf(strings.Replace(ann, "1m", "1m8s", 1), bob), at(10), at(10))
				return len(tab.missed)
			}, 10,
			[]string{
				"=.id=*1 =address=10.0.0.1 =name=ann =service=pppoe =uptime=1m10s",
				"=.id=*2 =address=10.0.0.2 =name=bob =service=pppoe =uptime=1h",
			}, 0,
		},
		"this answer takes its time": {
			func(tab *table) int {
				tab.read(rowsOf(strings.Replace(ann, "1m", "1m5s", 1), strings.Replace(bob, "1h", "1s", 1)), at(5), at(10))
				return len(tab.missed)
			}, 10,
			[]string{
				"=.id=*1 =address=10.0.0.1 =name=ann =service=pppoe =uptime=1m10s",
				"=.id=*2 =address=10.0.0.2 =name=bob =service=pppoe =uptime=1s",
			}, 0,
		},
		"the first answer took its time": {
			func(tab *table) int {
				tab.read(rowsOf(strings.Replace(ann, "1m", "1m11s", 1), bob), at(10), at(10))
				return len(tab.missed)
			}, 15,
			[]string{
				"=.id=*1 =address=10.0.0.1 =name=ann =service=pppoe =uptime=1m16s",
				"=.id=*2 =address=10.0.0.2 =name=bob =service=pppoe =uptime=1h5s",
			}, 0,
		},
		"a change that was cut to the second before": {
			func(tab *table) int { tab.listen(rowsOf(strings.Replace(ann, "1m", "1m9s", 1)), at(10)); return 0 }, 10,
			[]string{
				"=.id=*1 =address=10.0.0.1 =name=ann =service=pppoe =uptime=1m10s",
				"=.id=*2 =address=10.0.0.2 =name=bob =service=pppoe =uptime=1h10s",
			}, 0,
		},
		"somebody comes": {
			func(tab *table) int { tab.listen(rowsOf(dave), at(5)); return 0 }, 7,
			[]string{
				"=.id=*1 =address=10.0.0.1 =name=ann =service=pppoe =uptime=1m7s",
				"=.id=*2 =address=10.0.0.2 =name=bob =service=pppoe =uptime=1h7s",
				"=.id=*4 =address=10.0.0.4 =name=dave =service=pppoe =uptime=3s",
			}, 0,
		},
		"somebody goes, and another takes the id": {
			func(tab *table) int {
				tab.listen(rowsOf("=.id=*1 =.dead=yes"), at(5))
				tab.listen(rowsOf("=.id=*2 =.dead=true", strings.Replace(dave, "*4", "*2", 1)), at(6))
				return 0
			}, 6,
			[]string{"=.id=*2 =address=10.0.0.4 =name=dave =service=pppoe =uptime=1s"}, 0,
		},
		"some of the fields": {
			func(tab *table) int { tab.listen(rowsOf("=.id=*1 =comment=vip"), at(5)); return 0 }, 6,
			[]string{
				"=.id=*1 =address=10.0.0.1 =comment=vip =name=ann =service=pppoe =uptime=1m6s",
				"=.id=*2 =address=10.0.0.2 =name=bob =service=pppoe =uptime=1h6s",
			}, 0,
		},
		"a whole row without its comment has none": {
			func(tab *table) int {
				tab.listen(rowsOf("=.id=*1 =comment=vip"), at(5))
				tab.listen(rowsOf(ann+" =radius=false"), at(6))
				return 0
			}, 6,
			[]string{
				"=.id=*1 =address=10.0.0.1 =name=ann =service=pppoe =uptime=1m",
				"=.id=*2 =address=10.0.0.2 =name=bob =service=pppoe =uptime=1h6s",
			}, 0,
		},
		"what the listen said while the router was asked is newer": {
			func(tab *table) int {
				tab.listen(rowsOf("=.id=*2 =.dead=yes", dave), at(5.5))
				tab.read(rowsOf(ann, bob), at(5), at(6))
				return len(tab.missed)
			}, 6,
			[]string{
				"=.id=*1 =address=10.0.0.1 =name=ann =service=pppoe =uptime=1m",
				"=.id=*4 =address=10.0.0.4 =name=dave =service=pppoe =uptime=1s",
			}, 0,
		},
		"what the listen said before is not": {
			func(tab *table) int {
				tab.listen(rowsOf("=.id=*2 =.dead=yes", dave), at(4))
				tab.read(rowsOf(ann, bob), at(5), at(6))
				return len(tab.missed)
			}, 6,
			[]string{
				"=.id=*1 =address=10.0.0.1 =name=ann =service=pppoe =uptime=1m",
				"=.id=*2 =address=10.0.0.2 =name=bob =service=pppoe =uptime=1h",
			}, 2,
		},
		"what the listen says after the reading is no longer missed": {
			func(tab *table) int {
				tab.read(rowsOf(bob, dave), at(5), at(5))
				tab.listen(rowsOf("=.id=*1 =.dead=yes"), at(5.2))
				return len(tab.missed)
			}, 5,
			[]string{
				"=.id=*2 =address=10.0.0.2 =name=bob =service=pppoe =uptime=1h",
				"=.id=*4 =address=10.0.0.4 =name=dave =service=pppoe =uptime=1s",
			}, 1,
		},
		"too little of an unknown row": {
			func(tab *table) int {
				if _, unknown := tab.listen(rowsOf("=.id=*9 =comment=x"), at(5)); unknown {
					return 7
				}
				return 0
			}, 0,
			[]string{
				"=.id=*1 =address=10.0.0.1 =name=ann =service=pppoe =uptime=1m",
				"=.id=*2 =address=10.0.0.2 =name=bob =service=pppoe =uptime=1h",
			}, 7,
		},
		"counters": {
			func(tab *table) int {
				if tab.count(rowsOf("=.id=*1 =bytes=5 =idle=2s", "=.id=*2 =bytes=7"), at(5)) {
					return 1
				}
				if tab.count(rowsOf("=.id=*1 =bytes=6"), at(6)) {
					return 2
				}
				return 0
			}, 6,
			[]string{"=.id=*1 =address=10.0.0.1 =bytes=6 =name=ann =service=pppoe =uptime=1m6s"}, 0,
		},
		"fields that come twice": {
			func(tab *table) int {
				tab.read(rowsOf(ann+" =name=two =bytes=1 =bytes=2"), at(5), at(5))
				tab.count(rowsOf("=.id=*1 =bytes=3 =bytes=4 =bytes=5"), at(5))
				return 0
			}, 5,
			[]string{"=.id=*1 =address=10.0.0.1 =bytes=3 =bytes=4 =bytes=5 =name=ann =name=two =service=pppoe =uptime=1m"}, 0,
		},
		"counters of a row that is not known": {
			func(tab *table) int {
				if tab.count(rowsOf("=.id=*1 =bytes=5", "=.id=*2 =bytes=7", "=.id=*9 =bytes=8"), at(5)) {
					return 1
				}
				return 0
			}, 5,
			[]string{
				"=.id=*1 =address=10.0.0.1 =bytes=5 =name=ann =service=pppoe =uptime=1m5s",
				"=.id=*2 =address=10.0.0.2 =bytes=7 =name=bob =service=pppoe =uptime=1h5s",
			}, 1,
		},
		"counters of a row that went meanwhile": {
			func(tab *table) int {
				tab.listen(rowsOf("=.id=*2 =.dead=yes"), at(5.5))
				if tab.count(rowsOf("=.id=*1 =bytes=5", "=.id=*2 =bytes=7"), at(5)) {
					return 1
				}
				return 0
			}, 5,
			[]string{"=.id=*1 =address=10.0.0.1 =bytes=5 =name=ann =service=pppoe =uptime=1m5s"}, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			tab := &table{menu: tableMenu}
			tab.read(rowsOf(ann, bob), at(0), at(0))
			tab.missed = nil
			assert.Equal(t, tt.missed, tt.do(tab))
			assert.Equal(t, tt.rows, textOf(tab.appendTo(nil, at(tt.now))))
			assert.True(t, tab.fits())
		})
	}
}

// One row without an .id, as /system/resource has.
func TestTableOfOneRow(t *testing.T) {
	start := time.Now()
	tab := &table{menu: tableMenu}
	tab.read(rowsOf("=name=hEX =uptime=1d =bytes=5"), start, start)
	assert.False(t, tab.count(rowsOf("=bytes=6"), start))
	assert.Equal(t, []string{"=bytes=6 =name=hEX =uptime=1d2s"}, textOf(tab.appendTo(nil, start.Add(2*time.Second))))
}

// Another form of a duration is not computed.
func TestTableOfAnOldRouter(t *testing.T) {
	start := time.Now()
	tab := &table{menu: tableMenu}
	tab.read(rowsOf("=.id=*1 =uptime=01:22:53"), start, start)
	assert.False(t, tab.fits())
	assert.Equal(t, []string{"=.id=*1 =uptime=01:22:53"}, textOf(tab.appendTo(nil, start.Add(2*time.Second))))
}
