package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

func TestPolledMenus(t *testing.T) {
	for name, p := range personalities() {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{Personality: p, Identity: "Kantor Pusat", PPPUsers: 30, HotspotUsers: 20}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				assert.Equal(t, "Kantor Pusat", c.rows("/system/identity/print")[0]["name"])
				res := c.rows("/system/resource/print")
				require.Len(t, res, 1)
				assert.Equal(t, p.Board, res[0]["board-name"])
				assert.True(t, strings.HasPrefix(res[0]["version"], p.Version+" ("), res[0]["version"])
				assert.NotContains(t, res[0], ".id")
				_, frequency := res[0]["cpu-frequency"]
				assert.Equal(t, name != "ccr2004", frequency, "CCR2004 has no cpu-frequency")
				_, bad := res[0]["bad-blocks"]
				assert.Equal(t, name != "chr", bad, "CHR has no bad-blocks")

				ppp := c.rows("/ppp/active/print")
				require.Len(t, ppp, 30)
				for _, field := range []string{".id", "name", "service", "caller-id", "address", "uptime", "encoding",
					"session-id", "limit-bytes-in", "limit-bytes-out", "radius"} {
					assert.Contains(t, ppp[0], field)
				}
				hot := c.rows("/ip/hotspot/active/print")
				require.Len(t, hot, 20)
				for _, field := range []string{".id", "server", "user", "address", "mac-address", "login-by", "uptime",
					"idle-time", "bytes-in", "bytes-out", "packets-in", "packets-out", "radius", "blocked"} {
					assert.Contains(t, hot[0], field)
				}
			})
		})
	}
}

func TestUptimeAndCountersMove(t *testing.T) {
	in(t, sim.Options{PPPUsers: 1, Seed: 3}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		before := c.rows("/ppp/active/print")[0]
		d.Reboot()
		time.Sleep(3*time.Hour + 5*time.Second)
		c = login(t, d)
		assert.Equal(t, "3h5s", c.rows("/system/resource/print")[0]["uptime"])
		after := c.rows("/ppp/active/print")[0]
		assert.Equal(t, "3h5s", after["uptime"])
		assert.Equal(t, before["name"], after["name"])
		assert.NotEqual(t, before[".id"], after[".id"])
	})
}

func TestHealthByVersion(t *testing.T) {
	in(t, sim.Options{Personality: sim.HAP()}, func(t *testing.T, d *sim.Device) {
		rows := login(t, d).rows("/system/health/print")
		require.Len(t, rows, 1)
		assert.Regexp(t, `^2[34]\.\d$`, rows[0]["voltage"])
		assert.Regexp(t, `^3\d$`, rows[0]["temperature"])
		assert.Len(t, rows[0], 2)
	})
	in(t, sim.Options{Personality: sim.CCR2004()}, func(t *testing.T, d *sim.Device) {
		rows := login(t, d).rows("/system/health/print")
		require.Len(t, rows, 6)
		assert.Equal(t, []string{"*E", "temperature", "C"}, []string{rows[1][".id"], rows[1]["name"], rows[1]["type"]})
		assert.Equal(t, map[string]string{".id": "*1CE9", "name": "psu1-state", "type": "", "value": "ok"}, rows[4])
		assert.Regexp(t, `^\d{4}$`, rows[3]["value"], "fan")
	})
	in(t, sim.Options{Personality: sim.CHR()}, func(t *testing.T, d *sim.Device) {
		rows := login(t, d).rows("/system/health/print")
		assert.Equal(t, []map[string]string{{"state": "disabled", "state-after-reboot": "disabled"}}, rows)
	})
	p := sim.HEX()
	p.Health = sim.HealthAbsent
	in(t, sim.Options{Personality: p}, func(t *testing.T, d *sim.Device) {
		assert.Equal(t, "no such command or directory (health)", login(t, d).refused("/system/health/print"))
	})
}

