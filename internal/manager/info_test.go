package manager_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

func TestARouterToldToGoDownHasDoneWhatItWasTold(t *testing.T) {
	for _, path := range []string{"/system/reboot", "/system/shutdown", "/System reboot"} {
		t.Run(path, func(t *testing.T) {
			in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
				connect(t, m, "a", "r:8728")
				r.Inject(sim.Fault{Kind: sim.HangUp, Path: path, Count: 1})
				reply, err := run(t.Context(), m, "a", []string{path})
				require.NoError(t, err)
				assert.Zero(t, reply.Len)

				r.Inject(sim.Fault{Kind: sim.ResetAtLogin})
				r.DropSessions()
				time.Sleep(time.Hour)
				_, err = run(t.Context(), m, "a", []string{path})
				assert.Equal(t, errcode.Unreachable, errcode.Of(err), "it was never told")
			})
		})
	}
}

func TestListAndGet(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		assert.Equal(t, []manager.Router{}, m.List(), "an empty list, not null")
		connect(t, m, "b", "r:8728")
		connect(t, m, "a", "r:8728")
		up := time.Now().Unix()
		view := open(t, m, watch("b"))
		view.named("")
		time.Sleep(10*time.Second + time.Millisecond)
		synctest.Wait()

		list := m.List()
		require.Len(t, list, 2)
		assert.Equal(t, []string{"a", "b"}, []string{list[0].ID, list[1].ID})
		assert.Equal(t, []int{0, 1}, []int{list[0].Viewers, list[1].Viewers})
		assert.Equal(t, []string{"a", "b"}, list[0].Device.IDs(), "both are on one session")
		status := list[0].Device.Status()
		assert.Equal(t, "api@r:8728", status.Key.String())
		assert.Equal(t, routeros.Load{MaxInFlight: 4, Streams: 2, MaxStreams: 8, MaxQueued: 256}, status.Load, "two tables are followed")
		assert.Equal(t, pool.Up, status.Link.State)
		assert.Equal(t, up, status.Link.Since.Unix())
		assert.Equal(t, 1, status.Link.Logins)
		assert.True(t, status.Poll.Running)
		assert.Equal(t, 2*time.Second, status.Poll.Interval)
		assert.InDelta(t, 5.5, status.Poll.Polls, 1)
		assert.InDelta(t, time.Now().Unix(), status.Poll.Last.Unix(), 2)
		assert.Zero(t, status.Poll.Skipped)
		require.NoError(t, status.Poll.Err)
		assert.Nil(t, status.Poll.Topics)
		one, err := m.Get("b")
		require.NoError(t, err)
		assert.Equal(t, list[1], one)

		r.Inject(sim.Fault{Kind: sim.Trap, Path: "/ppp/active/print", Text: "not enough permissions (9)"})
		time.Sleep(time.Minute)
		one, err = m.Get("b")
		require.NoError(t, err)
		require.Len(t, one.Device.Status().Poll.Topics, 1)
		require.EqualError(t, one.Device.Status().Poll.Topics["ppp_active"], "not enough permissions (9)")

		r.Inject(sim.Fault{Kind: sim.ResetAtLogin})
		lost := time.Now().Unix()
		r.DropSessions()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		for _, router := range m.List() {
			status := router.Device.Status()
			assert.Contains(t, []pool.State{pool.Down, pool.Connecting}, status.Link.State)
			assert.Equal(t, lost, status.Link.Since.Unix())
			assert.Equal(t, errcode.Unreachable, errcode.Of(status.Link.Err))
			require.ErrorContains(t, status.Link.Err, "login: the router closed the connection")
			require.ErrorContains(t, status.Poll.Err, "next attempt in")
			assert.NotZero(t, status.Link.NextAttempt)
			assert.NotContains(t, fmt.Sprintf("%+v", status), "secret")
		}
	})
}

// A reboot that still waits for its turn when the session is lost was not done:
// it goes to the next session, and fails where there is none.
func TestARebootThatWasNotSentIsNotReportedAsDone(t *testing.T) {
	for name, returns := range map[string]bool{"the router returns": true, "it stays away": false} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
				connect(t, m, "a", "r:8728")
				r.Inject(sim.Fault{Kind: sim.Slow, Path: "/ping", Delay: time.Hour})
				r.Inject(sim.Fault{Kind: sim.HangUp, Path: "/system/reboot", Count: 1})
				var wg sync.WaitGroup
				for range 3 { // as many as may be in flight
					wg.Go(func() {
						_, err := run(t.Context(), m, "a", []string{"/ping", "=address=192.0.2.1", "=count=1"})
						assert.Equal(t, errcode.Unreachable, errcode.Of(err))
					})
				}
				synctest.Wait()
				wg.Go(func() {
					_, err := run(t.Context(), m, "a", []string{"/system/reboot"})
					if returns {
						assert.NoError(t, err)
						assert.Equal(t, 1, r.Stats().Commands["/system/reboot"])
						return
					}
					assert.Equal(t, errcode.Unreachable, errcode.Of(err))
					assert.Zero(t, r.Stats().Commands["/system/reboot"])
				})
				synctest.Wait()
				if !returns {
					r.Inject(sim.Fault{Kind: sim.ResetAtLogin})
				}
				r.DropSessions()
				wg.Wait()
			})
		})
	}
}
