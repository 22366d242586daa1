package sim_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

func TestInspect(t *testing.T) {
	in(t, sim.Options{Personality: sim.CCR2004()}, func(t *testing.T, d *sim.Device) {
		c := login(t, d)
		names := func(path, kind string) (found []string) {
			for _, r := range c.rows("/console/inspect", "=request=child", "=path="+path) {
				require.Equal(t, "child", r["type"])
				if r["node-type"] == kind {
					found = append(found, r["name"])
				}
			}
			require.True(t, slices.IsSorted(found))
			return found
		}
		assert.Subset(t, names("", "path"), []string{"interface", "ip", "ipv6", "system", "tool", "user"})
		assert.Subset(t, names("", "dir"), []string{"ppp", "queue", "log", "safe-mode"})
		assert.Equal(t, []string{"execute", "ping"}, names("", "cmd"))
		assert.Equal(t, []string{"used"}, names("ip,pool", "dir"))
		assert.Equal(t, []string{"add", "comment", "get", "print", "remove", "set"}, names("ip,pool", "cmd"))
		assert.Equal(t, []string{"comment", "copy-from", "name", "next-pool", "ranges"}, names("ip,pool,add", "arg"))
		assert.Contains(t, names("ip,pool,print", "arg"), "count-only", "a table can be counted")
		assert.NotContains(t, names("system,identity,print", "arg"), "count-only", "a singleton cannot")
		assert.Contains(t, names("ip,dhcp-client,add", "arg"), "check-gateway", "7.19")
		assert.Equal(t, []string{"destination", "numbers"}, names("queue,simple,move", "arg"))
		assert.Contains(t, names("ip,dhcp-server,lease", "cmd"), "make-static")
		assert.Empty(t, names("ip,pool,add,name", "arg"))
		assert.Empty(t, c.rows("/console/inspect", "=request=child", "=path=no,such"))

		assert.Equal(t, []map[string]string{{"type": "self", "name": "pool", "node-type": "dir"}},
			c.rows("/console/inspect", "=request=self", "=path=ip,pool"))
		var texts []string
		for _, r := range c.rows("/console/inspect", "=request=completion", "=path=ppp,secret,add,profile", "=.proplist=completion") {
			require.Len(t, r, 1)
			texts = append(texts, r["completion"])
		}
		assert.Equal(t, []string{"default", "home-20M", "home-50M", "default-encryption"}, texts)
		assert.Equal(t, "1..4095    (integer number)", c.rows("/console/inspect", "=request=syntax", "=path=interface,vlan,add,vlan-id")[0]["text"])
		assert.Len(t, c.rows("/console/inspect", "=request=self,child", "=path=queue"), 4)
		assert.Equal(t, "missing value(s) of argument(s) request", c.refused("/console/inspect", "=path=ip"))
		assert.Equal(t, "input does not match any value of request", c.refused("/console/inspect", "=request=all"))
	})
	in(t, sim.Options{Personality: sim.HAP()}, func(t *testing.T, d *sim.Device) {
		assert.Equal(t, "no such command or directory (console)", login(t, d).refused("/console/inspect", "=request=child"))
	})
}

// What is inspected can be called, and what can be called is inspected.
func TestInspectedCommandsExist(t *testing.T) {
	for name, p := range map[string]sim.Personality{"hex": sim.HEX(), "ccr2004": sim.CCR2004(), "chr": sim.CHR()} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{Personality: p}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				menus := 0
				var walk func(path, words string)
				walk = func(path, words string) {
					for _, r := range c.rows("/console/inspect", "=request=child", "=path="+words) {
						next := words + "," + r["name"]
						switch r["node-type"] {
						case "dir", "path":
							walk(path+"/"+r["name"], next)
						case "cmd":
							if r["name"] == "print" {
								menus++
								c.rows(path+"/print", "=.proplist=.id")
							}
						}
					}
				}
				walk("", "")
				assert.Greater(t, menus, 60)
			})
		})
	}
}

// Clients read a row, change one field and write all of them: nothing else may change.
func TestRowsCanBeWrittenBack(t *testing.T) {
	for name, p := range map[string]sim.Personality{"hex": sim.HEX(), "ccr2004": sim.CCR2004(), "chr": sim.CHR()} {
		t.Run(name, func(t *testing.T) {
			in(t, sim.Options{Personality: p, PPPUsers: 3, HotspotUsers: 3}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				c.rows("/interface/vlan/add", "=interface=bridge", "=vlan-id=3")
				c.rows("/interface/wireguard/add", "=name=wg1")
				written := 0
				for _, path := range sim.Menus() {
					words := strings.ReplaceAll(path[1:], "/", ",")
					fields := map[string]bool{}
					for _, r := range c.rows("/console/inspect", "=request=child", "=path="+words+",set") {
						fields[r["name"]] = true
					}
					if len(fields) == 0 {
						continue // not on this device, or not to be set
					}
					for _, before := range c.rows(path + "/print") {
						if before["dynamic"] == "true" || before["server"] == "*1" {
							continue
						}
						command := []string{path + "/set"}
						if before[".id"] != "" {
							command = append(command, "=.id="+before[".id"])
						}
						for name, value := range before {
							if fields[name] {
								command = append(command, "="+name+"="+value)
							}
						}
						c.rows(command...)
						again := []string{path + "/print"}
						if before[".id"] != "" {
							again = append(again, "?.id="+before[".id"])
						}
						after := c.rows(again...)
						require.Len(t, after, 1, path)
						for name, value := range before {
							if fields[name] {
								assert.Equal(t, value, after[0][name], "%s %s of %s", path, name, before[".id"])
							}
						}
						written++
					}
				}
				assert.Greater(t, written, 100)
			})
		})
	}
}