func TestDatesByVersion(t *testing.T) {
	for name, tc := range map[string]struct {
		p           sim.Personality
		build, date string
	}{
		"old": {sim.HAP(), "Jul/17/2023 13:52:30", "jan/01/2000"},
		"iso": {sim.HEX(), "2024-11-26 12:09:40", "2000-01-01"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{Personality: tc.p}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				assert.Equal(t, tc.build, c.rows("/system/resource/print")[0]["build-time"])
				assert.Equal(t, tc.date, c.rows("/system/clock/print")[0]["date"])
			})
		})
	}
}

func TestSmallMenus(t *testing.T) {
	in(t, sim.Options{Users: []sim.User{{Name: "x", Group: "read"}}}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		board := c.rows("/system/routerboard/print")[0]
		assert.Equal(t, []string{"true", "RB750Gr3", "7.16.2"}, []string{board["routerboard"], board["model"], board["current-firmware"]})
		assert.Contains(t, c.rows("/system/license/print")[0], "software-id")
		users := c.rows("/user/print")
		assert.Equal(t, []string{"full", "read"}, []string{users[0]["group"], users[1]["group"]})
		assert.Equal(t, "20", c.rows("/ip/service/print", "?name=api")[0]["max-sessions"])
		assert.Equal(t, "default-trial", c.rows("/ip/hotspot/user/print", "?.id=*0")[0]["name"])
	})
}

func TestLeases(t *testing.T) {
	in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		rows := c.rows("/ip/dhcp-server/lease/print")
		require.Len(t, rows, 5)
		assert.Regexp(t, `^(\d+m)?(\d+s)?$`, rows[0]["expires-after"])
		assert.Equal(t, "Jos\xe9s iPhone", rows[1]["host-name"])
		assert.Equal(t, "never", rows[3]["last-seen"])
		assert.Equal(t, "*1", rows[4]["server"])
		assert.Equal(t, "conflict", rows[4]["status"])
		id := c.run("/ip/dhcp-server/lease/add", "=address=192.168.88.99", "=mac-address=02:00:5E:00:53:99")[0].attrs["ret"]
		assert.Equal(t, "waiting", c.rows("/ip/dhcp-server/lease/print", "?.id="+id)[0]["status"])
	})
}

func TestARP(t *testing.T) {
	for name, p := range map[string]sim.Personality{"version 6": sim.HAP(), "version 7": sim.CCR2004()} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{Personality: p}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				rows := c.rows("/ip/arp/print")
				require.Len(t, rows, 4)
				assert.Equal(t, "192.168.88.20", rows[0]["address"])
				assert.Equal(t, []string{"true", "false"}, []string{rows[0]["dynamic"], rows[3]["dynamic"]})
				assert.Equal(t, name == "version 7", rows[0]["status"] == "reachable")
			})
		})
	}
}

func TestNastyContentSurvivesTheWire(t *testing.T) {
	in(t, sim.Options{Nasty: true, PPPUsers: 200, HotspotUsers: 200}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		seen := map[string]bool{}
		for _, r := range c.rows("/ppp/active/print") {
			require.False(t, seen[r["name"]], "%q twice", r["name"])
			seen[r["name"]] = true
			assert.Len(t, c.rows("/ppp/active/print", "?name="+r["name"]), 1)
		}
		assert.True(t, seen["Caf\xe9-4"])
		assert.True(t, seen[".tag=67"])
		assert.Contains(t, c.rows("/interface/print", "?name=ether1")[0]["comment"], "\n")
	})
}

func TestSameSeedSameDevice(t *testing.T) {
	show := func(seed uint64) (rows []map[string]string) {
		in(t, sim.Options{PPPUsers: 20, HotspotUsers: 20, Churn: 1, Seed: seed}, func(t *testing.T, d *sim.Device) {
			c := login(t, d)
			c.rows("/ppp/active/print")
			time.Sleep(time.Minute)
			rows = append(c.rows("/ppp/active/print"), c.rows("/ip/hotspot/active/print")...)
		})
		return rows
	}
	assert.Equal(t, show(7), show(7))
	assert.NotEqual(t, show(7), show(8))
}
