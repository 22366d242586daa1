//go:build wallclock

package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// An hour forward and two hours back: sessions, streams and heart-beats go on,
// and a router that falls silent is noticed. TestIntervalsUseTheMonotonicClock
// runs this with a time.Now that can be stepped.
func TestASteppedWallClock(t *testing.T) {
	for name, seconds := range map[string]int64{"forward": 3600, "back": -7200} {
		t.Run(name, func(t *testing.T) {
			p := start(t, map[string]string{
				"POLL_INTERVAL": "500ms", "POLL_TIMEOUT": "1s", "SSE_HEARTBEAT": "1s", "SSE_MAX_AGE": "10m",
			})
			d, addr := device(t, sim.Options{PPPUsers: 3})
			require.Equal(t, http.StatusOK, p.connect("a", addr).status)
			busy := p.open("a")
			busy.snapshot()
			idle := p.open("a?topics=sessions")
			beats := idle.comments()

			time.StepWall(seconds)
			defer time.StepWall(-seconds)
			for range 5 {
				assert.Len(t, busy.snapshot()["ppp_active"], 3)
			}
			for range 3 {
				select {
				case _, open := <-beats:
					require.True(t, open, "the stream ended")
				case <-time.After(10 * time.Second):
					t.Fatal("no heart-beat")
				}
			}
			assert.Equal(t, http.StatusOK, p.run("a", "/system/identity/print").status)
			assert.Equal(t, 1, d.Stats().Logins, "the session is the one of before")

			d.Inject(sim.Fault{Kind: sim.Deaf})
			busy.status("down")
			d.Clear()
			busy.status("up")
		})
	}
}

// comments has a value for each comment of the stream; it is closed when the
// stream ends.
func (s *stream) comments() <-chan struct{} {
	out := make(chan struct{}, 100)
	go func() {
		defer close(out)
		for {
			line, err := s.lines.ReadString('\n')
			if err != nil {
				return
			}
			if line[0] == ':' {
				out <- struct{}{}
			}
		}
	}()
	return out
}
