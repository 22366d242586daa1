package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

func TestCommandsAfterWhichARouterHangsUp(t *testing.T) {
	for _, tc := range []struct {
		words   string
		p       sim.Personality
		refused string // "" where the router hangs up
	}{
		{"/system/reboot", sim.HEX(), ""},
		{"/system/shutdown", sim.HEX(), ""},
		{"/system/reset-configuration =no-defaults=yes", sim.HEX(), ""},
		{"/system/backup/load =name=daily.backup", sim.HEX(), ""},
		{"/system/backup/load =name=daily", sim.HAP(), ""},
		{"/system/backup/load =name=nope", sim.HEX(), "input does not match any value of name"},
		{"/system/backup/load", sim.HEX(), "missing value(s) of argument(s) name"},
		{"/system/package/downgrade", sim.HEX(), ""},
		{"/system/package/apply-changes", sim.CCR2004(), ""},
		{"/system/package/apply-changes", sim.HEX(), "no such command"},
		{"/system/package/update/install", sim.HEX(), ""},
		{"/system/package/update/upgrade", sim.HAP(), ""},
		{"/system/package/update/upgrade", sim.HEX(), "no such command"},
		{"/system/package/local-update/download-all =reboot-after-download=yes", sim.CCR2004(), ""},
		{"/system/package/local-update/download-all =reboot-after-download=no", sim.CCR2004(), "done"},
		{"/system/upgrade/download-all =reboot-after-download=true", sim.HAP(), ""},
		{"/system/upgrade/download-all", sim.HAP(), "done"},
		{"/system/upgrade/download-all", sim.CHR(), "no such command or directory (upgrade)"},
		{"/system/device-mode/update =mode=home", sim.CCR2004(), ""},
		{"/system/device-mode/update =mode=home", sim.HAP(), "no such command or directory (device-mode)"},
		{"/system/package/update/check-for-updates", sim.HEX(), "done"},
	} {
		t.Run(tc.words, func(t *testing.T) {
			in(t, sim.Options{Personality: tc.p, PPPUsers: 2}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				if tc.refused != "" {
					r := c.run(split(tc.words)...)
					if tc.refused == "done" {
						require.Equal(t, "!done", r[0].word)
						return
					}
					assert.Equal(t, tc.refused, r[0].attrs["message"])
					return
				}
				c.send(split(tc.words)...)
				c.wantsEnd()
			})
		})
	}
}

func TestHangingUpNeedsThePolicy(t *testing.T) {
	in(t, sim.Options{Users: []sim.User{{Name: "ops", Group: "api,read,write"}}}, func(t *testing.T, d *sim.Device) {
		c := dial(t, d)
		c.rows("/login", "=name=ops", "=password=")
		for _, words := range []string{"/system/reboot", "/system/reset-configuration", "/system/package/update/install", "/system/backup/load =name=daily"} {
			assert.Equal(t, "not enough permissions (9)", c.refused(split(words)...), words)
		}
		c.rows("/system/backup/save", "=name=x")
		assert.Len(t, c.rows("/file/print", "?name=x.backup"), 1)
	})
}

func TestResetConfiguration(t *testing.T) {
	in(t, sim.Options{PPPUsers: 4, BootTime: time.Second}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		c.rows("/ip/pool/remove", "=.id=dhcp")
		c.rows("/interface/set", "=.id=ether2", "=name=lan")
		c.rows("/system/identity/set", "=name=x")
		c.send("/system/reset-configuration")
		c.wantsEnd()
		time.Sleep(2 * time.Second)
		c = login(t, d)
		assert.Len(t, c.rows("/ip/pool/print", "?name=dhcp"), 1)
		assert.Len(t, c.rows("/interface/print", "?name=ether2"), 1)
		assert.Equal(t, "MikroTik", c.rows("/system/identity/print")[0]["name"])
		assert.Len(t, c.rows("/ppp/active/print"), 4)
		assert.Len(t, c.rows("/interface/print", "?dynamic=true"), 4)
	})
}
