package sim_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

func TestPropertyList(t *testing.T) {
	in(t, sim.Options{PPPUsers: 1}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		row := c.rows("/ppp/active/print", "=.proplist=name,uptime,nonsense,.id")[0]
		assert.Len(t, row, 3)
		assert.Equal(t, "*800001", row[".id"])
		assert.Equal(t, "user-0000", row["name"])
		assert.Contains(t, row, "uptime")
		row = c.rows("/ppp/active/print", "=.proplist=address", "=detail=")[0]
		assert.Len(t, row, 1)
		row = c.rows("/system/resource/print", "=.proplist=version")[0]
		assert.Equal(t, map[string]string{"version": "7.16.2 (stable)"}, row)
	})
}

func TestCountAndQueries(t *testing.T) {
	in(t, sim.Options{PPPUsers: 40, Personality: sim.CHR()}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		count := func(words ...string) int {
			r := c.run(append([]string{"/ppp/active/print", "=count-only="}, words...)...)
			require.Len(t, r, 1, "no !re and no !empty")
			n, err := strconv.Atoi(r[0].attrs["ret"])
			require.NoError(t, err)
			return n
		}
		assert.Equal(t, 40, count())
		l2tp := count("?service=l2tp")
		assert.Equal(t, 4, l2tp)
		assert.Equal(t, 40-l2tp, count("?service=l2tp", "?#!"))
		assert.Equal(t, 1, count("?.id=*800003"))
		assert.Equal(t, 0, count("?.id=*1"))
		assert.Len(t, c.rows("/ppp/active/getall", "?name=user-0000"), 1)
		assert.Len(t, c.rows("/ppp/active/print", "=from=*800003,*800001"), 2)
		assert.Equal(t, "no such item (4)", c.refused("/ppp/active/print", "=from=ppp1"))
		names := c.rows("/interface/print", "=.proplist=name", "?type=bridge", "?name=ether2", "?#|")
		assert.Equal(t, []map[string]string{{"name": "ether2"}, {"name": "bridge"}}, names)
	})
}

func TestEmptyTables(t *testing.T) {
	for name, tc := range map[string]struct {
		p    sim.Personality
		want []string
	}{
		"6.49": {sim.HAP(), []string{"!done"}},
		"7.16": {sim.HEX(), []string{"!done"}},
		"7.20": {sim.CCR2004(), []string{"!empty", "!done"}},
		"7.23": {sim.CHR(), []string{"!empty", "!done"}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{Personality: tc.p}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				c.send("/ip/hotspot/active/print")
				c.wants(tc.want...)
				c.send("/interface/print", "?name=none")
				c.wants(tc.want...)
				c.send("/interface/set", "=.id=ether1", "=comment=x")
				c.wants("!done")
			})
		})
	}
}

func TestEmptyCarriesTheTag(t *testing.T) {
	in(t, sim.Options{Personality: sim.CHR()}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.send("/ppp/active/print", ".tag=5")
		c.wants("!empty .tag=5", "!done .tag=5")
	})
}

