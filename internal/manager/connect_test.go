package manager_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
)

// in runs a test with a manager and two routers, r and s, which have three and
// five PPP users.
func in(t *testing.T, test func(t *testing.T, m *manager.Manager, r, s *sim.Device)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r, s := ccr(sim.Options{PPPUsers: 3, Identity: "R"}), ccr(sim.Options{PPPUsers: 5, Identity: "S"})
		test(t, simulated(t, poller.Options{}, map[string]*sim.Device{"r:8728": r, "s:8728": s}), r, s)
	})
}

func connect(t *testing.T, m *manager.Manager, id, addr string) manager.Connected {
	t.Helper()
	c, err := m.Connect(t.Context(), id, key(addr), owner)
	require.NoError(t, err)
	return c
}

// identity is the name of the router that id stands for.
func identity(t *testing.T, m *manager.Manager, id string) string {
	t.Helper()
	reply, err := run(t.Context(), m, id, []string{"/system/identity/print"})
	require.NoError(t, err)
	row, _ := reply.Rows.Cut()
	name, _ := row.Get("name")
	return string(name)
}

func wrong(addr string) pool.Key {
	k := key(addr)
	k.Password = secret.New("not-the-word")
	return k
}

func TestAFailedConnectLeavesNothing(t *testing.T) {
	for name, k := range map[string]pool.Key{"unreachable": key("nowhere:8728"), "wrong password": wrong("r:8728")} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
				c, err := m.Connect(t.Context(), "a", k, owner)
				require.Error(t, err)
				assert.Zero(t, c)
				assert.NotContains(t, err.Error(), k.Password.Reveal())
				assert.Empty(t, m.List())
				_, err = run(t.Context(), m, "a", []string{"/system/identity/print"})
				require.ErrorIs(t, err, manager.ErrUnknownRouter)
				_, err = m.Subscribe(watch("a"))
				require.ErrorIs(t, err, manager.ErrUnknownRouter)
				time.Sleep(time.Hour)
				assert.LessOrEqual(t, r.Stats().Accepted, 1, "nobody tries again")
				assert.Zero(t, r.Stats().Connections)
			})
		})
	}
}

func TestAFailedReconnectLeavesTheOldRouter(t *testing.T) {
	for name, k := range map[string]pool.Key{"unreachable": key("nowhere:8728"), "wrong password": wrong("s:8728")} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, m *manager.Manager, _, s *sim.Device) {
				connect(t, m, "a", "r:8728")
				view := open(t, m, watch("a"))
				before, err := m.Get("a")
				require.NoError(t, err)
				_, err = m.Connect(t.Context(), "a", k, owner)
				require.Error(t, err)
				after, err := m.Get("a")
				require.NoError(t, err)
				assert.Equal(t, before, after)
				assert.Equal(t, "R", identity(t, m, "a"))
				for range 3 {
					assert.Len(t, view.named("")["ppp_active"], 3)
				}
				synctest.Wait()
				assert.Zero(t, s.Stats().Connections)
			})
		})
	}
}

func TestTheSameCredentialsChangeNothing(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		first := connect(t, m, "a", "r:8728")
		assert.Equal(t, manager.Connected{}, first)
		time.Sleep(time.Minute)
		before, err := m.Get("a")
		require.NoError(t, err)
		again := connect(t, m, "a", "r:8728")
		assert.Equal(t, manager.Connected{Reused: true}, again)
		after, err := m.Get("a")
		require.NoError(t, err)
		assert.Equal(t, before, after)
		gone, err := m.Disconnect("a")
		require.NoError(t, err)
		assert.True(t, gone, "the second connect holds nothing")
		synctest.Wait()
		assert.Zero(t, r.Stats().Connections)
		assert.Equal(t, 1, r.Stats().Logins)
	})
}

