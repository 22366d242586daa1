package manager_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/hub"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/sim"
)

// events takes what has come, and the id of the last event.
func taken(t *testing.T, s *hub.Subscription) (frames []string, id string) {
	t.Helper()
	synctest.Wait()
	events, err := s.Take()
	require.NoError(t, err)
	for _, e := range events {
		frames = append(frames, string(e.Frame()))
		line, _, _ := bytes.Cut(e.Frame(), []byte("\n"))
		id = string(bytes.TrimPrefix(line, []byte("id: ")))
	}
	return frames, id
}

// A viewer of the log who comes back, after a while without any other viewer, gets
// every line that came meanwhile, or is told to reset, and begins with the last lines.
func TestALogThatNobodyWatchedForAWhile(t *testing.T) {
	for _, away := range []time.Duration{time.Second, 10 * time.Second, 40 * time.Second, 3 * time.Minute} {
		t.Run(away.String(), func(t *testing.T) {
			in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
				connect(t, m, "a", "r:8728")
				w := watch("a")
				w.Variants = []poller.Variant{variant("log", false, false)}
				view, err := m.Subscribe(w)
				require.NoError(t, err)
				time.Sleep(5 * time.Second)
				taken(t, view)
				r.AddPPP("first")
				time.Sleep(time.Second)
				frames, id := taken(t, view)
				require.NotEmpty(t, frames)
				view.Close()

				time.Sleep(away)
				r.AddPPP("meanwhile")
				w.LastEventID = id
				back, err := m.Subscribe(w)
				require.NoError(t, err)
				defer back.Close()
				time.Sleep(5 * time.Second)
				r.AddPPP("later")
				time.Sleep(time.Second)
				frames, _ = taken(t, back)
				text := fmt.Sprint(frames)
				assert.Contains(t, text, "later logged in")
				if away <= time.Minute {
					assert.NotContains(t, text, "reset")
					assert.NotContains(t, text, "first logged in")
				}
				assert.True(t, bytes.Contains([]byte(text), []byte("meanwhile logged in")) || bytes.Contains([]byte(text), []byte("event: reset")), text)
			})
		})
	}
}

// A router that is connected and disconnected again and again leaves nothing
// behind at a stream of all routers.
func TestAStreamOfAllRoutersHoldsNoneThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{PPPUsers: 500})
		m := simulated(t, poller.Options{}, map[string]*sim.Device{"r:8728": d})
		all := manager.Watch{All: true, Variants: []poller.Variant{variant("ppp_active", true, false), {Topic: poller.Combined}}}
		view, err := m.Subscribe(all)
		require.NoError(t, err)
		defer view.Close()
		heap := func() int64 {
			runtime.GC()
			runtime.GC()
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			return int64(s.HeapAlloc)
		}
		round := func() {
			connect(t, m, "a", "r:8728")
			time.Sleep(3 * time.Second)
			_, err := m.Disconnect("a")
			require.NoError(t, err)
			_, err = view.Take()
			require.NoError(t, err)
			time.Sleep(2 * time.Minute) // what is retained is let go
		}
		round()
		before := heap()
		const rounds = 30
		for range rounds {
			round()
		}
		assert.Less(t, (heap()-before)/rounds, int64(20<<10), "bytes a round")
	})
}
