package sim_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// run is what a row of the tables of this file sends: words separated by spaces.
func split(command string) []string { return strings.Fields(command) }

func TestValuesAreRefused(t *testing.T) {
	for _, tc := range []struct{ name, words, message, category string }{
		{"number out of range", "/interface/vlan/add =name=v =interface=bridge =vlan-id=4096", "value of vlan-id out of range (1..4095)", "1"},
		{"number below the range", "/interface/vlan/add =name=v =interface=bridge =vlan-id=0", "value of vlan-id out of range (1..4095)", "1"},
		{"port out of range", "/radius/set =.id=*1 =authentication-port=70000", "value of authentication-port out of range (1..65535)", "1"},
		{"distance", "/ip/route/add =gateway=192.0.2.1 =distance=256", "value of distance out of range (1..255)", "1"},
		{"no number", "/ip/route/add =distance=far", "invalid value for argument distance", "1"},
		{"number with underscores", "/ip/route/add =distance=1_0", "invalid value for argument distance", "1"},
		{"negative number", "/ip/route/add =distance=-1", "invalid value for argument distance", "1"},
		{"no flag", "/ip/pool/add =name=x =ranges=10.0.0.1 =comment=x =disabled=yes", "unknown parameter disabled", ""},
		{"bad flag", "/ip/arp/add =address=10.0.0.1 =interface=bridge =published=maybe", "invalid value for argument published", "1"},
		{"bad duration", "/ip/dhcp-server/add =interface=bridge =lease-time=soon", "invalid value for argument lease-time", "1"},
		{"duration out of range", "/interface/bridge/add =name=b2 =forward-delay=31s", "value of forward-delay out of range (4s..30s)", "1"},
		{"bad address", "/ip/arp/add =address=10.0.0 =interface=bridge", "invalid value for argument address", "1"},
		{"bad range", "/ip/pool/add =name=x =ranges=10.0.0.9-10.0.0.1", "invalid value for argument ranges", "1"},
		{"bad MAC", "/ip/dhcp-server/lease/add =address=10.0.0.1 =mac-address=02:00:5E:00:53", "invalid value for argument mac-address", "1"},
		{"bad ports", "/ip/firewall/nat/add =chain=dstnat =to-ports=9-1", "invalid value for argument to-ports", "1"},
		{"no such word", "/ip/firewall/filter/add =chain=input =action=refuse", "input does not match any value of action", "1"},
		{"several words", "/ip/firewall/filter/add =chain=input =action=re", "ambiguous value of action, more than one possible value matches input", "1"},
		{"empty reference", "/ip/address/add =address=10.0.0.1/24 =interface=", "ambiguous value of interface, more than one possible value matches input", "1"},
		{"no such reference", "/ppp/secret/add =name=x =profile=nope", "input does not match any value of profile", "1"},
		{"several references", "/ppp/secret/add =name=x =profile=home-", "ambiguous value of profile, more than one possible value matches input", "1"},
		{"no such row", "/ppp/secret/add =name=x =profile=*FF", "input does not match any value of profile", "1"},
		{"one of a list", "/interface/pppoe-server/server/add =interface=bridge =authentication=pap,none", "input does not match any value of authentication", "1"},
		{"one of a pair", "/queue/simple/add =target=10.0.0.0/8 =priority=8/9", "value of priority out of range (1..8)", "1"},
		{"too large", "/queue/simple/add =target=10.0.0.0/8 =max-limit=99999999999G/1k", "invalid value for argument max-limit", "1"},
		{"three of a pair", "/queue/simple/add =target=10.0.0.0/8 =max-limit=1/2/3", "invalid value for argument max-limit", "1"},
		{"read-only", "/ip/address/set =.id=*1 =dynamic=true", "unknown parameter dynamic", ""},
		{"not of this version", "/ip/dhcp-client/set =.id=*1 =check-gateway=ping", "unknown parameter check-gateway", ""},
		{"unique name", "/ip/pool/add =name=dhcp =ranges=10.9.0.1", "failure: pool with such name exists", ""},
		{"unique pair", "/ip/firewall/address-list/add =list=isolir =address=10.0.0.77", "failure: already have such entry", ""},
		{"unique interface", "/interface/vlan/add =name=ether1 =interface=bridge =vlan-id=2", "failure: already have interface with such name", ""},
		{"built in", "/ppp/profile/remove =.id=default", "failure: can not remove default item", ""},
		{"missing", "/ip/pool/add =name=x", "missing value(s) of argument(s) ranges", "1"},
		{"copy of nothing", "/ppp/profile/add =name=x =copy-from=nope", "no such item (4)", "0"},
		{"place of nothing", "/ip/firewall/filter/add =chain=input =place-before=*FF", "no such item (4)", "0"},
		{"no place", "/ip/pool/add =name=x =ranges=10.0.0.1 =place-before=*1", "unknown parameter place-before", ""},
		{"private key", "/interface/wireguard/add =private-key=short", "invalid value for argument private-key", "1"},
		{"static lease", "/ip/dhcp-server/lease/make-static =.id=*1", "failure: lease is not dynamic", ""},
		{"flag of another menu", "/ip/pool/print =active=", "unknown parameter active", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in(t, sim.Options{PPPUsers: 1}, func(t *testing.T, d *sim.Device) {
				r := login(t, d).run(split(tc.words)...)
				require.Len(t, r, 2)
				assert.Equal(t, "!trap", r[0].word)
				assert.Equal(t, tc.message, r[0].attrs["message"])
				assert.Equal(t, tc.category, r[0].attrs["category"])
			})
		})
	}
}

