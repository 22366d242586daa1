package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// fleetOf starts instances of one fleet.
func fleetOf(t *testing.T, n int) []*program {
	env := fleetEnv(t)
	env["FLEET_LEASE"], env["POLL_INTERVAL"] = "2s", "500ms"
	env["ALERTS_FILE"] = alertsFile(t, t.TempDir(), "http://127.0.0.1:1", "alerts: default")
	var all []*program
	for i := range n {
		env["INSTANCE"] = fmt.Sprintf("instance-%d", i)
		all = append(all, start(t, env))
	}
	return all
}

// Whatever is asked of an instance, it serves: its own routers and those of others.
func TestEveryInstanceServesEveryRouter(t *testing.T) {
	const routers = 6
	all := fleetOf(t, 3)
	var devices []*sim.Device
	for i := range routers {
		d, addr := device(t, sim.Options{Identity: fmt.Sprintf("router-%d", i)})
		devices = append(devices, d)
		a := all[i%len(all)].connect(fmt.Sprintf("r%d", i), addr)
		require.Equal(t, http.StatusOK, a.status, "%+v", a.body)
	}
	for _, p := range all {
		eventually(t, "all routers are known, up and spread", func() bool {
			list, owners := p.routers(), make(map[string]bool)
			for i := range routers {
				r := list[fmt.Sprintf("r%d", i)]
				if r.State != "up" || r.Instance == "" {
					return false
				}
				owners[r.Instance] = true
			}
			return len(owners) > 1
		})
	}
	for _, p := range all {
		for i := range routers {
			id := fmt.Sprintf("r%d", i)
			a := p.run(id, "/system/identity/print")
			require.Equal(t, http.StatusOK, a.status, "%+v", a.body)
			assert.Contains(t, string(a.body.Data), fmt.Sprintf("router-%d", i))
			assert.Equal(t, id, p.open(id).snapshot()["router_id"])
			for _, what := range []string{"users", "doctor", "history?series=cpu"} {
				a := p.get("/routers/" + id + "/" + what)
				assert.Equal(t, http.StatusOK, a.status, "%s: %+v", what, a.body)
			}
		}
	}
	for _, p := range all {
		assert.JSONEq(t, `[]`, string(p.get("/alerts").body.Data))
	}
	for _, d := range devices {
		assert.EqualValues(t, 1, d.Stats().Sessions, "one session in the whole fleet")
	}
	var fleet struct {
		Instance string
		Members  []struct {
			Instance string
			Routers  int
		}
	}
	all[0].get("/fleet").data(t, &fleet)
	assert.Equal(t, "instance-0", fleet.Instance)
	assert.Len(t, fleet.Members, 3)
	text, _ := json.Marshal(fleet)
	t.Log(string(text))
}