func TestRefusals(t *testing.T) {
	const prefix = "no such command prefix"
	directory := func(token string) []string { return []string{"no such command or directory (" + token + ")", prefix} }
	for _, tc := range []struct {
		name    string
		o       sim.Options
		command []string
		want    []string
	}{
		{"no such menu on a CHR", sim.Options{Personality: sim.CHR()}, []string{"/system/routerboard/print"}, directory("routerboard")},
		{"missing package", sim.Options{Missing: []string{"/ip/hotspot"}}, []string{"/ip/hotspot/active/print"}, directory("hotspot")},
		{"missing package, other menu", sim.Options{Missing: []string{"/ip/hotspot"}}, []string{"/ip/hotspot/user/add", "=name=x"}, directory("hotspot")},
		{"unknown root", sim.Options{}, []string{"/foo/bar/print"}, directory("foo")},
		{"unknown below", sim.Options{}, []string{"/ip/foo/print"}, directory("foo")},
		{"no slash", sim.Options{}, []string{"print"}, []string{"no such command"}},
		{"relative", sim.Options{}, []string{"ip/address/print"}, directory("ip")},
		{"unknown command", sim.Options{}, []string{"/ip/address/frobnicate"}, []string{"no such command"}},
		{"nothing behind the slash", sim.Options{}, []string{"/ip/address/"}, []string{"no such command"}},
		{"directory without rows", sim.Options{}, []string{"/ip/print"}, []string{"no such command"}},
		{"commands only", sim.Options{}, []string{"/system/print"}, []string{"no such command"}},
		{"edit of what is read-only", sim.Options{}, []string{"/ppp/active/add", "=name=x"}, []string{"no such command"}},
		{"singletons do not count", sim.Options{}, []string{"/system/resource/print", "=count-only="}, []string{"unknown parameter count-only"}},
		{"singletons do not follow", sim.Options{}, []string{"/system/identity/print", "=follow="}, []string{"unknown parameter follow"}},
		{"singletons do not listen", sim.Options{}, []string{"/system/identity/listen"}, []string{"unknown parameter follow-only"}},
		{"unknown argument", sim.Options{}, []string{"/interface/print", "=colour=red"}, []string{"unknown parameter colour"}},
		{"short interval", sim.Options{}, []string{"/interface/print", "=interval=10ms"}, []string{"invalid value for argument interval"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in(t, tc.o, func(t *testing.T, d *sim.Device) {
				var got []string
				for _, r := range login(t, d).run(append(tc.command, ".tag=3")...) {
					assert.Equal(t, "3", r.tag)
					if r.word == "!trap" {
						got = append(got, r.attrs["message"])
					}
				}
				assert.Equal(t, tc.want, got)
			})
		})
	}
}

func TestCategoryOfAMissingMenu(t *testing.T) {
	in(t, sim.Options{Personality: sim.CHR()}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.send("/system/routerboard/print")
		c.wants("!trap =category=0 =message=no such command or directory (routerboard)",
			"!trap =message=no such command prefix", "!done")
	})
}

func TestPasswordsNeedSensitive(t *testing.T) {
	o := sim.Options{PPPUsers: 3, Users: []sim.User{{Name: "clerk", Group: "api,read"}}}
	in(t, o, func(t *testing.T, d *sim.Device) {
		assert.Contains(t, login(t, d).rows("/ppp/secret/print")[0], "password")
		c := dial(t, d)
		c.send("/login", "=name=clerk", "=password=")
		c.wants("!done")
		for _, words := range [][]string{{}, {"=.proplist=name,password"}} {
			row := c.rows(append([]string{"/ppp/secret/print"}, words...)...)[0]
			assert.NotContains(t, row, "password")
			assert.Contains(t, row, "name")
		}
		assert.Empty(t, c.rows("/ppp/secret/print", "?password"), "nor can it be asked for")
	})
}

func TestPrintWithInterval(t *testing.T) {
	in(t, sim.Options{PPPUsers: 2}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		start := time.Now()
		c.send("/ppp/active/print", "=.proplist=name", "=interval=00:00:02", ".tag=1")
		for round := range 3 {
			assert.Equal(t, time.Duration(round)*2*time.Second, time.Since(start))
			section := " =.section=" + strconv.Itoa(round) + " .tag=1"
			// Waiting for the reader would let the clock run on.
			c.wants("!re =name=user-0000"+section, "!re =name=user-0001"+section)
			if round < 2 {
				time.Sleep(2 * time.Second)
				synctest.Wait()
			}
		}
		c.send("/cancel", "=tag=1", ".tag=2")
		c.wants("!trap =category=2 =message=interrupted .tag=1", "!done .tag=2", "!done .tag=1")
	})
}