// A person who connects an id again does not wait for the next attempt.
func TestConnectingAgainTriesAtOnce(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		connect(t, m, "a", "r:8728")
		r.Inject(sim.Fault{Kind: sim.Trap, Path: "/login", Text: "invalid user name or password (6)", Count: 5})
		r.DropSessions()
		time.Sleep(10 * time.Second) // the tries of a password that worked
		router, err := m.Get("a")
		require.NoError(t, err)
		link := router.Device.Status().Link
		require.Equal(t, pool.LoginFailed, link.State)
		assert.Equal(t, errcode.Login, errcode.Of(link.Err))
		assert.InDelta(t, 300, time.Until(link.NextAttempt).Seconds(), 10)

		_, err = m.Connect(t.Context(), "a", key("r:8728"), owner)
		assert.Equal(t, errcode.Login, errcode.Of(err))
		again := connect(t, m, "a", "r:8728")
		assert.False(t, again.Reused)
		assert.Equal(t, "R", identity(t, m, "a"))
	})
}

// Other credentials move the id over: viewers stay, and are polled from the new
// router; the old session is closed.
func TestAnIDMovesWithItsViewers(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, s *sim.Device) {
		connect(t, m, "a", "r:8728")
		view := open(t, m, watch("a"))
		assert.Len(t, view.named("")["ppp_active"], 3)

		assert.Equal(t, manager.Connected{}, connect(t, m, "a", "s:8728"))
		synctest.Wait()
		assert.Zero(t, r.Stats().Connections, "nobody uses it any more")
		asked := r.Stats().Commands["/ppp/active/print"]
		for range 5 {
			assert.Len(t, view.named("")["ppp_active"], 5)
		}
		assert.Equal(t, asked, r.Stats().Commands["/ppp/active/print"])
		assert.Equal(t, "S", identity(t, m, "a"))
		router, err := m.Get("a")
		require.NoError(t, err)
		assert.Equal(t, 1, router.Viewers)
		assert.Equal(t, "s:8728", router.Device.Status().Key.Addr)

		view.Close()
		time.Sleep(3 * time.Second)
		asked = s.Stats().Commands["/ppp/active/print"]
		time.Sleep(time.Minute)
		assert.Equal(t, asked, s.Stats().Commands["/ppp/active/print"], "and the new one is left alone when they have gone")
	})
}

// Viewers of changes cannot go on from the rows of the router before.
func TestViewersOfChangesGetAResetWhereTheirIDMoves(t *testing.T) {
	for name, other := range map[string]bool{"to a router of its own": false, "to one that is watched already": true} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, m *manager.Manager, _, s *sim.Device) {
				forms := []poller.Variant{variant("ppp_active", true, false), variant("sessions", false, false)}
				connect(t, m, "a", "r:8728")
				connect(t, m, "b", "s:8728")
				if other {
					open(t, m, manager.Watch{Routers: []string{"b"}, Variants: forms}).named("")
				}
				view := open(t, m, manager.Watch{Routers: []string{"a"}, Variants: forms})
				assert.Len(t, view.named("")["rows"], 3)
				time.Sleep(10 * time.Second)
				view.skip()

				connect(t, m, "a", "s:8728")
				var got []string
				for range 3 {
					name, data, _ := view.next()
					got = append(got, fmt.Sprint(name, " ", data["topic"]))
					if name == "" {
						assert.Equal(t, "snapshot", data["type"])
						assert.Len(t, data["rows"], 5)
					}
				}
				assert.ElementsMatch(t, []string{"reset ppp_active", "reset sessions", " ppp_active"}, got)
				assert.Less(t, slices.Index(got, "reset ppp_active"), slices.Index(got, " ppp_active"))
				time.Sleep(10 * time.Second)
				view.skip()
				s.AddPPP("newcomer")
				assert.ElementsMatch(t, []any{"delta", "up"}, []any{view.named("")["type"], view.named("")["type"]})
			})
		})
	}
}

