package users_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/charset"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/search"
	"github.com/aprakasa/mikronec/internal/users"
)

var (
	start   = time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	missing = &routeros.TrapError{Traps: []routeros.Trap{{Message: "no such command prefix"}}}
	refused = &routeros.TrapError{Traps: []routeros.Trap{{Message: "not enough permissions (9)"}}}
)

func rows(list ...[]string) (rows proto.Sentences) {
	for _, words := range list {
		rows = proto.AppendSentence(rows, append([]string{"!re"}, words...)...)
	}
	return rows
}

func ppp(id, name, uptime string) []string {
	return []string{"=.id=" + id, "=name=" + name, "=service=pppoe", "=caller-id=02:00:5E:00:53:01", "=address=10.0.0.7", "=uptime=" + uptime}
}

func guest(id, name, uptime string) []string {
	return []string{"=.id=" + id, "=user=" + name, "=address=10.5.50.2", "=mac-address=02:00:5E:00:53:02", "=uptime=" + uptime, "=login-by=cookie", "=comment=lobby"}
}

func bytes(name string, rx, tx int) []string {
	return []string{"=name=" + name, fmt.Sprint("=rx-byte=", rx), fmt.Sprint("=tx-byte=", tx)}
}

// byName are the users of a list that must be there.
func byName(t *testing.T, table *users.Table, now time.Time) map[string]users.User {
	t.Helper()
	list, ok := table.List(now)
	require.True(t, ok)
	require.NoError(t, list.Err)
	found := make(map[string]users.User)
	for _, u := range list.Users {
		found[u.Name+" "+u.ID] = u
	}
	return found
}

func TestBothServicesInOneShape(t *testing.T) {
	table := users.NewTable(charset.Page{})
	_, ok := table.List(start)
	assert.False(t, ok, "nothing was read")
	table.TakePPP(rows(ppp("*1", "budi", "1m")), nil, start)
	_, ok = table.List(start)
	assert.False(t, ok, "only half was read")
	table.TakeHotspot(rows(guest("*A1", "tamu", "2m")), nil, start)
	table.TakeQueues(rows([]string{"=name=<pppoe-budi>", "=max-limit=10000000/20000000"}, []string{"=name=<hotspot-tamu>", "=max-limit=0/0"}), nil)
	table.TakeInterfaces(rows(bytes("<pppoe-budi>", 1000, 2000)), nil, start)
	table.TakeGuests(rows([]string{"=.id=*A1", "=bytes-in=5", "=bytes-out=7"}), nil, start)
	assert.Equal(t, map[string]users.User{
		"budi *1": {Session: &users.Session{ID: "*1", Name: "budi", Service: "ppp", Protocol: "pppoe", Address: "10.0.0.7", MAC: "02:00:5E:00:53:01",
			Since: start.Add(-time.Minute)}, Limit: "10000000/20000000", Counted: true, Rx: 1000, Tx: 2000},
		"tamu *A1": {Session: &users.Session{ID: "*A1", Name: "tamu", Service: "hotspot", Protocol: "cookie", Address: "10.5.50.2", MAC: "02:00:5E:00:53:02",
			Since: start.Add(-2 * time.Minute), Comment: "lobby"}, Counted: true, Rx: 5, Tx: 7},
	}, byName(t, table, start), "no rates yet")

	later := start.Add(5 * time.Second)
	table.TakeInterfaces(rows(bytes("<pppoe-budi>", 1000+5000, 2000+500)), nil, later)
	table.TakeGuests(rows([]string{"=.id=*A1", "=bytes-in=105", "=bytes-out=7"}), nil, later)
	got := byName(t, table, later)
	assert.Equal(t, []uint64{8000, 800}, []uint64{got["budi *1"].RxRate, got["budi *1"].TxRate})
	assert.Equal(t, []uint64{160, 0}, []uint64{got["tamu *A1"].RxRate, got["tamu *A1"].TxRate})
	assert.True(t, got["tamu *A1"].Rated)
}

// Counters that are not those of the same session give no rate.
func TestNoRateAcrossSessions(t *testing.T) {
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	for name, tc := range map[string]struct {
		uptime string
		rx     int
		rated  bool
	}{
		"the same":                         {"1m10s", 2000, true},
		"it went back":                     {"1m10s", 900, false},
		"another session, of more already": {"3s", 2000, false},
	} {
		t.Run(name, func(t *testing.T) {
			table := users.NewTable(charset.Page{})
			table.TakeHotspot(nil, missing, start)
			table.TakePPP(rows(ppp("*1", "budi", "1m")), nil, at(0))
			table.TakeInterfaces(rows(bytes("<pppoe-budi>", 1000, 0)), nil, at(0))
			table.TakePPP(rows(ppp("*2", "budi", tc.uptime)), nil, at(10))
			table.TakeInterfaces(rows(bytes("<pppoe-budi>", tc.rx, 0)), nil, at(10))
			u := byName(t, table, at(10))["budi *2"]
			assert.Equal(t, tc.rated, u.Rated)
			assert.True(t, u.Counted)
		})
	}
}

// Sessions of one name have interfaces with numbers, the first one without.
func TestANameThatIsConnectedTwice(t *testing.T) {
	table := users.NewTable(charset.Page{})
	table.TakeHotspot(nil, nil, start)
	table.TakePPP(rows(ppp("*9", "budi", "1m"), ppp("*1", "budi", "1h")), nil, start)
	table.TakeInterfaces(rows(bytes("<pppoe-budi-1>", 1, 1), bytes("<pppoe-budi>", 2, 2)), nil, start)
	got := byName(t, table, start)
	assert.Equal(t, []uint64{1, 2}, []uint64{got["budi *9"].Rx, got["budi *1"].Rx})
}

