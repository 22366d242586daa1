package sim_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// edit makes one change of each kind.
func edit(c *client) {
	c.rows("/ppp/secret/add", "=name=new")
	c.rows("/ip/pool/set", "=.id=dhcp", "=ranges=192.168.88.2-192.168.88.9")
	c.rows("/ip/pool/remove", "=.id=hs-pool")
	c.rows("/ip/firewall/filter/move", "=numbers=*7", "=destination=*1")
	c.rows("/interface/vlan/add", "=name=guests", "=interface=bridge", "=vlan-id=7")
	c.rows("/interface/disable", "=.id=ether2")
	c.rows("/system/identity/set", "=name=other")
}

// state is what edit changes.
func state(c *client) string {
	secrets := len(c.rows("/ppp/secret/print", "?name=new"))
	pools := c.rows("/ip/pool/print", "=.proplist=name,ranges")
	rules := c.rows("/ip/firewall/filter/print", "=.proplist=.id")
	vlans, both := len(c.rows("/interface/vlan/print")), len(c.rows("/interface/print", "?name=guests"))
	port := c.rows("/interface/ethernet/print", "?name=ether2")[0]["disabled"]
	names := map[string]string{}
	for _, p := range pools {
		names[p["name"]] = p["ranges"]
	}
	return fmt.Sprint(secrets, names, rules[0], vlans, both, port, c.rows("/system/identity/print"))
}

func safe() sim.Options { return sim.Options{Personality: sim.CHR(), PPPUsers: 3} }

func TestSafeModeUnrolls(t *testing.T) {
	in(t, safe(), func(t *testing.T, d *sim.Device) {
		c, other := login(t, d), login(t, d)
		c.rows("/interface/ethernet/print") // the kinds have tables before
		c.rows("/interface/vlan/print")
		before := state(c)
		c.rows("/safe-mode/take")
		row := c.rows("/safe-mode/print")[0]
		assert.Equal(t, []string{"true", "true", "admin"}, []string{row["enabled"], row["current"], row["user"]})
		row = other.rows("/safe-mode/print", "=.proplist=enabled,current")[0]
		assert.Equal(t, map[string]string{"enabled": "true", "current": "false"}, row)
		edit(other) // changes of all sessions count
		require.NotEqual(t, before, state(c))
		assert.Len(t, c.rows("/system/history/print", "?floating-undo=true"), 7)
		c.rows("/safe-mode/unroll")
		assert.Equal(t, before, state(c))
		assert.Equal(t, "false", c.rows("/safe-mode/print")[0]["enabled"])
		assert.Empty(t, c.rows("/system/history/print"))
	})
}

func TestSafeModeReleaseKeeps(t *testing.T) {
	in(t, safe(), func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.rows("/safe-mode/take")
		edit(c)
		after := state(c)
		c.rows("/safe-mode/release")
		_ = c.conn.Close()
		time.Sleep(time.Minute)
		c = login(t, d)
		assert.Equal(t, after, state(c))
		assert.Len(t, c.rows("/system/history/print", "?floating-undo=false", "?by=admin"), 7)
		assert.Equal(t, "identity changed", c.rows("/system/history/print")[0]["action"], "the newest is first")
	})
}

func TestSafeModeEndsWithItsConnection(t *testing.T) {
	in(t, safe(), func(t *testing.T, d *sim.Device) {
		c, other := login(t, d), login(t, d)
		before := state(other)
		listener := login(t, d)
		listener.send("/ppp/secret/listen", "=.proplist=.id,name", ".tag=1")
		synctest.Wait()
		c.rows("/safe-mode/take")
		assert.Equal(t, "failure: safe mode is already taken by another session", other.refused("/safe-mode/take"))
		edit(c)
		id := other.rows("/ppp/secret/print", "?name=new")[0][".id"]
		listener.wants("!re =.id=" + id + " =name=new .tag=1")
		after := state(other)
		_ = c.conn.Close()
		synctest.Wait()
		time.Sleep(1900 * time.Millisecond)
		assert.Equal(t, after, state(other), "the rollback comes 2 s after the end")
		assert.Equal(t, "true", other.rows("/safe-mode/print")[0]["enabled"], "and the session holds it until then")
		listener.wants("!re =.id=" + id + " =.dead=true .tag=1") // without any other command
		assert.Equal(t, before, state(other))
		other.rows("/safe-mode/take")
	})
}

func TestSafeModeForgetsWhenHistoryIsFull(t *testing.T) {
	in(t, safe(), func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.rows("/safe-mode/take")
		for i := range 101 {
			c.rows("/ip/pool/add", fmt.Sprintf("=name=p%d", i), "=ranges=10.9.0.1")
		}
		assert.Equal(t, "false", c.rows("/safe-mode/print")[0]["enabled"])
		assert.Len(t, c.rows("/system/history/print"), 100)
		c.rows("/safe-mode/unroll")
		assert.Equal(t, "104", c.run("/ip/pool/print", "=count-only=")[0].attrs["ret"], "nothing is undone")
	})
}

func TestSafeModeToggles(t *testing.T) {
	in(t, safe(), func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.rows("/safe-mode/toggle")
		assert.Equal(t, "true", c.rows("/safe-mode/print")[0]["current"])
		c.rows("/safe-mode/toggle")
		assert.Equal(t, "false", c.rows("/safe-mode/print")[0]["enabled"])
		c.rows("/safe-mode/toggle")
		c.rows("/ip/pool/remove", "=.id=dhcp")
		d.Reboot()
		assert.Len(t, login(t, d).rows("/ip/pool/print", "?name=dhcp"), 1, "a reboot undoes, too")
	})
}
