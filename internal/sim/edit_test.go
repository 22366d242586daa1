package sim_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

func TestAddressLife(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		id := c.run("/ip/address/add", "=address=10.9.8.7/24", "=interface=ether2", "=comment=test")[0].attrs["ret"]
		require.Equal(t, "*4", id)
		row := c.rows("/ip/address/print", "?.id="+id)[0]
		assert.Equal(t, map[string]string{".id": id, "address": "10.9.8.7/24", "network": "10.9.8.0", "interface": "ether2",
			"actual-interface": "ether2", "invalid": "false", "dynamic": "false", "disabled": "false", "comment": "test"}, row)

		for _, step := range [][]string{{"disable", "=.id=" + id}, {"set", "=.id=" + id, "=disabled=no", "=address=10.9.9.1/16"},
			{"disable", "=numbers=" + id}, {"enable", "=numbers=" + id}, {"comment", "=.id=" + id, "=comment=a=b"}} {
			c.rows(append([]string{"/ip/address/" + step[0]}, step[1:]...)...)
		}
		row = c.rows("/ip/address/print", "?.id="+id)[0]
		assert.Equal(t, []string{"10.9.9.1/16", "10.9.0.0", "false", "a=b"},
			[]string{row["address"], row["network"], row["disabled"], row["comment"]})

		c.send("/ip/address/remove", "=.id="+id)
		c.wants("!done")
		assert.Equal(t, "no such item (4)", c.refused("/ip/address/remove", "=.id="+id))
		assert.Len(t, c.rows("/ip/address/print"), 3)
		assert.Equal(t, "*5", c.run("/ip/address/add", "=address=10.9.8.7", "=interface=ether2")[0].attrs["ret"], "ids do not come back")
	})
}

func TestEditsAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name     string
		words    []string
		message  string
		category string
	}{
		{"bad interface", []string{"/ip/address/add", "=address=10.0.0.1/24", "=interface=nope"}, "input does not match any value of interface", "1"},
		{"bad address", []string{"/ip/address/add", "=address=10.0.0.300/24", "=interface=ether1"}, "invalid value for argument address", "1"},
		{"duplicate", []string{"/ip/address/add", "=address=192.168.88.1/24", "=interface=bridge"}, "failure: already have such address", ""},
		{"missing argument", []string{"/ip/address/add", "=address=10.0.0.1/24"}, "missing value(s) of argument(s) interface", "1"},
		{"unknown argument", []string{"/ip/address/add", "=addres=10.0.0.1/24"}, "unknown parameter addres", ""},
		{"unknown id", []string{"/ip/address/set", "=.id=*FF", "=comment=x"}, "no such item (4)", "0"},
		{"no id", []string{"/ip/address/remove"}, "missing value(s) of argument(s) .id", "1"},
		{"same secret", []string{"/ppp/secret/add", "=name=user-0000"}, "failure: secret with the same name already exists", ""},
		{"same guest", []string{"/ip/hotspot/user/add", "=name=guest-0000"}, "failure: already have user with this name for this server", ""},
		{"same interface", []string{"/interface/set", "=.id=ether2", "=name=ether1"}, "failure: already have interface with such name", ""},
		{"bad limit", []string{"/queue/simple/add", "=target=10.0.0.0/8", "=max-limit=10X"}, "invalid value for argument max-limit", "1"},
		{"dynamic queue", []string{"/queue/simple/remove", "=.id=<pppoe-user-0000>"}, "failure: can not remove dynamic queue", ""},
		{"nothing to unset", []string{"/queue/simple/unset", "=.id=q-office"}, "missing value(s) of argument(s) value-name", "1"},
		{"unknown to unset", []string{"/queue/simple/unset", "=.id=q-office", "=value-name=x"}, "input does not match any value of value-name", "1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in(t, sim.Options{PPPUsers: 1, HotspotUsers: 1}, func(t *testing.T, d *sim.Device) {
				r := login(t, d).run(tc.words...)
				require.Len(t, r, 2)
				assert.Equal(t, tc.message, r[0].attrs["message"])
				assert.Equal(t, tc.category, r[0].attrs["category"])
			})
		})
	}
}

