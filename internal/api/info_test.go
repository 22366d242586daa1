package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/sim"
)

func info(t *testing.T, s *site, id string) map[string]any {
	t.Helper()
	got := s.json(http.MethodGet, "/system-info?router="+id, "")
	require.Equal(t, http.StatusOK, got.Code, got.Body)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(got.body.Data, &fields))
	for name := range fields {
		assert.Equal(t, 1, strings.Count(string(got.body.Data), `"`+name+`":`), "fields of several menus are there once: %s", name)
	}
	return fields
}

func TestInfo(t *testing.T) {
	for name, tc := range map[string]struct {
		device   sim.Personality
		model    any // of /system/routerboard
		mhz      any
		noBoard  string // why there is no routerboard
		identity string
	}{
		"a board":         {device: sim.HEX(), model: "RB750Gr3", mhz: 880.0, identity: "Kantor Pusat"},
		"no frequency":    {device: sim.CCR2004(), model: "CCR2004-16G-2S+", identity: "name \"in\"\nquotes"},
		"no routerboard":  {device: sim.CHR(), mhz: 2200.0, noBoard: "no such command", identity: "\xff"},
		"RouterOS 6, tag": {device: sim.HAP(), model: "RB952Ui-5ac2nD", mhz: 650.0, identity: "0811"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, map[string]sim.Options{"r": {Personality: tc.device, Identity: tc.identity, Latency: time.Second}})
				s.connect("a", "r")
				began := time.Now()
				fields := info(t, s, "a")
				assert.Equal(t, time.Second, time.Since(began), "one round trip for all menus")
				assert.Equal(t, "a", fields["router_id"])
				identity := tc.identity
				if identity == "\xff" {
					identity = "ÿ"
				}
				assert.Equal(t, identity, fields["identity"])
				assert.Equal(t, tc.device.Board, fields["board-name"])
				assert.Equal(t, tc.model, fields["model"])
				assert.Equal(t, tc.mhz, fields["cpu-frequency"])
				assert.IsType(t, 0.0, fields["total-memory"])
				assert.IsType(t, "", fields["uptime"])
				assert.IsType(t, 0.0, fields["uptime-seconds"])
				if tc.noBoard == "" {
					assert.NotContains(t, fields, "errors")
					assert.Equal(t, true, fields["routerboard"])
					return
				}
				assert.Contains(t, fields["errors"].(map[string]any)["routerboard"], tc.noBoard)
			})
		})
	}
}

func TestInfoFailsOnlyAsAWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r": {}})
		s.connect("a", "r")
		r := s.devices["r:8728"]
		refuse := sim.Fault{Kind: sim.Trap, Text: "not enough permissions (9)", Count: 1}
		for _, path := range []string{"/system/resource/print", "/system/identity/print"} {
			refuse.Path = path
			r.Inject(refuse)
		}
		fields := info(t, s, "a")
		assert.Equal(t, map[string]any{"resource": refuse.Text, "identity": refuse.Text}, fields["errors"])
		assert.Equal(t, "RB750Gr3", fields["model"])

		refuse.Path, refuse.Count = "", 3
		r.Inject(refuse)
		assert.Equal(t, string(errcode.Refused), s.json(http.MethodGet, "/system-info?router=a", "").body.Code)

		r.Inject(sim.Fault{Kind: sim.HangUp, Count: 1})
		assert.Equal(t, string(errcode.Unreachable), s.json(http.MethodGet, "/system-info?router=a", "").body.Code)
	})
}
