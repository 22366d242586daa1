//go:build unix

package fleettest_test

import (
	"encoding/json"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/fleettest"
)

// Each instance knows the tables of its own routers, and a search asks all of them.
func TestASearchAsksAllInstances(t *testing.T) {
	s := newSite(t, 1)
	reading := fleettest.View("/sse?router=*&topics=ppp_active", s.Instances[0])
	defer reading.Close()
	ask := func(in *fleettest.Instance) (routers map[string]bool, silent []string) {
		var page struct {
			Results []struct {
				Router string `json:"router_id"`
				Kind   string
			}
			Silent []string
		}
		status, answer, err := in.Do(t.Context(), "GET", "/search?q=user-&limit=500", nil)
		require.NoError(t, err)
		require.Equal(t, 200, status, string(answer))
		require.NoError(t, json.Unmarshal(answer, &page))
		routers = make(map[string]bool)
		for _, r := range page.Results {
			if r.Kind == "ppp" {
				routers[r.Router] = true
			}
		}
		return routers, page.Silent
	}
	for _, in := range s.Instances {
		require.Eventually(t, func() bool {
			found, silent := ask(in)
			return len(found) == len(s.Routers) && len(silent) == 0
		}, busy*20*time.Second, 100*time.Millisecond, in.Name)
	}
	victim := s.owner(s.Routers[0])
	require.NoError(t, victim.Signal(syscall.SIGSTOP))
	for _, in := range s.Instances {
		if in == victim {
			continue
		}
		found, silent := ask(in)
		assert.Equal(t, []string{victim.Name}, silent)
		assert.NotContains(t, found, s.Routers[0].ID)
	}
	require.NoError(t, victim.Signal(syscall.SIGCONT))
}
