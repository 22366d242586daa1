package sim_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// change is a change to a table and how it is undone, with the word for its row in print.
type change struct {
	menu string
	make func(c *client, d *sim.Device) (id string)
	drop func(c *client, d *sim.Device, id string) // nil: the row stays
}

// added adds a row by a command, and removes it by another one.
func added(menu string, pairs ...string) change {
	return change{menu, func(c *client, _ *sim.Device) string {
		r := c.run(append([]string{menu + "/add"}, pairs...)...)
		require.Len(c.t, r, 1)
		return r[0].attrs["ret"]
	}, func(c *client, _ *sim.Device, id string) { c.rows(menu+"/remove", "=.id="+id) }}
}

// edited changes a property of the row with that name.
func edited(menu, name string) change {
	return change{menu, func(c *client, _ *sim.Device) string {
		c.rows(menu+"/set", "=.id="+name, "=comment=changed")
		return c.rows(menu+"/print", "=.proplist=.id", "?name="+name)[0][".id"]
	}, nil}
}

var changes = map[string]change{
	"/ppp/active": {
		"/ppp/active", func(_ *client, d *sim.Device) string { return d.AddPPP("anna") },
		func(_ *client, d *sim.Device, _ string) { d.RemovePPP("anna") },
	},
	"/ip/hotspot/active": {
		"/ip/hotspot/active", func(_ *client, d *sim.Device) string { return d.AddHotspot("anna") },
		func(_ *client, d *sim.Device, _ string) { d.RemoveHotspot("anna") },
	},
	"/log": {"/log", func(c *client, d *sim.Device) string {
		d.AddPPP("anna") // two lines, of which the first is compared
		rows := c.rows("/log/print", "=.proplist=.id")
		return rows[len(rows)-2][".id"]
	}, nil},
	"/interface":            edited("/interface", "ether2"),
	"/ip/dhcp-server/lease": added("/ip/dhcp-server/lease", "=address=192.168.88.99", "=mac-address=02:00:5E:00:53:99"),
	"/ip/arp":               added("/ip/arp", "=address=192.168.88.99", "=interface=bridge"),
	"/ip/address":           added("/ip/address", "=address=10.9.9.1/24", "=interface=bridge"),
	"/queue/simple":         added("/queue/simple", "=name=q9", "=target=10.9.9.0/24"),
	"queue, changed":        edited("/queue/simple", "q-office"),
	"/ppp/secret":           added("/ppp/secret", "=name=bob"),
	"/ip/hotspot/user":      added("/ip/hotspot/user", "=name=bob"),
}

// TestListenReportsWholeRows: what listen reports of a row is what print has of it,
// counters included, and of a removed row its id.
func TestListenReportsWholeRows(t *testing.T) {
	for name, ch := range changes {
		for board, p := range personalities() {
			for how, words := range map[string][]string{
				"all": nil, "some": {"=.proplist=.id,name,user,address,comment,uptime,rx-byte,message"},
			} {
				t.Run(name+" "+board+" "+how, func(t *testing.T) {
					in(t, sim.Options{Personality: p, PPPUsers: 3, HotspotUsers: 2}, func(t *testing.T, d *sim.Device) {
						other, c := login(t, d), login(t, d)
						c.send(append([]string{ch.menu + "/listen"}, words...)...)
						synctest.Wait()
						id := ch.make(other, d)
						want := other.rows(append([]string{ch.menu + "/print", "?.id=" + id}, words...)...)
						require.Len(t, want, 1)
						assert.Equal(t, want[0], c.row())
						if ch.drop == nil {
							return
						}
						ch.drop(other, d, id)
						dead := map[bool]string{true: "yes", false: "true"}[board == "hap"]
						assert.Equal(t, map[string]string{".id": id, ".dead": dead}, c.row())
					})
				})
			}
		}
	}
}

// TestEveryTableCanBeCounted: count-only gives the number of rows in the !done and
// nothing before it, also of an empty table after 7.18.
func TestEveryTableCanBeCounted(t *testing.T) {
	for _, ch := range changes {
		for board, p := range personalities() {
			for name, words := range map[string][]string{"all": nil, "some": {"?dynamic=true"}, "none": {"?.id=*FFFFFFF"}} {
				t.Run(ch.menu+" "+board+" "+name, func(t *testing.T) {
					in(t, sim.Options{Personality: p, PPPUsers: 3, HotspotUsers: 2}, func(t *testing.T, d *sim.Device) {
						c := login(t, d)
						want := len(c.rows(append([]string{ch.menu + "/print"}, words...)...))
						got := c.run(append([]string{ch.menu + "/print", "=count-only=", "=.proplist=.id"}, words...)...)
						assert.Equal(t, []reply{{"!done", "", map[string]string{"ret": strconv.Itoa(want)}}}, got)
					})
				})
			}
		}
	}
}