// The beginning of a session does not move with the second at which it is read.
func TestTheBeginningStays(t *testing.T) {
	table := users.NewTable(charset.Page{})
	table.TakeHotspot(nil, nil, start)
	table.TakePPP(rows(ppp("*1", "budi", "1m")), nil, start)
	first := byName(t, table, start)["budi *1"].Since
	table.TakePPP(rows(ppp("*1", "budi", "1m4s")), nil, start.Add(5500*time.Millisecond))
	assert.Equal(t, first, byName(t, table, start)["budi *1"].Since)
}

func TestMenusThatCannotBeRead(t *testing.T) {
	table := users.NewTable(charset.Page{})
	table.TakePPP(nil, refused, start)
	_, ok := table.List(start)
	assert.False(t, ok)
	table.TakeHotspot(nil, refused, start)
	list, ok := table.List(start)
	require.True(t, ok)
	assert.ErrorIs(t, list.Err, refused)
	table.TakeHotspot(rows(guest("*A1", "tamu", "1m")), nil, start)
	assert.Len(t, byName(t, table, start), 1, "the other one is enough")
	table.TakeHotspot(nil, errors.New("timeout"), start)
	assert.Len(t, byName(t, table, start), 1, "what is known stands")
	table.TakeHotspot(nil, missing, start)
	assert.Empty(t, byName(t, table, start), "no such menu, no such users")
}

func TestSelect(t *testing.T) {
	user := func(id, name, service, mac string, since, rx, tx int) users.User {
		return users.User{Session: &users.Session{ID: id, Name: name, Service: service, MAC: mac, Since: start.Add(time.Duration(since))},
			RxRate: uint64(rx), TxRate: uint64(tx)}
	}
	l := users.List{Users: []users.User{
		user("*1", "budi", users.PPP, "", 0, 1, 5), user("*2", "andi", users.PPP, "", 2, 2, 9),
		user("*3", "siti", users.Hotspot, "02:00:5E:AB:CD:01", 1, 3, 7), user("*4", "dewi", users.Hotspot, "", -9, 0, 0),
	}}
	l.Users[3].Tx = 1000
	for name, tc := range map[string]struct {
		query users.Query
		want  []string
		total int
	}{
		"by download":    {users.Query{Sort: users.ByDownload, Limit: 9}, []string{"andi", "siti", "budi", "dewi"}, 4},
		"by upload":      {users.Query{Sort: users.ByUpload, Limit: 2}, []string{"siti", "andi"}, 4},
		"by name":        {users.Query{Sort: users.ByName, Offset: 1, Limit: 2}, []string{"budi", "dewi"}, 4},
		"since":          {users.Query{Sort: users.BySince, Limit: 3}, []string{"andi", "siti", "budi"}, 4},
		"a service":      {users.Query{Service: users.Hotspot, Sort: users.ByName, Limit: 9}, []string{"dewi", "siti"}, 2},
		"a MAC address":  {users.Query{Text: search.Parse("5eab"), Limit: 9}, []string{"siti"}, 1},
		"behind the end": {users.Query{Offset: 99, Limit: 9}, nil, 4},
		"nobody":         {users.Query{Text: search.Parse("nobody"), Limit: 9}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			page, total := l.Select(tc.query)
			var got []string
			for _, u := range page {
				got = append(got, u.Name)
			}
			assert.Equal(t, tc.want, got)
			assert.Equal(t, tc.total, total)
		})
	}
	var top []string
	for _, u := range l.Top(2) {
		top = append(top, u.Name)
	}
	assert.Equal(t, []string{"andi", "siti"}, top)
}

// The top of many is that of all.
func TestTopOfMany(t *testing.T) {
	var l users.List
	for i := range 1000 {
		l.Users = append(l.Users, users.User{Session: &users.Session{Name: fmt.Sprint(i)}, TxRate: uint64(i * 7919 % 1009)})
	}
	page, _ := l.Select(users.Query{Sort: users.ByDownload, Limit: 100})
	for i, u := range l.Top(100) {
		assert.Equal(t, page[i].TxRate, u.TxRate)
	}
}

// Those who come and go leave nothing behind, and everybody has the right counters.
func TestManyComeAndGo(t *testing.T) {
	table := users.NewTable(charset.Page{})
	table.TakeHotspot(nil, missing, start)
	for round := range 50 {
		at := start.Add(time.Duration(round) * 5 * time.Second)
		var sessions, counters [][]string
		for i := round * 10; i < round*10+30; i++ { // each of them stays for three readings
			name := fmt.Sprint("user-", i)
			sessions = append(sessions, ppp(fmt.Sprintf("*%X", i+1), name, fmt.Sprintf("%ds", 3600+round*5)))
			counters = append(counters, bytes("<pppoe-"+name+">", i*1000+round*i, 0))
		}
		table.TakePPP(rows(sessions...), nil, at)
		table.TakeInterfaces(rows(counters...), nil, at)
		got := byName(t, table, at)
		require.Len(t, got, 30)
		for i := round * 10; i < round*10+30; i++ {
			u := got[fmt.Sprintf("user-%d *%X", i, i+1)]
			require.True(t, u.Counted)
			assert.Equal(t, uint64(i*1000+round*i), u.Rx)
			before := round > 0 && i < round*10+20
			require.Equal(t, before, u.Rated, "%d %d", round, i)
			if before {
				assert.Equal(t, uint64(float64(i)*8/5), u.RxRate)
			}
		}
	}
}
