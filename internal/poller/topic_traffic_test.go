package poller_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/poller"
)

// The traffic of a router is that of its busiest interface, read every 20 seconds.
func TestTraffic(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		began := time.Now()
		r.live = map[string]func() [][]string{"/interface": func() (rows [][]string) {
			for i, name := range []string{"ether1", "sfp1", "ether2"} {
				bytes := int(time.Since(began).Seconds() * []float64{1000, 500_000, 10}[i])
				rows = append(rows, []string{"=name=" + name, fmt.Sprint("=rx-byte=", bytes), fmt.Sprint("=tx-byte=", 2*bytes)})
			}
			return rows
		}}
		whole := variant("traffic", false, false)
		p.Watch(whole)
		rest(10 * time.Second)
		rows := lastRows(t, s, whole)
		require.Len(t, rows, 1, "soon after it was asked for")
		row := rows[0].(map[string]any)
		assert.Equal(t, "sfp1", row["name"])
		assert.InDelta(t, 4e6, row["rx-bits-per-second"], 1e5)
		assert.InDelta(t, 8e6, row["tx-bits-per-second"], 1e5)
		rest(50 * time.Second)
		assert.InDelta(t, 4, r.asked("/interface"), 1, "twice at first, then every twenty seconds")
	})
}

// A router without a radio is asked once, not at every poll.
func TestWirelessOfARouterWithoutRadio(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.tables["/interface/wifi/registration-table"] = [][]string{{"=.id=*1", "=mac-address=02:00:5E:53:10:01", "=signal=-58", "=uptime=1h", "=authorized=true"}}
		menus := map[string]string{"wifi": "/interface/wifi/registration-table", "wireless": "/interface/wireless/registration-table", "caps_man": "/caps-man/registration-table"}
		for topic, path := range menus {
			if topic != "wifi" {
				r.trap[path] = "no such command prefix"
			}
			p.Watch(variant(topic, true, true))
		}
		rest(time.Minute)
		assert.InDelta(t, 12, r.asked(menus["wifi"]), 2, "every five seconds at the most")
		assert.Equal(t, 1, r.asked(menus["wireless"]), "one probe")
		assert.Equal(t, 1, r.asked(menus["caps_man"]), "one probe")
		row := decode(t, s.all(variant("wifi", true, true))[0].body)["rows"].([]any)[0].(map[string]any)
		assert.Equal(t, "-58", row["signal"])
		assert.Equal(t, true, row["authorized"])
		assert.InDelta(t, 3600, row["uptime-seconds"], 5)
	})
}
