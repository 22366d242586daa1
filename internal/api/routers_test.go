package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// The life of a router_id, byte for byte.
func TestRoutersGolden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {Seed: 7}})
		var transcript strings.Builder
		for _, step := range []struct{ method, path, body string }{
			{http.MethodGet, "/routers", ""},
			{http.MethodPost, "/connect", good["/connect"]},
			{http.MethodPost, "/connect", good["/connect"]},
			{http.MethodPost, "/connect", `{"router_id":"second","host":"R.test:8728","user":"` + user + `","pass":"` + password + `"}`},
			{http.MethodGet, "/routers", ""},
			{http.MethodGet, "/routers/second", ""},
			{http.MethodPost, "/disconnect", `{"router_id":"r"}`},
			{http.MethodPost, "/disconnect", `{"router_id":"second"}`},
			{http.MethodGet, "/routers", ""},
			{http.MethodPost, "/disconnect", `{"router_id":"r"}`},
		} {
			got := s.json(step.method, step.path, step.body)
			transcript.WriteString(step.method + " " + step.path + "\n" + got.Body.String() + "\n")
		}
		golden(t, "routers.txt", transcript.String())
	})
}

func TestSystemInfoGolden(t *testing.T) {
	for name, device := range map[string]sim.Options{
		"version-6": {Personality: sim.HAP(), Identity: "hotspot-lobby", Seed: 7},
		"version-7": {Personality: sim.CCR2004(), Identity: "pppoe-core", Seed: 7},
		"chr":       {Personality: sim.CHR(), Identity: "cloud", Seed: 7}, // no /system/routerboard
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, map[string]sim.Options{"r.test": device})
				require.Equal(t, http.StatusOK, s.connect("r", "r.test").Code)
				got := s.json(http.MethodGet, "/system-info?router=r", "")
				assert.Equal(t, http.StatusOK, got.Code)
				golden(t, "info-"+name+".json", got.Body.String())

				var info struct {
					RouterID    string `json:"router_id"`
					Identity    string
					Version     string
					CPULoad     *int              `json:"cpu-load"`
					Uptime      string            `json:"uptime"`
					Seconds     int               `json:"uptime-seconds"`
					Routerboard *bool             `json:"routerboard"`
					Errors      map[string]string `json:"errors"`
				}
				require.NoError(t, json.Unmarshal(got.body.Data, &info))
				assert.Equal(t, "r", info.RouterID)
				assert.Equal(t, device.Identity, info.Identity)
				assert.NotNil(t, info.CPULoad, "a number")
				assert.NotZero(t, info.Seconds, "next to %s", info.Uptime)
				assert.Equal(t, name == "chr", info.Routerboard == nil)
				assert.Equal(t, name == "chr", info.Errors["routerboard"] != "", "what is missing is explained")
			})
		})
	}
}
