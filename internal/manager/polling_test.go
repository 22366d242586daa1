package manager_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/sim"
)

// snapshot waits for the next unnamed event.
func snapshot(t *testing.T, view *hub.Subscription) map[string]any {
	t.Helper()
	for {
		<-ready(view)
		events, err := view.Take()
		require.NoError(t, err)
		for _, e := range events {
			if bytes.Contains(e.Frame(), []byte("event:")) {
				continue
			}
			_, data, _ := bytes.Cut(e.Frame(), []byte("data: "))
			var m map[string]any
			require.NoError(t, json.Unmarshal(data, &m))
			return m
		}
	}
}

func TestARouterThatRefusesAListOfFieldsIsAskedWithout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{PPPUsers: 3})
		m := simulated(t, poller.Options{}, map[string]*sim.Device{"r": d})
		_, err := m.Connect(t.Context(), "a", key("r"), owner)
		require.NoError(t, err)
		d.Inject(sim.Fault{Kind: sim.Trap, Path: "/ppp/active/print", Text: "unknown parameter .proplist", Count: 1})
		view, err := m.Subscribe(watch("a"))
		require.NoError(t, err)
		defer view.Close()
		first := snapshot(t, view)
		assert.Empty(t, first["ppp_active"])
		assert.Equal(t, "unknown parameter .proplist", first["errors"].(map[string]any)["ppp_active"])
		assert.Len(t, first["hardware"], 1, "the others arrive")
		second := snapshot(t, view)
		assert.Len(t, second["ppp_active"], 3)
		assert.NotContains(t, second, "errors")
	})
}

func TestAMissingMenuIsLeftAloneForFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{Missing: []string{"/ip/hotspot"}})
		m := simulated(t, poller.Options{}, map[string]*sim.Device{"r": d})
		_, err := m.Connect(t.Context(), "a", key("r"), owner)
		require.NoError(t, err)
		view, err := m.Subscribe(watch("a"))
		require.NoError(t, err)
		defer view.Close()
		assert.Contains(t, snapshot(t, view)["errors"].(map[string]any)["hotspot_active"], "no such command")
		time.Sleep(4*time.Minute + 50*time.Second)
		assert.Equal(t, 1, d.Stats().Commands["/ip/hotspot/active/print"])
		assert.Contains(t, snapshot(t, view)["errors"].(map[string]any)["hotspot_active"], "no such command", "the error stays with the empty array")
		time.Sleep(time.Minute)
		assert.Equal(t, 2, d.Stats().Commands["/ip/hotspot/active/print"])
		assert.Greater(t, d.Stats().Commands["/system/resource/print"], 100)
	})
}

func TestASlowRouterIsAskedLessOftenAndTheViewersAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{})
		m := simulated(t, poller.Options{}, map[string]*sim.Device{"r": d})
		_, err := m.Connect(t.Context(), "a", key("r"), owner)
		require.NoError(t, err)
		view, err := m.Subscribe(watch("a"))
		require.NoError(t, err)
		defer view.Close()
		assert.NotContains(t, snapshot(t, view), "interval_ms")

		d.SetLatency(600 * time.Millisecond) // more than a fifth of two seconds
		time.Sleep(20 * time.Second)
		router, err := m.Get("a")
		require.NoError(t, err)
		poll := router.Device.Status().Poll
		assert.True(t, poll.Stretched)
		assert.Equal(t, 4*time.Second, poll.Interval)
		snapshot(t, view)
		assert.Equal(t, 4000.0, snapshot(t, view)["interval_ms"])

		d.SetLatency(0)
		time.Sleep(time.Minute)
		router, err = m.Get("a")
		require.NoError(t, err)
		poll = router.Device.Status().Poll
		assert.False(t, poll.Stretched)
		assert.Equal(t, 2*time.Second, poll.Interval)
	})
}

// Polls wait behind the commands of people, and leave a place free for them.
func TestPollsYieldToPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{})
		m := simulated(t, poller.Options{}, map[string]*sim.Device{"r": d})
		_, err := m.Connect(t.Context(), "a", key("r"), owner)
		require.NoError(t, err)
		d.Inject(sim.Fault{Kind: sim.Slow, Path: "/system/resource/print", Delay: 5 * time.Second})
		d.Inject(sim.Fault{Kind: sim.Slow, Path: "/ip/hotspot/active/print", Delay: 5 * time.Second})
		d.Inject(sim.Fault{Kind: sim.Slow, Path: "/ppp/active/print", Delay: 5 * time.Second})
		view, err := m.Subscribe(watch("a"))
		require.NoError(t, err)
		defer view.Close()
		synctest.Wait() // the three commands of the poll are sent
		began := time.Now()
		for range 10 {
			_, err = run(t.Context(), m, "a", []string{"/ip/address/print"})
			require.NoError(t, err)
		}
		assert.Less(t, time.Since(began), time.Second)
	})
}

// At a round trip of 100 ms a poll of three menus takes one of them, not three.
func TestAPollCostsOneRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{PPPUsers: 20, Latency: 100 * time.Millisecond})
		m := simulated(t, poller.Options{}, map[string]*sim.Device{"r": d})
		_, err := m.Connect(t.Context(), "a", key("r"), owner)
		require.NoError(t, err)
		view, err := m.Subscribe(watch("a"))
		require.NoError(t, err)
		defer view.Close()
		for range 5 {
			snapshot(t, view)
			router, err := m.Get("a")
			require.NoError(t, err)
			assert.InDelta(t, 100, router.Device.Status().Poll.Took.Milliseconds(), 10)
		}
		assert.Equal(t, 5, d.Stats().Commands["/system/resource/print"])
	})
}