func TestThreeIDsShareASession(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		for i, id := range []string{"a", "b", "c"} {
			c := connect(t, m, id, "r:8728")
			assert.Equal(t, i > 0, c.Shared, id)
			assert.Equal(t, i > 0, c.Reused, id)
			assert.Equal(t, id, open(t, m, watch(id)).named("")["router_id"])
		}
		assert.Equal(t, 1, r.Stats().Accepted)
		list := m.List()
		require.Len(t, list, 3)
		assert.Equal(t, []string{"a", "b", "c"}, list[0].Device.IDs())
		assert.Same(t, list[0].Device, list[1].Device)
		before := r.Stats().Commands["/system/resource/print"]
		time.Sleep(time.Minute)
		assert.InDelta(t, 30, r.Stats().Commands["/system/resource/print"]-before, 1, "one poll for all of them")
		assert.Equal(t, 1, r.Stats().Commands["/ppp/active/listen"])

		for i, id := range []string{"b", "a", "c"} {
			gone, err := m.Disconnect(id)
			require.NoError(t, err)
			assert.Equal(t, i == 2, gone)
			if i < 2 {
				assert.Equal(t, "R", identity(t, m, "c"))
			}
		}
		synctest.Wait()
		assert.Zero(t, r.Stats().Connections)
	})
}

func TestDisconnect(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		_, err := m.Disconnect("a")
		require.ErrorIs(t, err, manager.ErrUnknownRouter)
		connect(t, m, "a", "r:8728")
		view := open(t, m, watch("a"))
		view.named("")
		_, err = m.Disconnect("a")
		require.NoError(t, err)
		gone := view.named("status")
		assert.Equal(t, "a", gone["router_id"])
		assert.Equal(t, "disconnected", gone["state"])
		_, _, more := view.next()
		assert.False(t, more)
		for _, err := range []error{
			second(m.Disconnect("a")), second(m.Get("a")), second(infoOf(t.Context(), m, "a")), second(m.Subscribe(watch("a"))),
			second(run(t.Context(), m, "a", []string{"/system/identity/print"})), second(start(t.Context(), m, "a", []string{"/log/listen"})),
		} {
			require.ErrorIs(t, err, manager.ErrUnknownRouter)
		}
		view.Close()

		connect(t, m, "a", "r:8728")
		router, err := m.Get("a")
		require.NoError(t, err)
		assert.Zero(t, router.Viewers, "those of before are not counted")
		assert.Len(t, open(t, m, watch("a")).named("")["ppp_active"], 3)
		assert.Equal(t, 2, r.Stats().Logins)
	})
}

func second[T any](_ T, err error) error { return err }

func TestWhatIsUnderWayEndsWithItsRouter(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		connect(t, m, "a", "r:8728")
		call, err := start(t.Context(), m, "a", []string{"/log/listen"})
		require.NoError(t, err)
		synctest.Wait() // the router listens
		_, err = m.Disconnect("a")
		require.NoError(t, err)
		for err == nil {
			_, _, err = call.Next(nil)
		}
		require.ErrorIs(t, err, routeros.ErrClosed)
		synctest.Wait()
		assert.Zero(t, r.Stats().Connections)
	})
}

func TestCloseEndsEverything(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, s *sim.Device) {
		connect(t, m, "a", "r:8728")
		connect(t, m, "b", "s:8728")
		view := open(t, m, manager.Watch{All: true})
		view.named("")
		m.EndStreams()
		for more := true; more; {
			_, _, more = view.next()
		}
		assert.Equal(t, 1, r.Stats().Sessions, "commands under way may end")

		m.Close()
		synctest.Wait()
		assert.Zero(t, r.Stats().Sessions+s.Stats().Sessions)
		for _, err := range []error{
			second(m.Subscribe(watch("a"))), second(infoOf(t.Context(), m, "a")),
			second(run(t.Context(), m, "a", []string{"/system/identity/print"})),
		} {
			require.ErrorIs(t, err, manager.ErrClosed)
		}
		_, err := m.Connect(t.Context(), "c", key("r:8728"), owner)
		require.ErrorIs(t, err, manager.ErrClosed)
		assert.Equal(t, errcode.Closing, errcode.Of(err))
		assert.Len(t, m.List(), 2)
		view.Close()
	})
}
