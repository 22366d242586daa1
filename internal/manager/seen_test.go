package manager_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/sim"
)

// knows reports whether the client knows that a user is connected.
func (c *mirror) knows(user string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	for _, table := range c.tables {
		for _, row := range table.rows {
			if row["name"] == user || row["user"] == user {
				return true
			}
		}
	}
	for key, state := range c.session {
		var hotspot, id, name string
		if _, err := fmt.Sscan(key, &hotspot, &id, &name); err == nil && name == user && state == "up" {
			return true
		}
	}
	return false
}

// A viewer of any form sees within a second that a user has connected or is gone, at
// whatever time between two polls, and however many come one after the other.
func TestAUserIsSeenWithinASecond(t *testing.T) {
	combined := poller.Variant{Topic: poller.Combined}
	ppp := []poller.Variant{variant("ppp_active", false, false), variant("ppp_active", true, false), variant("ppp_active", true, true)}
	hotspot := []poller.Variant{variant("hotspot_active", false, false), variant("hotspot_active", true, false), variant("hotspot_active", true, true)}
	sessions := variant("sessions", false, false)
	type menu struct {
		forms       []poller.Variant
		add, remove func(d *sim.Device, user string)
	}
	for name, m := range map[string]menu{
		"ppp": {
			append(ppp, combined, sessions), func(d *sim.Device, user string) { d.AddPPP(user) }, (*sim.Device).RemovePPP,
		},
		"hotspot": {
			append(hotspot, combined, sessions), func(d *sim.Device, user string) { d.AddHotspot(user) }, (*sim.Device).RemoveHotspot,
		},
	} {
		watched := map[string][]poller.Variant{"all forms": m.forms}
		for _, v := range m.forms {
			watched[newMirror(t, nil, "", v).name()] = []poller.Variant{v}
		}
		for form, variants := range watched {
			t.Run(name+"/"+form, func(t *testing.T) {
				in(t, func(t *testing.T, mgr *manager.Manager, r, _ *sim.Device) {
					connect(t, mgr, "a", "r:8728")
					var clients []*mirror
					for _, v := range variants {
						c := newMirror(t, mgr, "a", v)
						c.open()
						t.Cleanup(c.close)
						clients = append(clients, c)
					}
					time.Sleep(10 * time.Second)
					for n := range 12 {
						user := fmt.Sprint("user-", n)
						m.add(r, user)
						time.Sleep(time.Second)
						for _, c := range clients {
							assert.True(t, c.knows(user), "%s, user %d", c.name(), n)
						}
						time.Sleep(370 * time.Millisecond)
						m.remove(r, user)
						m.add(r, "other")
						time.Sleep(time.Second)
						for _, c := range clients {
							assert.False(t, c.knows(user), "%s, user %d is gone", c.name(), n)
							assert.True(t, c.knows("other"), "%s, after user %d", c.name(), n)
						}
						m.remove(r, "other")
						time.Sleep(time.Duration(n) * 410 * time.Millisecond)
					}
				})
			})
		}
	}
}

// A router is followed again after each login, and nothing of it once nobody watches.
func TestListensBeginAgainAfterALogin(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, s *sim.Device) {
		connect(t, m, "a", "r:8728")
		var clients []*mirror
		for topic := range followedMenus {
			clients = append(clients, newMirror(t, m, "a", variant(topic, true, false)))
		}
		clients = append(clients, newMirror(t, m, "a", variant("log", false, false)))
		want := map[string]int{"/log": 1}
		for _, path := range followedMenus {
			want[path] = 1
		}
		begin := func() {
			for _, c := range clients {
				c.open()
			}
			time.Sleep(3 * time.Second)
			assert.Equal(t, want, r.Stats().Listens)
		}
		end := func() {
			for _, c := range clients {
				c.close()
			}
			time.Sleep(3 * time.Second)
			assert.Empty(t, r.Stats().Listens)
			assert.Empty(t, s.Stats().Listens)
		}
		begin()
		for range 3 {
			r.DropSessions()
			time.Sleep(time.Minute)
			assert.Equal(t, want, r.Stats().Listens)
		}
		r.Reboot()
		time.Sleep(time.Minute)
		assert.Equal(t, want, r.Stats().Listens)
		end()
		begin() // the same session
		connect(t, m, "a", "s:8728")
		time.Sleep(3 * time.Second)
		assert.Empty(t, r.Stats().Listens, "the router that the id has left")
		assert.Equal(t, want, s.Stats().Listens)
		for _, d := range []*sim.Device{r, s} {
			assert.LessOrEqual(t, d.Stats().MostCommands, 4)
			assert.LessOrEqual(t, d.Stats().MostListens, 8)
		}
		end()
	})
}