// row reads one !re.
func (c *client) row() map[string]string {
	c.t.Helper()
	s, err := c.r.Next()
	require.NoError(c.t, err)
	require.Equal(c.t, "!re", string(s.Name()), "%q", s)
	row := map[string]string{}
	for name, value := range s.Attributes() {
		row[string(name)] = string(value)
	}
	return row
}

// TestEveryTableCanBeListenedTo: listen is print with follow-only, which every table has
// and no singleton.
func TestEveryTableCanBeListenedTo(t *testing.T) {
	for menu, want := range map[string]string{
		"/ppp/active": "", "/ip/hotspot/active": "", "/interface": "", "/ip/dhcp-server/lease": "", "/ip/arp": "", "/log": "",
		"/queue/simple": "", "/user/active": "", "/user": "", "/ip/service": "", "/system/health": "",
		"/system/resource": "unknown parameter follow-only", "/system/identity": "unknown parameter follow-only",
		"/system/clock": "unknown parameter follow-only", "/system": "no such command", "/tool": "no such command",
	} {
		t.Run(menu, func(t *testing.T) {
			in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				if want != "" {
					assert.Equal(t, want, c.refused(menu+"/listen"))
					return
				}
				c.send(menu+"/listen", ".tag=1")
				synctest.Wait()
				assert.Equal(t, map[string]int{menu: 1}, d.Stats().Listens)
				time.Sleep(time.Hour) // values that count or drift report nothing
				c.send("/cancel", "=tag=1", ".tag=2")
				c.wants("!trap =category=2 =message=interrupted .tag=1", "!done .tag=2", "!done .tag=1")
				assert.Empty(t, d.Stats().Listens)
			})
		})
	}
}

// TestFaultsOfListen: each case lists the faults, and what a listen reports of a user who
// connects, is changed and leaves, and of a second one who connects and leaves.
func TestFaultsOfListen(t *testing.T) {
	const (
		add1, change1, dead1 = "!re =.id=*1 =name=anna =comment=", "!re =.id=*1 =name=anna =comment=x", "!re =.id=*1 =.dead=true"
		add2, dead2          = "!re =.id=*2 =name=bob =comment=", "!re =.id=*2 =.dead=true"
	)
	for name, tc := range map[string]struct {
		faults []sim.Fault
		want   []string
	}{
		"none":            {nil, []string{add1, change1, dead1, add2, dead2}},
		"rows lost":       {[]sim.Fault{{Kind: sim.LostRow}}, []string{dead1, dead2}},
		"one row lost":    {[]sim.Fault{{Kind: sim.LostRow, Count: 1}}, []string{change1, dead1, add2, dead2}},
		"each second":     {[]sim.Fault{{Kind: sim.LostRow, Every: 2}}, []string{add1, dead1, add2, dead2}},
		"the third":       {[]sim.Fault{{Kind: sim.LostRow, Every: 3, Count: 1}}, []string{add1, change1, dead1, dead2}},
		"no .dead":        {[]sim.Fault{{Kind: sim.LostDead}}, []string{add1, change1, add2}},
		"one .dead lost":  {[]sim.Fault{{Kind: sim.LostDead, Count: 1}}, []string{add1, change1, add2, dead2}},
		"all lost":        {[]sim.Fault{{Kind: sim.LostDead}, {Kind: sim.LostRow}}, nil},
		"partial":         {[]sim.Fault{{Kind: sim.PartialRow}}, []string{add1, "!re =.id=*1 =comment=x", dead1, add2, dead2}},
		"another menu":    {[]sim.Fault{{Kind: sim.LostRow, Path: "/log/listen"}}, []string{add1, change1, dead1, add2, dead2}},
		"this menu":       {[]sim.Fault{{Kind: sim.LostRow, Path: "/ppp/secret/listen"}}, []string{dead1, dead2}},
		"silent":          {[]sim.Fault{{Kind: sim.SilentListen}}, nil},
		"ends":            {[]sim.Fault{{Kind: sim.EndListen}}, []string{"!done"}},
		"ends by a trap":  {[]sim.Fault{{Kind: sim.EndListen, Text: "std failure: timeout (13)", Category: -1}}, []string{"!trap =message=std failure: timeout (13)", "!done"}},
		"is refused":      {[]sim.Fault{{Kind: sim.Trap, Path: "/ppp/secret/listen", Text: "no such command", Category: -1}}, []string{"!trap =message=no such command", "!done"}},
		"silent and ends": {[]sim.Fault{{Kind: sim.SilentListen}, {Kind: sim.EndListen}}, []string{"!done"}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
				other, c := login(t, d), login(t, d)
				for _, f := range tc.faults {
					d.Inject(f)
				}
				c.send("/ppp/secret/listen", "=.proplist=.id,name,comment")
				synctest.Wait()
				for _, words := range [][]string{
					{"/ppp/secret/add", "=name=anna", "=comment="}, {"/ppp/secret/set", "=.id=anna", "=comment=x"}, {"/ppp/secret/remove", "=.id=anna"},
					{"/ppp/secret/add", "=name=bob", "=comment="}, {"/ppp/secret/remove", "=.id=bob"},
				} {
					other.rows(words...)
					synctest.Wait()
				}
				c.wants(tc.want...)
				c.silent()
			})
		})
	}
}

