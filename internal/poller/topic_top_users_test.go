package poller_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/routeros/menu"
)

// loaded is a router with n PPP users, of whom user i receives i kB a second.
func loaded(r *router, n int) {
	r.follows = true
	r.trap["/ip/hotspot/active"] = "no such command prefix"
	began := time.Now()
	r.live = map[string]func() [][]string{
		"/ppp/active": func() [][]string {
			rows := users(n)
			for i := range rows {
				rows[i][3] = "=uptime=" + string(menu.AppendDuration(nil, time.Hour+time.Since(began)))
			}
			return rows
		},
		"/interface": func() (rows [][]string) {
			for i := range n {
				bytes := int(time.Since(began).Seconds()) * i * 1000
				rows = append(rows, []string{fmt.Sprintf("=name=<pppoe-0811%d>", i), fmt.Sprint("=rx-byte=", bytes/10), fmt.Sprint("=tx-byte=", bytes)})
			}
			return rows
		},
	}
}

func TestTopUsers(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		loaded(r, 150)
		top, changes := variant("top_users", false, false), variant("top_users", true, false)
		p.Watch(top)
		p.Watch(changes)
		rest(time.Minute)
		assert.InDelta(t, 13, r.asked("/interface"), 1, "twice at first, then every five seconds, for both forms")
		assert.InDelta(t, 2, r.asked("/queue/simple"), 1)
		assert.Less(t, r.asked("/ppp/active"), 8, "it is followed")
		rows := lastRows(t, s, top)
		require.Len(t, rows, 100)
		first := rows[0].(map[string]any)
		assert.Equal(t, "0811149", first["name"])
		assert.InDelta(t, 149*8000, first["tx-bits-per-second"], 149*8000*0.25)
		for _, field := range []string{".id", "service", "address", "mac", "since", "rx-bits-per-second", "bytes-in", "bytes-out"} {
			assert.Contains(t, first, field)
		}
		list, _ := p.Users()
		assert.Len(t, list.Users, 150)
		n := len(s.all(changes))
		rest(time.Minute)
		for _, e := range s.all(changes)[n:] {
			assert.Empty(t, e.body, "rates that change are no change of the rows")
		}
	})
}

// The rates of a session do not go on with those of the one before.
func TestTopUsersAfterALogin(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		loaded(r, 3)
		top := variant("top_users", false, false)
		p.Watch(top)
		rest(20 * time.Second)
		require.Contains(t, lastRows(t, s, top)[0], "tx-bits-per-second")
		r.logIn()
		rest(500 * time.Millisecond)
		rows := lastRows(t, s, top)
		require.Len(t, rows, 3)
		assert.NotContains(t, rows[0], "tx-bits-per-second")
	})
}
