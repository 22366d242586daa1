package sim_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

func TestGet(t *testing.T) {
	o := sim.Options{PPPUsers: 1, Identity: "pusat", Users: []sim.User{{Name: "ops", Group: "api,read"}}}
	in(t, o, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		get := func(words ...string) string { return c.run(words...)[0].attrs["ret"] }
		assert.Equal(t, "pusat", get("/system/identity/get", "=value-name=name"))
		assert.Equal(t, "bridge", get("/interface/get", "=number=bridge", "=value-name=type"))
		assert.Equal(t, "bridge", get("/interface/get", "=.id=bridge", "=value-name=name"))
		assert.Contains(t, get("/interface/get", "=number=ether1"), ".id=*1;name=ether1;default-name=ether1;type=ether;")
		assert.Regexp(t, `^\d+$`, get("/system/resource/get", "=value-name=cpu-load"), "a computed value")
		assert.Regexp(t, `^secret-`, get("/ppp/secret/get", "=number=user-0000", "=value-name=password"))
		assert.Empty(t, get("/ip/route/get", "=number=*2", "=value-name=pref-src"), "not set")
		assert.Equal(t, "input does not match any value of value-name", c.refused("/interface/get", "=number=ether1", "=value-name=.id"))
		assert.Equal(t, "input does not match any value of value-name", c.refused("/interface/get", "=number=ether1", "=value-name=x"))
		assert.Equal(t, "missing value(s) of argument(s) number", c.refused("/interface/get", "=value-name=name"))
		assert.Equal(t, "no such item (4)", c.refused("/interface/get", "=number=*77", "=value-name=name"))
		assert.Equal(t, "unknown parameter x", c.refused("/system/identity/get", "=x="))
	})
	in(t, o, func(t *testing.T, d *sim.Device) {
		c := dial(t, d)
		c.rows("/login", "=name=ops", "=password=")
		r := c.run("/ppp/secret/get", "=number=user-0000")
		assert.NotContains(t, r[0].attrs["ret"], "password", "needs policy sensitive")
		r = c.run("/ppp/secret/get", "=number=user-0000", "=value-name=password")
		assert.Empty(t, r[0].attrs["ret"])
	})
}

func TestMakeStatic(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.rows("/ip/dhcp-server/lease/make-static", "=numbers=*2,*3")
		rows := c.rows("/ip/dhcp-server/lease/print", "?dynamic=false")
		require.Len(t, rows, 4)
		assert.Equal(t, "bound", rows[1]["status"])
		assert.NotEmpty(t, rows[1]["expires-after"])
	})
}

func TestResetCounters(t *testing.T) {
	number := func(t *testing.T, s string) int {
		n, err := strconv.Atoi(s)
		require.NoError(t, err, s)
		return n
	}
	for _, tc := range []struct{ menu, id, field string }{
		{"/interface", "ether1", "rx-byte"}, {"/ip/firewall/filter", "*1", "bytes"}, {"/ip/firewall/nat", "*1", "packets"},
		{"/queue/tree", "download", "bytes"},
	} {
		t.Run(tc.menu, func(t *testing.T) {
			in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				read := func() int {
					row := c.rows(tc.menu+"/print", "?.id="+c.rows(tc.menu + "/print")[0][".id"])[0]
					return number(t, row[tc.field])
				}
				before := read()
				require.Positive(t, before)
				c.rows(tc.menu+"/reset-counters", "=numbers="+tc.id)
				assert.Zero(t, read())
				time.Sleep(time.Minute)
				after := read()
				assert.Positive(t, after)
				assert.Less(t, after, before)
				if tc.menu != "/interface" {
					c.rows(tc.menu + "/reset-counters-all")
					assert.Zero(t, read())
				}
				time.Sleep(time.Hour)
				d.Reboot()
				c = login(t, d)
				assert.Zero(t, read(), "counts from the reboot on")
			})
		})
	}
}

func TestFlagsOfPrint(t *testing.T) {
	in(t, sim.Options{PPPUsers: 2}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		assert.Len(t, c.rows("/ip/dhcp-server/lease/print", "=active="), 5)
		assert.Len(t, c.rows("/ip/firewall/filter/print", "=chain=forward"), 3)
		assert.Len(t, c.rows("/ip/firewall/filter/print", "=chain=forward", "=stats=", "?action=drop"), 1)
		assert.Len(t, c.rows("/ip/firewall/filter/print", "=static=", "=all="), 7)
		assert.Empty(t, c.rows("/ip/firewall/nat/print", "=dynamic="))
		assert.Len(t, c.rows("/queue/simple/print", "=rate="), 3)
		assert.Equal(t, "unknown parameter rate", c.refused("/ip/route/print", "=rate="))
	})
}
