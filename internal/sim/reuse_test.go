package sim_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// A session may begin with the .id of one that has ended; later ones have ids of their own.
func TestIDsAreReused(t *testing.T) {
	for menu, tc := range map[string]struct {
		name  string // field
		add   func(d *sim.Device, user string) string
		reuse func(d *sim.Device, user, other string)
	}{
		"/ppp/active":        {"name", (*sim.Device).AddPPP, (*sim.Device).ReusePPP},
		"/ip/hotspot/active": {"user", (*sim.Device).AddHotspot, (*sim.Device).ReuseHotspot},
	} {
		t.Run(menu, func(t *testing.T) {
			in(t, sim.Options{}, func(t *testing.T, d *sim.Device) {
				c := login(t, d)
				first := tc.add(d, "anna")
				tc.add(d, "bob")
				tc.reuse(d, "anna", "carla")
				tc.reuse(d, "nobody", "dora")
				tc.add(d, "emil")
				rows := c.rows(menu + "/print")
				require.Len(t, rows, 3)
				ids := map[string]bool{}
				for _, row := range rows {
					ids[row[".id"]] = true
					assert.Equal(t, row[tc.name] == "carla", row[".id"] == first, row[tc.name])
				}
				assert.Len(t, ids, 3)
				assert.Equal(t, 1, d.Stats().MostCommands)
			})
		})
	}
}
