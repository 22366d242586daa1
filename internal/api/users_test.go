package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// userRow is a user as GET /routers/{id}/users shows one.
type userRow struct {
	ID       string  `json:".id"`
	Name     string  `json:"name"`
	Service  string  `json:"service"`
	Protocol string  `json:"protocol"`
	Address  string  `json:"address"`
	MAC      string  `json:"mac"`
	Since    string  `json:"since"`
	RxRate   *uint64 `json:"rx-bits-per-second"`
	TxRate   *uint64 `json:"tx-bits-per-second"`
	Rx       *uint64 `json:"bytes-in"`
	Tx       *uint64 `json:"bytes-out"`
	Limit    string  `json:"limit"`
}

type userPage struct {
	Success  bool
	RouterID string `json:"router_id"`
	At       time.Time
	Total    int
	Users    []userRow
}

func usersOf(s *site, query string) (page userPage) {
	s.t.Helper()
	got := s.json(http.MethodGet, "/routers/a/users"+query, "")
	require.Equal(s.t, http.StatusOK, got.Code, got.Body)
	require.NoError(s.t, json.Unmarshal(got.Body.Bytes(), &page))
	return page
}

func TestUsers(t *testing.T) {
	for version, personality := range versions {
		t.Run(version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, map[string]sim.Options{"a.test": {Personality: personality, PPPUsers: 12, HotspotUsers: 8}})
				require.Equal(t, http.StatusOK, s.connect("a", "a.test").Code)
				d := s.devices["a.test:8728"]

				first := usersOf(s, "")
				assert.True(t, first.Success)
				assert.Equal(t, "a", first.RouterID)
				assert.Equal(t, 20, first.Total)
				require.Len(t, first.Users, 20)
				for _, u := range first.Users {
					require.NotNil(t, u.Tx, u.Name)
					assert.Nil(t, u.TxRate, "rates need two readings")
					since, err := time.Parse(time.RFC3339, u.Since)
					require.NoError(t, err)
					assert.True(t, since.Before(time.Now()))
				}
				time.Sleep(3500 * time.Millisecond) // the second reading follows soon
				second := usersOf(s, "?limit=500")
				assert.True(t, second.At.After(first.At))
				require.NotEmpty(t, second.Users)
				for i, u := range second.Users {
					require.NotNil(t, u.TxRate, u.Name)
					if i > 0 {
						assert.GreaterOrEqual(t, *second.Users[i-1].TxRate, *u.TxRate, "by download")
					}
				}
				ppp := usersOf(s, "?service=ppp&sort=name&limit=3&offset=1")
				assert.Equal(t, 12, ppp.Total)
				require.Len(t, ppp.Users, 3)
				for _, u := range ppp.Users {
					assert.Equal(t, "ppp", u.Service)
					assert.Equal(t, "10000000/20000000", u.Limit)
				}
				one := usersOf(s, "?q="+ppp.Users[0].MAC[len(ppp.Users[0].MAC)-5:]+"&service=ppp")
				assert.GreaterOrEqual(t, one.Total, 1)

				checkRates(t, s, d, second)
				checkLease(t, s, d)
			})
		})
	}
}

// checkRates compares the rates with what the router counted in between.
func checkRates(t *testing.T, s *site, _ *sim.Device, page userPage) {
	t.Helper()
	time.Sleep(5 * time.Second)
	later := usersOf(s, "?limit=500")
	before := make(map[string]userRow)
	for _, u := range page.Users {
		before[u.Service+u.ID] = u
	}
	elapsed := later.At.Sub(page.At).Seconds()
	require.Positive(t, elapsed)
	for _, u := range later.Users {
		was := before[u.Service+u.ID]
		assert.InDelta(t, float64(*u.Tx-*was.Tx)*8/elapsed, float64(*u.TxRate), 2, u.Name)
		assert.InDelta(t, float64(*u.Rx-*was.Rx)*8/elapsed, float64(*u.RxRate), 2, u.Name)
	}
}

// checkLease checks that the router is read every five seconds, and not for long after the
// last question.
func checkLease(t *testing.T, s *site, d *sim.Device) {
	t.Helper()
	asked := func() int { return d.Stats().Commands["/interface/print"] }
	before := asked()
	for range 60 {
		usersOf(s, "")
		time.Sleep(time.Second)
	}
	assert.InDelta(t, 12, asked()-before, 1, "every five seconds, however often somebody asks")
	time.Sleep(20 * time.Second)
	before = asked()
	time.Sleep(time.Hour)
	assert.Equal(t, before, asked(), "nobody looks")
	assert.True(t, usersOf(s, "").At.After(time.Now().Add(-5*time.Second)), "the first answer is of now")
}

func TestMistakesInTheQueryOfUsers(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"a.test": {}})
	s.connect("a", "a.test")
	for _, query := range []string{"service=wifi", "sort=size", "limit=0", "limit=501", "limit=x", "offset=-1", "q=" + fmt.Sprintf("%0257d", 0)} {
		got := s.json(http.MethodGet, "/routers/a/users?"+query, "")
		assert.Equal(t, "invalid_request", got.body.Code, query)
	}
	assert.Empty(t, s.devices["a.test:8728"].Stats().Commands)
	got := s.json(http.MethodGet, "/routers/nobody/users", "")
	assert.Equal(t, "unknown_router", got.body.Code)
}

func TestUsersOfARouterThatIsDown(t *testing.T) {
	s := newSite(t, nil)
	s.json(http.MethodPost, "/connect", `{"router_id":"a","host":"off.test","user":"x","pass":"","wait":false}`)
	got := s.json(http.MethodGet, "/routers/a/users", "")
	assert.Equal(t, "router_unreachable", got.body.Code, got.Body)
}
