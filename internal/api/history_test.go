package api_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/history"
	"github.com/aprakasa/mikronec/internal/sim"
)

type historyPage struct {
	Success  bool
	RouterID string `json:"router_id"`
	From     time.Time
	Step     int
	Series   map[string][]*uint64
}

func historyOf(s *site, query string) (page historyPage) {
	s.t.Helper()
	got := s.json(http.MethodGet, "/routers/a/history"+query, "")
	require.Equal(s.t, http.StatusOK, got.Code, got.Body)
	require.NoError(s.t, json.Unmarshal(got.Body.Bytes(), &page))
	return page
}

// measured is how many of the values are none of a gap.
func measured(list []*uint64) (n int) {
	for _, v := range list {
		if v != nil {
			n++
		}
	}
	return n
}

func TestHistory(t *testing.T) {
	for version, personality := range versions {
		t.Run(version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSiteOf(t, device.Options{History: history.New(24*time.Hour, 1<<20)},
					map[string]sim.Options{"a.test": {Personality: personality, PPPUsers: 7, HotspotUsers: 3}})
				require.Equal(t, http.StatusOK, s.connect("a", "a.test").Code)
				d := s.devices["a.test:8728"]
				time.Sleep(2 * time.Hour)
				page := historyOf(s, "?from=1h")
				assert.True(t, page.Success)
				steps := 3600 / page.Step // of two minutes, where a router has many interfaces
				assert.Contains(t, []int{60, 120}, page.Step)
				for _, name := range []string{"cpu", "memory-free", "ppp", "hotspot", "interface/ether1/rx", "interface/ether1/tx"} {
					require.Contains(t, page.Series, name)
					assert.InDelta(t, steps+1, len(page.Series[name]), 1, name)
					assert.GreaterOrEqual(t, measured(page.Series[name]), steps-1, name)
				}
				for name := range page.Series {
					assert.NotContains(t, name, "pppoe", "interfaces of users are left out")
				}
				assert.Equal(t, uint64(7), *page.Series["ppp"][15])
				assert.Equal(t, uint64(3), *page.Series["hotspot"][15])
				rate := rowsOf(s, "/interface/monitor-traffic", "=interface=ether1", "=once=")
				assert.NotEmpty(t, rate)
				assert.InDelta(t, 120, d.Stats().Commands["/interface/print"], 3, "once a minute")
				assert.Less(t, s.costs(t, "interface_traffic"), 3000, "bytes a minute")

				d.SetLatency(time.Hour) // it answers nothing for a while
				time.Sleep(30 * time.Minute)
				d.SetLatency(0)
				time.Sleep(time.Hour + 30*time.Minute)
				gaps := historyOf(s, "?series=cpu&from=2h")
				assert.Len(t, gaps.Series, 1)
				cpu := gaps.Series["cpu"]
				assert.Less(t, measured(cpu), len(cpu)-25*60/gaps.Step, "gaps are gaps")
				assert.Positive(t, measured(cpu[len(cpu)-10:]), "and end")
				assert.Less(t, len(historyOf(s, "?from=24h&step=3600").Series["cpu"]), 26)
			})
		})
	}
}

// costs is what a topic takes of the line.
func (s *site) costs(t *testing.T, topic string) int {
	t.Helper()
	var router struct {
		BytesPerMinute map[string]int `json:"bytes_per_minute"`
	}
	require.NoError(t, json.Unmarshal(s.json(http.MethodGet, "/routers/a", "").body.Data, &router))
	require.Contains(t, router.BytesPerMinute, topic)
	t.Log(router.BytesPerMinute)
	return router.BytesPerMinute[topic]
}

func TestWithoutHistoryNothingIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"a.test": {}})
		s.connect("a", "a.test")
		time.Sleep(time.Hour)
		assert.Empty(t, historyOf(s, "").Series)
		assert.Zero(t, s.devices["a.test:8728"].Stats().Commands["/interface/print"])
	})
}

func TestMistakesInTheQueryOfHistory(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"a.test": {}})
	s.connect("a", "a.test")
	for _, query := range []string{"step=59", "step=x", "from=tomorrow", "from=-1h", "from=2126-01-01T00:00:00Z", "from=1h2"} {
		assert.Equal(t, "invalid_request", s.json(http.MethodGet, "/routers/a/history?"+query, "").body.Code, query)
	}
}