func TestNamesListsAndSingletons(t *testing.T) {
	in(t, sim.Options{PPPUsers: 8, Personality: sim.CCR2004()}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.rows("/interface/disable", "=.id=ether2,*3,ether2")
		assert.Len(t, c.rows("/interface/print", "?disabled=yes"), 2)
		c.rows("/interface/set", "=numbers=ether4", "=name=a,b")
		c.rows("/interface/set", "=numbers=a,b", "=comment=comma")
		assert.Len(t, c.rows("/interface/print", "?comment=comma"), 1)
		c.rows("/interface/ethernet/unset", "=.id=a,b", "=value-name=comment")
		assert.Empty(t, c.rows("/interface/print", "?comment=comma"))

		assert.Equal(t, "no such item (4)", c.refused("/ppp/active/remove", "=.id=*800001,*1"))
		assert.Len(t, c.rows("/ppp/active/print"), 8, "none is touched if one is wrong")
		c.rows("/ppp/active/remove", "=.id=*800001,*800002,*800001")
		assert.Len(t, c.rows("/ppp/active/print"), 6)
		assert.Len(t, c.rows("/log/print", "?message=<pppoe-user-0000>: disconnected"), 1, "named twice, gone once")

		c.rows("/system/identity/set", "=name=Cabang \xe9 1")
		assert.Equal(t, "Cabang \xe9 1", c.rows("/system/identity/print")[0]["name"])
	})
}

func TestQueues(t *testing.T) {
	in(t, sim.Options{PPPUsers: 1, HotspotUsers: 1}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		id := c.run("/queue/simple/add", "=name=vip", "=target=10.0.0.9/32", "=max-limit=10M/50M", "=limit-at=512k")[0].attrs["ret"]
		row := c.rows("/queue/simple/print", "?.id="+id)[0]
		assert.Equal(t, "10000000/50000000", row["max-limit"], "no suffix when read")
		assert.Equal(t, "512000/512000", row["limit-at"])
		assert.Regexp(t, `^\d+/\d+$`, row["bytes"])
		names := func() (names []string) {
			for _, r := range c.rows("/queue/simple/print", "=.proplist=name") {
				names = append(names, r["name"])
			}
			return names
		}
		assert.Equal(t, []string{"q-office", "<pppoe-user-0000>", "<hotspot-guest-0000>", "vip"}, names())
		c.rows("/queue/simple/move", "=numbers=vip", "=destination=q-office")
		assert.Equal(t, "vip", names()[0])
		c.rows("/queue/simple/move", "=numbers=vip")
		assert.Equal(t, "vip", names()[3])
		assert.Equal(t, "no such item (4)", c.refused("/queue/simple/move", "=numbers=vip", "=destination=*77"))
		d.RemovePPP("user-0000")
		d.RemoveHotspot("guest-0000")
		assert.Equal(t, []string{"q-office", "vip"}, names())
	})
}

func TestEditsReachListeners(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.send("/queue/simple/listen", "=.proplist=.id,name,comment,disabled", ".tag=1")
		synctest.Wait()
		c.send("/queue/simple/set", "=.id=q-office", "=comment=x", ".tag=2")
		got := []string{c.next(), c.next()} // in either order
		assert.ElementsMatch(t, []string{"!re =.id=*1 =name=q-office =disabled=false =comment=x .tag=1", "!done .tag=2"}, got)
		c.send("/queue/simple/enable", "=.id=*1", ".tag=3") // no change, no event
		c.wants("!done .tag=3")
		c.send("/queue/simple/remove", "=.id=*1", ".tag=4")
		got = []string{c.next(), c.next()}
		assert.ElementsMatch(t, []string{"!re =.id=*1 =.dead=true .tag=1", "!done .tag=4"}, got)
	})
}

func TestRemovingASessionTakesItsInterfaceAlong(t *testing.T) {
	in(t, sim.Options{PPPUsers: 5, HotspotUsers: 5}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		require.Len(t, c.rows("/interface/print", "?dynamic=true"), 5)
		require.Len(t, c.rows("/queue/simple/print", "?dynamic=true"), 10)
		c.rows("/ppp/active/remove", "=.id=*800001")
		c.rows("/ip/hotspot/active/remove", "=.id="+c.rows("/ip/hotspot/active/print")[0][".id"])
		assert.Len(t, c.rows("/interface/print", "?dynamic=true"), 4)
		assert.Len(t, c.rows("/queue/simple/print", "?dynamic=true"), 8)
		assert.NotEmpty(t, c.rows("/log/print", "?message=<pppoe-user-0000>: disconnected"))
	})
}
