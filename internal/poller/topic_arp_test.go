package poller_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/poller"
)

func TestARP(t *testing.T) {
	in(t, poller.Options{}, func(t *testing.T, p *poller.Poller, r *router, s *screen) {
		r.tables["/ip/arp"] = [][]string{
			{"=.id=*1", "=address=192.168.88.20", "=mac-address=02:00:5E:53:00:20", "=interface=ether1", "=published=false", "=DHCP=true", "=complete=true"},
		}
		whole, delta := variant("arp", false, false), variant("arp", true, false)
		p.Watch(whole)
		rest(time.Second)
		p.Watch(delta)
		rest(time.Second)
		before := r.asked("/ip/arp")
		assert.Equal(t, 2, before, "at once for each form")
		rest(time.Minute)
		assert.Equal(t, before+6, r.asked("/ip/arp"), "every ten seconds at the most")
		assert.Zero(t, r.asked("/ppp/active"), "on demand, and nothing else")
		rows := decode(t, s.all(whole)[0].body)["rows"].([]any)
		assert.Equal(t, map[string]any{
			".id": "*1", "address": "192.168.88.20", "mac-address": "02:00:5E:53:00:20", "interface": "ether1",
			"published": false, "DHCP": true, "complete": true,
		}, rows[0])

		r.set(func() {
			r.tables["/ip/arp"] = append(r.tables["/ip/arp"], []string{"=.id=*2", "=address=192.168.88.21"})
		})
		seen := len(s.all(delta))
		rest(20 * time.Second)
		require.Greater(t, len(s.all(delta)), seen)
		assert.Len(t, decode(t, s.all(delta)[seen].body)["added"], 1)
	})
}