func TestListen(t *testing.T) {
	for name, tc := range map[string]struct {
		p    sim.Personality
		dead string
	}{
		"v6": {sim.HAP(), "yes"}, "v7": {sim.HEX(), "true"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{Personality: tc.p, PPPUsers: 3}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				c.send("/ppp/active/listen", "=.proplist=.id,name,service", ".tag=1")
				synctest.Wait()
				id := d.AddPPP("anna")
				d.RemovePPP("anna")
				word := func(rest string) string {
					if tc.p.TagBehindReply {
						return "!re .tag=1" + rest
					}
					return "!re" + rest + " .tag=1"
				}
				c.wants(word(" =.id="+id+" =name=anna =service=pppoe"), word(" =.id="+id+" =.dead="+tc.dead))
			})
		})
	}
}

func TestListenHasNoInitialRowsAndFollowHas(t *testing.T) {
	in(t, sim.Options{HotspotUsers: 2, Personality: sim.CHR()}, func(t *testing.T, d *sim.Device) {
		for _, command := range [][]string{
			{"/ip/hotspot/active/listen"},
			{"/ip/hotspot/active/print", "=follow-only="},
			{"/ip/hotspot/active/print", "=follow="},
		} {
			c := login(t, d)
			c.send(append(command, "=.proplist=user")...)
			if slices.Contains(command, "=follow=") {
				c.wants("!re =user=guest-0000", "!re =user=guest-0001")
			}
			synctest.Wait()
			d.AddHotspot("visitor")
			c.wants("!re =user=visitor")
			d.RemoveHotspot("visitor")
			assert.Regexp(t, `^!re =\.id=\*A[0-9A-F]+ =\.dead=true$`, c.next())
		}
	})
}

func TestListenWithAQuery(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.send("/ppp/active/listen", "=.proplist=name", "?name=bob")
		synctest.Wait()
		d.AddPPP("anna")
		d.AddPPP("bob")
		c.wants("!re =name=bob")
	})
}

func TestDynamicInterfacesLeaveWithoutAWord(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.send("/interface/listen", "=.proplist=name")
		synctest.Wait()
		d.AddPPP("anna")
		c.wants("!re =name=<pppoe-anna>")
		d.RemovePPP("anna")
		d.AddPPP("bob")
		c.wants("!re =name=<pppoe-bob>")
	})
}

func TestTheLogCanBeFollowed(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.send("/log/listen", "=.proplist=message", "?>message=<", ".tag=1")
		synctest.Wait()
		d.AddPPP("u1")
		c.wants("!re =message=u1 logged in, 10.0.0.2 from 02:00:5E:10:00:00 .tag=1", "!re =message=<pppoe-u1>: connected .tag=1")
	})
}

func TestLogTimes(t *testing.T) {
	for name, tc := range map[string]struct {
		p    sim.Personality
		want []string // bubbles begin at midnight UTC 2000-01-01
	}{
		"v6": {sim.HAP(), []string{"jan/01/2000 00:00:00", "feb/10 00:00:00", "00:00:00"}},
		"v7": {sim.HEX(), []string{"2000-01-01 00:00:00", "2001-02-10 00:00:00", "2001-02-20 00:00:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{Personality: tc.p}, func(t *testing.T, d *sim.Device) {
				d.AddPPP("a")
				time.Sleep(time.Until(time.Date(2001, 2, 10, 0, 0, 0, 0, time.UTC)))
				d.RemovePPP("a")
				time.Sleep(10 * 24 * time.Hour)
				c := login(t, d)
				var got []string
				for _, r := range c.rows("/log/print") {
					got = append(got, r["time"])
				}
				assert.Equal(t, tc.want, slices.Compact(got))
			})
		})
	}
}

func TestTheLogIsBounded(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		for range 600 {
			d.AddPPP("x")
			d.RemovePPP("x")
		}
		log := d.Log()
		require.Len(t, log, 1000)
		assert.True(t, strings.HasSuffix(log[999].Message, "disconnected"), log[999].Message)
	})
}
