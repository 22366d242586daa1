package gzipblock_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
)

// session is a row of /ppp/active. The names, addresses and times of real users
// have little in common, which decides how well a table compresses.
type session struct {
	id                 uint32
	name, mac, address string
	uptime             time.Duration
}

// table is a router with PPP sessions and the events that its snapshots make.
// Of the same number of rows it is the same table each time.
type table struct {
	chance   *rand.Rand
	enc      *menu.Encoder
	sessions []session
	lastID   uint32
	seq      int
}

func newTable(rows int) *table {
	t := &table{
		chance: rand.New(rand.NewPCG(1, uint64(rows))),
		enc:    menu.NewEncoder(menu.PPPActive, charset.Page{}),
		lastID: 0x80f00000,
	}
	for range rows {
		t.login(time.Duration(t.chance.IntN(14*24*3600)) * time.Second)
	}
	return t
}

func (t *table) login(uptime time.Duration) {
	t.lastID++
	c := t.chance
	t.sessions = append(t.sessions, session{
		id:      t.lastID,
		name:    fmt.Sprintf("cust%05d@example", c.IntN(100000)),
		mac:     fmt.Sprintf("%s:%02X:%02X:%02X", []string{"48:A9:8A", "C4:AD:34", "5C:E9:31", "08:55:31"}[c.IntN(4)], c.IntN(256), c.IntN(256), c.IntN(256)),
		address: fmt.Sprintf("10.64.%d.%d", c.IntN(20), 1+c.IntN(254)),
		uptime:  uptime,
	})
}

// next is the snapshot two seconds later: every uptime is another, and one user
// in a hundred has left and come back as the last row.
func (t *table) next() []byte {
	t.seq++
	for range len(t.sessions) / 100 {
		i := t.chance.IntN(len(t.sessions))
		t.sessions = slices.Delete(t.sessions, i, i+1)
		t.login(0)
	}
	var list proto.Sentences
	for i := range t.sessions {
		s := &t.sessions[i]
		s.uptime += 2 * time.Second
		id := strconv.FormatUint(uint64(s.id), 16)
		list = proto.AppendSentence(list, "!re", "=.id=*"+id, "=name="+s.name, "=service=pppoe",
			"=caller-id="+s.mac, "=address="+s.address, "=uptime="+routerTime(s.uptime), "=encoding=",
			"=session-id=0x"+id, "=limit-bytes-in=0", "=limit-bytes-out=0", "=radius=false")
	}
	b := fmt.Appendf(nil, "id: k3vq9d2x-%d\nevent: ppp\ndata: {\"router_id\":\"branch-7\",\"topic\":\"ppp\",\"type\":\"snapshot\",\"rows\":", 4711+t.seq)
	b = t.enc.AppendRows(b, list)
	return fmt.Appendf(b, ",\"ts\":%d}\n\n", 1790000000+2*t.seq)
}

// routerTime writes a time as RouterOS does: 1w2d3h4m5s without the zeros.
func routerTime(d time.Duration) string {
	var b []byte
	for _, unit := range []struct {
		of   time.Duration
		name byte
	}{{7 * 24 * time.Hour, 'w'}, {24 * time.Hour, 'd'}, {time.Hour, 'h'}, {time.Minute, 'm'}, {time.Second, 's'}} {
		if n := d / unit.of; n > 0 {
			b = append(strconv.AppendInt(b, int64(n), 10), unit.name)
			d -= n * unit.of
		}
	}
	return string(b)
}

// events are n successive ones.
func (t *table) events(n int) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = t.next()
	}
	return list
}
