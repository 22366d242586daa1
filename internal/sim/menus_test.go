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