func TestAListenThatStops(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c, start := login(t, d), time.Now()
		d.Inject(sim.Fault{Kind: sim.EndListen, Path: "/ppp/active/listen", Delay: time.Hour, Count: 1})
		c.send("/ppp/active/listen", "=.proplist=name", ".tag=1")
		c.send("/ip/arp/listen", ".tag=2") // not this one
		time.Sleep(59 * time.Minute)
		d.AddPPP("anna")
		c.wants("!re =name=anna .tag=1")
		c.wants("!done .tag=1")
		assert.Equal(t, time.Hour, time.Since(start))
		assert.Equal(t, map[string]int{"/ip/arp": 1}, d.Stats().Listens)
		c.send("/ppp/active/listen", "=.proplist=name", ".tag=1") // the tag is free, and the fault is over
		time.Sleep(2 * time.Hour)
		d.RemovePPP("anna")
		assert.Contains(t, c.next(), "=.dead=true .tag=1")
	})
}

func TestAListenThatWouldStopGoesOnAfterClear(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		d.Inject(sim.Fault{Kind: sim.EndListen, Delay: time.Hour})
		c.send("/ppp/active/listen", "=.proplist=name")
		time.Sleep(time.Minute)
		d.Clear()
		time.Sleep(time.Hour)
		d.AddPPP("anna")
		c.wants("!re =name=anna")
	})
}

func TestASilentListenCanBeCancelled(t *testing.T) {
	in(t, sim.Options{PPPUsers: 2}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		d.Inject(sim.Fault{Kind: sim.SilentListen, Path: "/ppp/active/listen", Count: 2})
		c.send("/ppp/active/listen", ".tag=1")
		c.send("/ppp/active/print", "=follow=", ".tag=2")
		synctest.Wait()
		d.Clear()
		d.AddPPP("anna")
		c.silent()
		c.send("/cancel", "=tag=1", ".tag=3")
		c.wants("!trap =category=2 =message=interrupted .tag=1", "!done .tag=3", "!done .tag=1")
		assert.Equal(t, map[string]int{"/ppp/active": 1}, d.Stats().Listens)
		require.Len(t, c.rows("/ppp/active/print", ".tag=1"), 3, "print has what listen does not report")
	})
}

// TestFaultsOfARunningListen: lost changes need not be announced before the listen.
func TestFaultsOfARunningListen(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.send("/ip/hotspot/active/listen", "=.proplist=user")
		synctest.Wait()
		d.AddHotspot("anna")
		c.wants("!re =user=anna")
		d.Inject(sim.Fault{Kind: sim.LostRow, Count: 1})
		d.Inject(sim.Fault{Kind: sim.LostDead, Count: 1})
		d.RemoveHotspot("anna")
		d.AddHotspot("bob")
		id := d.AddHotspot("carl")
		c.wants("!re =user=carl")
		d.RemoveHotspot("carl")
		c.wants("!re =.id=" + id + " =.dead=true")
	})
}

func TestBytesAreCounted(t *testing.T) {
	in(t, sim.Options{Identity: "r"}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		synctest.Wait() // until the reply is counted as well
		before := d.Stats()
		assert.Equal(t, int64(len("\x06/login\x0b=name=admin\x0a=password=\x00")), before.BytesIn)
		c.rows(ask)
		synctest.Wait()
		after := d.Stats()
		assert.Equal(t, int64(len("\x16/system/identity/print\x00")), after.BytesIn-before.BytesIn)
		assert.Equal(t, int64(len("\x03!re\x07=name=r\x00\x05!done\x00")), after.BytesOut-before.BytesOut)
		assert.Equal(t, map[string]int{ask: 1}, after.Commands)
	})
}