func TestValuesAsPrintShowsThem(t *testing.T) {
	for _, tc := range []struct{ add, field, want string }{
		{"/ip/route/add =gateway=192.0.2.1 =distance=0x10", "distance", "16"},
		{"/ip/route/add =gateway=192.0.2.1", "dst-address", "0.0.0.0/0"},
		{"/ip/route/add =gateway=192.0.2.1 =disabled=yes", "disabled", "true"},
		{"/ip/dhcp-server/add =interface=ether2 =lease-time=01:30:00", "lease-time", "1h30m"},
		{"/ip/dhcp-server/add =interface=*2 =name=x", "interface", "ether2"},
		{"/ip/dhcp-server/add =interface=bri", "interface", "bridge"},
		{"/ip/dhcp-server/add =interface=bridge =authoritative=true", "authoritative", "yes"},
		{"/ip/dhcp-server/lease/add =address=10.0.0.1 =mac-address=02-00-5e-00-53-aa", "mac-address", "02:00:5E:00:53:AA"},
		{"/ip/dhcp-server/lease/add =address=dhcp", "address", "dhcp"},
		{"/queue/simple/add =target=10.0.0.0/8 =max-limit=10M", "max-limit", "10000000/10000000"},
		{"/queue/simple/add =target=10.0.0.0/8 =burst-time=10/1m", "burst-time", "10s/1m"},
		{"/queue/simple/add =target=10.0.0.0/8 =queue=default/ethernet-default", "queue", "default/ethernet-default"},
		{"/queue/simple/add =target=10.0.0.0/8 =max-limit=100G/10000000000", "max-limit", "100000000000/10000000000"},
		{"/ip/route/add =gateway=192.0.2.9", "immediate-gw", "192.0.2.9%ether1"},
		{"/ip/route/add =gateway=ether2", "active", "true"},
		{"/ip/route/add =gateway=172.16.0.1", "inactive", "true"},
		{"/ip/route/add =blackhole=yes =dst-address=10.0.0.0/8", "active", "true"},
		{"/ip/route/add =gateway=192.0.2.9 =disabled=yes", "inactive", "true"},
		{"/ip/hotspot/ip-binding/add =mac-address=02:00:5E:00:53:01 =type=blocked", "blocked", "true"},
		{"/queue/tree/add =name=x =parent=global =max-limit=5k", "max-limit", "5000"},
		{"/interface/pppoe-server/server/add =interface=ether2 =authentication=chap,mschap2", "authentication", "chap,mschap2"},
		{"/interface/pppoe-server/server/add =interface=ether2 =max-mtu=auto", "max-mtu", "auto"},
		{"/ip/firewall/filter/add =chain=input =action=drop =src-address=!10.0.0.0/8", "src-address", "!10.0.0.0/8"},
		{"/ip/firewall/filter/add =chain=input =in-interface-list=!LAN", "in-interface-list", "!LAN"},
		{"/ip/firewall/filter/add =chain=mine =action=jump =jump-target=other", "chain", "mine"},
		{"/ip/firewall/address-list/add =list=a =address=example.com", "address", "example.com"},
		{"/ip/pool/add =name=a =ranges=10.9.0.1-10.9.0.9,10.8.0.0/24 =next-pool=none", "ranges", "10.9.0.1-10.9.0.9,10.8.0.0/24"},
		{"/ppp/profile/add =name=a =local-address=10.0.0.1 =remote-address=ppp-pool", "remote-address", "ppp-pool"},
		{"/ppp/profile/add =name=a =copy-from=home-20M", "rate-limit", "10M/20M"},
		{"/system/scheduler/add =name=a =interval=1d00:00:00", "interval", "1d"},
		{"/tool/netwatch/add =host=192.0.2.7 =interval=500ms", "interval", ""},
		{"/interface/wireguard/peers/add =interface=wg1 =public-key=k =allowed-address=10.1.0.0/16,::/0", "allowed-address", "10.1.0.0/16,::/0"},
		{"/ipv6/address/add =address=2001:DB8::1/64 =interface=ether2", "address", "2001:db8::1/64"},
		{"/certificate/add =common-name=x", "name", "cert1"},
		{"/file/add =name=a.txt =contents=abc", "size", "3"},
		{"/ip/hotspot/add =interface=ether2", "name", "hotspot2"},
		{"/user/add =name=x =group=read =address=10.0.0.0/8", "address", "10.0.0.0/8"},
	} {
		t.Run(tc.add, func(t *testing.T) {
			in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				c.rows("/interface/wireguard/add", "=name=wg1")
				r := c.run(split(tc.add)...)
				if tc.want == "" {
					require.Equal(t, "!trap", r[0].word)
					return
				}
				require.Equal(t, "!done", r[0].word, "%v", r[0].attrs)
				menu := strings.TrimSuffix(split(tc.add)[0], "/add")
				rows := c.rows(menu+"/print", "?.id="+r[0].attrs["ret"])
				require.Len(t, rows, 1)
				assert.Equal(t, tc.want, rows[0][tc.field])
			})
		})
	}
}

func TestFieldsAreCleared(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		row := func() map[string]string { return c.rows("/ip/firewall/filter/print", "?.id=*3")[0] }
		require.Equal(t, "invalid", row()["connection-state"])
		c.rows("/ip/firewall/filter/set", "=.id=*3", "=protocol=tcp", "=src-address=10.0.0.1", "=src-mac-address=02:00:5e:00:53:01")
		require.Equal(t, "tcp", row()["protocol"])
		c.rows("/ip/firewall/filter/set", "=.id=*3", "=protocol=", "=src-address=", "=comment=")
		assert.NotContains(t, row(), "protocol")
		assert.NotContains(t, row(), "src-address")
		assert.Empty(t, row()["comment"])
		c.rows("/ip/firewall/filter/unset", "=.id=*3", "=value-name=src-mac-address")
		assert.NotContains(t, row(), "src-mac-address")
		assert.Equal(t, "input does not match any value of action", c.refused("/ip/firewall/filter/set", "=.id=*3", "=action=x"))
	})
}
