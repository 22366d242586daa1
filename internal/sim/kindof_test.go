package sim_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

func TestAKindOfInterfaceIsInBothMenus(t *testing.T) {
	in(t, sim.Options{PPPUsers: 3}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		ports := c.rows("/interface/ethernet/print")
		require.Len(t, ports, 5)
		assert.Equal(t, "ether1", ports[0]["name"])
		assert.Equal(t, c.rows("/interface/print", "?name=ether1")[0][".id"], ports[0][".id"])

		id := c.run("/interface/vlan/add", "=interface=bridge", "=vlan-id=10")[0].attrs["ret"]
		row := c.rows("/interface/print", "?.id="+id)[0]
		assert.Equal(t, []string{"vlan1", "vlan", "1500", "true"}, []string{row["name"], row["type"], row["mtu"], row["running"]})
		c.rows("/ip/address/add", "=address=10.44.0.1/24", "=interface=vlan1")

		c.rows("/interface/set", "=.id=vlan1", "=name=office", "=comment=x")
		assert.Equal(t, "office", c.rows("/interface/vlan/print", "?.id="+id)[0]["name"])
		c.rows("/interface/vlan/set", "=.id=office", "=disabled=yes", "=mtu=1400")
		row = c.rows("/interface/print", "?.id="+id)[0]
		assert.Equal(t, []string{"office", "true", "1400", "x"}, []string{row["name"], row["disabled"], row["mtu"], row["comment"]})
		c.rows("/interface/enable", "=.id=office")
		assert.Equal(t, "false", c.rows("/interface/vlan/print")[0]["disabled"])

		c.rows("/interface/vlan/remove", "=.id="+id)
		assert.Empty(t, c.rows("/interface/print", "?.id="+id))
		assert.Len(t, c.rows("/interface/pppoe-server/print"), 3)
	})
}

func TestMenusByVersionAndBoard(t *testing.T) {
	wireless := sim.HEX()
	wireless.Wireless = true
	for _, tc := range []struct {
		name    string
		p       sim.Personality
		path    string
		missing string // "" where the device has the menu
	}{
		{"wireless on 6", sim.HAP(), "/interface/wireless", ""},
		{"wireless on 7.16", wireless, "/interface/wireless", "wireless"},
		{"wifi on 7.16", wireless, "/interface/wifi", ""},
		{"wifi on 6", sim.HAP(), "/interface/wifi", "wifi"},
		{"WireGuard on 6", sim.HAP(), "/interface/wireguard/peers", "wireguard"},
		{"WireGuard on 7", sim.HEX(), "/interface/wireguard/peers", ""},
		{"IPv6 on 6", sim.HAP(), "/ipv6/address", "ipv6"},
		{"BGP sessions on 6", sim.HAP(), "/routing/bgp/session", "bgp"},
		{"OSPF on 6", sim.HAP(), "/routing/ospf/neighbor", ""},
		{"safe mode on 7.16", sim.HEX(), "/safe-mode", "safe-mode"},
		{"safe mode on 7.20", sim.CCR2004(), "/safe-mode", ""},
		{"routerboard of a CHR", sim.CHR(), "/system/routerboard", "routerboard"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in(t, sim.Options{Personality: tc.p}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				r := c.run(tc.path + "/print")
				if tc.missing == "" {
					require.NotEqual(t, "!trap", r[0].word)
					return
				}
				require.Len(t, r, 3)
				assert.Equal(t, "no such command or directory ("+tc.missing+")", r[0].attrs["message"])
				assert.Equal(t, "no such command prefix", r[1].attrs["message"])
			})
		})
	}
}

func TestMenusOfSessions(t *testing.T) {
	in(t, sim.Options{PPPUsers: 4, HotspotUsers: 6}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		hosts := c.rows("/ip/hotspot/host/print")
		require.Len(t, hosts, 6)
		assert.Len(t, c.rows("/ip/firewall/connection/print", "?protocol=udp"), 10)
		c.rows("/ip/hotspot/host/make-binding", "=.id="+hosts[0][".id"], "=type=blocked")
		assert.Len(t, c.rows("/ip/hotspot/ip-binding/print", "?mac-address="+hosts[0]["mac-address"], "?type=blocked"), 1)
		c.rows("/ip/hotspot/host/remove", "=.id="+hosts[0][".id"])
		assert.Len(t, c.rows("/ip/hotspot/active/print"), 5)
		assert.Len(t, c.rows("/ip/hotspot/host/print"), 5)
		cookies := c.rows("/ip/hotspot/cookie/print")
		require.NotEmpty(t, cookies)
		c.rows("/ip/hotspot/cookie/remove", "=.id="+cookies[0][".id"])
		assert.Len(t, c.rows("/ip/hotspot/cookie/print"), len(cookies)-1)
	})
}
