package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/search"
	"github.com/aprakasa/mikronec/internal/sim"
)

type searchPage struct {
	Success bool
	Q       string
	Results []struct {
		RouterID string `json:"router_id"`
		Kind     string
		Name     string
		Address  string
		MAC      string
		HostName string `json:"host-name"`
		ID       string `json:".id"`
		At       time.Time
		Stale    bool
	}
	More    bool
	NotRead []string `json:"not_read"`
	Silent  []string
}

func searched(s *site, q, more string) (page searchPage) {
	s.t.Helper()
	got := s.json(http.MethodGet, "/search?q="+url.QueryEscape(q)+more, "")
	require.Equal(s.t, http.StatusOK, got.Code, got.Body)
	require.NoError(s.t, json.Unmarshal(got.Body.Bytes(), &page))
	return page
}

func TestSearch(t *testing.T) {
	for version, personality := range versions {
		t.Run(version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := sim.Options{Personality: personality, PPPUsers: 5, HotspotUsers: 5, Identity: "Kantor Pusat"}
				s := newSite(t, map[string]sim.Options{"a.test": o, "b.test": {}})
				require.Equal(t, http.StatusOK, s.connect("a", "a.test").Code)
				require.Equal(t, http.StatusOK, s.connect("b", "b.test").Code)
				s.devices["a.test:8728"].AddPPP("Budi")

				none := searched(s, "budi", "")
				assert.True(t, none.Success)
				assert.Empty(t, none.Results)
				assert.Equal(t, []string{"a", "b"}, none.NotRead)

				dhcp, ok := poller.Lookup("dhcp_leases")
				require.True(t, ok)
				identity, ok := poller.Lookup("identity")
				require.True(t, ok)
				watch, err := s.manager.Subscribe(manager.Watch{Routers: []string{"a"}, Variants: []poller.Variant{dhcp.Variant(true, false), identity.Variant(false, false)}})
				require.NoError(t, err)
				row := usersOf(s, "?q=budi").Users[0]
				time.Sleep(time.Second)

				before := total(s.devices)
				page := searched(s, "budi", "")
				require.Len(t, page.Results, 1)
				assert.Equal(t, []string{"b"}, page.NotRead)
				found := page.Results[0]
				assert.Equal(t, []string{"a", "ppp", "Budi", row.Address, row.MAC, row.ID}, []string{found.RouterID, found.Kind, found.Name, found.Address, found.MAC, found.ID})
				assert.False(t, found.Stale)
				for _, mac := range []string{row.MAC, strings.ToLower(row.MAC), strings.ReplaceAll(row.MAC, ":", "-"), strings.ReplaceAll(row.MAC, ":", "")} {
					assert.Equal(t, row.ID, searched(s, mac, "").Results[0].ID, mac)
				}
				assert.Equal(t, "dhcp", searched(s, "nas", "").Results[0].Kind)
				assert.Equal(t, "nas", searched(s, "nas", "").Results[0].HostName)
				assert.Equal(t, "router", searched(s, "pusat", "").Results[0].Kind)
				limited := searched(s, "0", "&limit=2")
				assert.Len(t, limited.Results, 2)
				assert.True(t, limited.More)
				assert.Equal(t, before, total(s.devices), "no router is asked")

				watch.Close()
				time.Sleep(2 * time.Hour)
				old := searched(s, "budi", "").Results
				require.Len(t, old, 1, "it is kept")
				assert.True(t, old[0].Stale)
				assert.InDelta(t, 2*time.Hour.Seconds(), time.Since(old[0].At).Seconds(), 60)
				time.Sleep(23 * time.Hour)
				assert.Empty(t, searched(s, "budi", "").Results, "for a day")
			})
		})
	}
}

// total is how many commands routers have taken.
func total(devices map[string]*sim.Device) (n int) {
	for _, d := range devices {
		for _, count := range d.Stats().Commands {
			n += count
		}
	}
	return n
}

// Somebody who logs in while the table is followed is found soon.
func TestSearchFollowsTheTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"a.test": {PPPUsers: 5}})
		s.connect("a", "a.test")
		ppp, _ := poller.Lookup("ppp_active")
		watch, err := s.manager.Subscribe(manager.Watch{Routers: []string{"a"}, Variants: []poller.Variant{ppp.Variant(true, false)}})
		require.NoError(t, err)
		defer watch.Close()
		time.Sleep(10 * time.Second)
		s.devices["a.test:8728"].AddPPP("siti")
		time.Sleep(10 * time.Second)
		assert.Len(t, searched(s, "siti", "").Results, 1)
		s.devices["a.test:8728"].RemovePPP("siti")
		time.Sleep(15 * time.Second)
		assert.Empty(t, searched(s, "siti", "").Results)
		assert.False(t, searched(s, "user-0001", "").Results[0].Stale, "as long as it is followed")
	})
}

func TestMistakesInASearch(t *testing.T) {
	s := newSite(t, nil)
	for _, query := range []string{"", "q=", "q=%20", "q=a&limit=501", "q=" + strings.Repeat("x", 257)} {
		assert.Equal(t, "invalid_request", s.json(http.MethodGet, "/search?"+query, "").body.Code, query)
	}
}

// The other instances of a fleet are asked for the routers that the key sees, and what they
// say beyond that is not shown.
func TestSearchAtOtherInstances(t *testing.T) {
	ring, keys := withKeys(t)
	defer ring.Close()
	var asked []string
	s := newSite(t, map[string]sim.Options{"r.test": {}}, keys, func(o *api.Options) {
		o.Find = func(_ context.Context, p search.Pattern, limit int, ids []string) search.Elsewhere {
			asked = append(asked, fmt.Sprint(p.Text(), " ", limit, " ", ids, ids == nil))
			entry := search.Found{Kind: search.PPP, At: time.Now(), Entry: search.Entry{Name: "budi"}}
			return search.Elsewhere{
				Found:   map[string][]search.Found{"in-1": {entry}, "out-1": {entry}},
				NotRead: map[string]bool{"in-1": true}, Silent: []string{"c"},
			}
		}
	})
	s.connect("in-1", "r.test")
	s.connect("out-1", "r.test") // on the same session
	found := func(more string, headers ...string) (routers []string, page searchPage) {
		got := s.json(http.MethodGet, "/search?q=budi"+more, "", headers...)
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &page))
		for _, r := range page.Results {
			routers = append(routers, r.RouterID)
		}
		return routers, page
	}
	routers, page := found("&limit=7", "X-API-Key", "viewer")
	assert.Equal(t, []string{"in-1"}, routers)
	assert.Equal(t, []string{"in-1"}, page.NotRead)
	assert.Equal(t, []string{"c"}, page.Silent)
	_, page = found("")
	assert.Equal(t, []string{"c"}, page.Silent)
	assert.Equal(t, []string{"budi 8 [in-1] false", "budi 51 [] true"}, asked)
}
