package manager_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/sim"
)

func polls(d *sim.Device) int { return d.Stats().Commands["/system/resource/print"] }

func TestPollingFollowsTheViewers(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		connect(t, m, "a", "r:8728")
		connect(t, m, "b", "r:8728")
		state := func() (list [2]int) {
			for i, r := range m.List() {
				list[i] = r.Viewers
			}
			return list
		}
		time.Sleep(time.Minute)
		assert.Zero(t, polls(r), "nobody watches")

		began := time.Now()
		one := open(t, m, watch("a"))
		one.named("")
		assert.Zero(t, time.Since(began), "at once")
		two, three := open(t, m, watch("a")), open(t, m, watch("b"))
		assert.Equal(t, [2]int{2, 1}, state())
		two.named("")
		assert.Zero(t, time.Since(began), "a newcomer gets what is there")
		for _, v := range []*viewer{one, two, two} {
			v.Close()
		}
		assert.Equal(t, [2]int{0, 1}, state(), "leaving twice counts once")
		before := polls(r)
		time.Sleep(time.Minute)
		assert.InDelta(t, 30, polls(r)-before, 1, "for b")

		three.Close()
		time.Sleep(2 * time.Second) // it lingers
		before = polls(r)
		time.Sleep(time.Hour)
		assert.Equal(t, before, polls(r))
		router, err := m.Get("b")
		require.NoError(t, err)
		assert.False(t, router.Device.Status().Poll.Running)

		began = time.Now()
		again := open(t, m, watch("b"))
		again.named("")
		assert.Equal(t, before+1, polls(r), "who comes back after a while gets a new poll, not the old snapshot")
		assert.Zero(t, time.Since(began))
	})
}

func TestAViewerCountsOnceHoweverItAsks(t *testing.T) {
	whole := poller.Variant{Topic: poller.Combined}
	for name, w := range map[string]manager.Watch{
		"one router":          {Routers: []string{"a"}},
		"the same twice":      {Routers: []string{"a", "a"}},
		"a form twice":        {Routers: []string{"a"}, Variants: []poller.Variant{whole, whole}},
		"all":                 {All: true},
		"all, and by name":    {All: true, Routers: []string{"a"}},
		"all, and of no name": {All: true, Routers: []string{"nobody"}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
				connect(t, m, "a", "r:8728")
				view := open(t, m, w)
				view.named("")
				router, err := m.Get("a")
				require.NoError(t, err)
				assert.Equal(t, 1, router.Viewers)
				time.Sleep(time.Second)
				view.skip()
				before := polls(r)
				time.Sleep(10 * time.Second)
				assert.InDelta(t, 5, polls(r)-before, 1)
				view.Close()
				router, err = m.Get("a")
				require.NoError(t, err)
				assert.Zero(t, router.Viewers)
				time.Sleep(time.Minute)
				before = polls(r)
				time.Sleep(time.Minute)
				assert.Equal(t, before, polls(r))
			})
		})
	}
}

func TestViewersOfAllRouters(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, s *sim.Device) {
		connect(t, m, "a", "r:8728")
		all := open(t, m, manager.Watch{All: true})
		some := open(t, m, manager.Watch{All: true, Allow: func(id string) bool { return id != "b" }})
		seen := func(v *viewer) map[any]bool {
			time.Sleep(time.Minute)
			v.skip()
			ids := make(map[any]bool)
			for range 8 {
				ids[v.named("")["router_id"]] = true
			}
			return ids
		}
		assert.Equal(t, map[any]bool{"a": true}, seen(all))
		connect(t, m, "b", "s:8728")
		assert.Equal(t, map[any]bool{"a": true, "b": true}, seen(all))
		assert.Equal(t, map[any]bool{"a": true}, seen(some))
		list := m.List()
		assert.Equal(t, 2, list[0].Viewers)
		assert.Equal(t, 1, list[1].Viewers)

		_, err := m.Disconnect("a")
		require.NoError(t, err)
		assert.Equal(t, "disconnected", all.named("status")["state"])
		assert.Equal(t, map[any]bool{"b": true}, seen(all))
		connect(t, m, "a", "r:8728")
		assert.Equal(t, map[any]bool{"a": true}, seen(some), "it waits for those to come")

		all.Close()
		some.Close()
		time.Sleep(time.Minute)
		before := polls(r) + polls(s)
		time.Sleep(time.Minute)
		assert.Equal(t, before, polls(r)+polls(s))
	})
}

func TestViewersOfSeveralRoutersWaitForOneThatWasDisconnected(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, s *sim.Device) {
		connect(t, m, "a", "r:8728")
		connect(t, m, "b", "s:8728")
		several := open(t, m, manager.Watch{Routers: []string{"a", "b"}})
		_, err := m.Disconnect("a")
		require.NoError(t, err)
		assert.Equal(t, "disconnected", several.named("status")["state"])
		connect(t, m, "c", "r:8728")
		connect(t, m, "a", "r:8728")
		list := m.List()
		assert.Equal(t, []int{1, 1, 0}, []int{list[0].Viewers, list[1].Viewers, list[2].Viewers})
		several.skip()
		ids := make(map[any]bool)
		for range 8 {
			ids[several.named("")["router_id"]] = true
		}
		assert.Equal(t, map[any]bool{"a": true, "b": true}, ids)

		several.Close()
		assert.Zero(t, m.List()[0].Viewers)
		time.Sleep(time.Minute)
		before := polls(r) + polls(s)
		time.Sleep(time.Minute)
		assert.Equal(t, before, polls(r)+polls(s))
	})
}

// Viewers are told when their router goes away and when it returns, and not of
// every attempt in between.
func TestStatusEvents(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, _ *sim.Device) {
		connect(t, m, "a", "r:8728")
		connect(t, m, "b", "r:8728")
		a, b := open(t, m, watch("a")), open(t, m, watch("b"))
		time.Sleep(time.Minute)
		assert.Empty(t, a.states(), "up is what everybody expects")

		lost := time.Now().Unix()
		r.Inject(sim.Fault{Kind: sim.ResetAtLogin})
		r.DropSessions()
		down := b.named("status")
		assert.Equal(t, "b", down["router_id"])
		assert.Equal(t, "down", down["state"])
		assert.Equal(t, "read: the router closed the connection", down["error"])
		assert.Equal(t, string(errcode.Unreachable), down["code"])
		assert.InDelta(t, lost, down["since"], 0)
		assert.InDelta(t, lost, down["ts"], 0)
		time.Sleep(30 * time.Minute)
		assert.Equal(t, []string{"down"}, a.states())
		assert.Empty(t, b.states(), "thirty attempts that failed for the same reason are not reported")

		late := open(t, m, watch("a"))
		assert.Equal(t, "down", late.named("status")["state"], "who comes meanwhile is told at once")

		r.Clear()
		r.Inject(sim.Fault{Kind: sim.Trap, Path: "/login", Text: "invalid user name or password (6)", Count: 4})
		time.Sleep(time.Minute)
		refused := a.named("status")
		assert.Equal(t, "down", refused["state"], "the password worked before")
		assert.Equal(t, string(errcode.Unreachable), refused["code"])
		assert.Contains(t, refused["error"], "invalid user name or password (6)", "another reason is news")
		time.Sleep(4 * time.Minute)
		assert.Equal(t, []string{"login_failed"}, a.states())
		time.Sleep(5 * time.Minute)
		time.Sleep(5 * time.Minute)
		up := b.named("status") // the newest, as b was slow
		assert.Equal(t, "up", up["state"])
		assert.NotContains(t, up, "error")
		assert.NotContains(t, up, "code")
		assert.Len(t, b.named("")["ppp_active"], 3)
		assert.Empty(t, open(t, m, watch("a")).states())
	})
}

// A move to another router is told where it changes what viewers know.
func TestAMoveFromALostRouterIsTold(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, s *sim.Device) {
		connect(t, m, "a", "r:8728")
		view := open(t, m, watch("a"))
		r.Inject(sim.Fault{Kind: sim.ResetAtLogin})
		r.DropSessions()
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"down"}, view.states())
		connect(t, m, "a", "s:8728")
		assert.Equal(t, []string{"up"}, view.states())
		assert.Len(t, view.named("")["ppp_active"], 5)
		r.Clear()
		time.Sleep(10 * time.Minute)
		assert.Empty(t, view.states(), "the old router does not matter any more")
		s.DropSessions()
		time.Sleep(time.Minute)
		assert.NotEmpty(t, view.states())
	})
}

// Everything at once, for the race detector: at the end nothing is connected,
// polled or counted.
func TestStress(t *testing.T) {
	in(t, func(t *testing.T, m *manager.Manager, r, s *sim.Device) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 40 {
					act(t, m, []*sim.Device{r, s})
				}
			})
		}
		for range 4 {
			wg.Go(func() {
				for range 40 {
					look(t, m)
				}
			})
		}
		wg.Wait()
		for _, r := range m.List() {
			assert.Zero(t, r.Viewers, r.ID)
			_, err := m.Disconnect(r.ID)
			assert.NoError(t, err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Zero(t, r.Stats().Connections+s.Stats().Connections)
	})
}

// act is one thing that a client does, or that happens to a router.
func act(t *testing.T, m *manager.Manager, devices []*sim.Device) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	id, k := fmt.Sprint(rand.N(4)), key([]string{"r:8728", "s:8728"}[rand.N(2)])
	var err error
	switch rand.N(8) {
	case 0, 1, 2:
		_, err = m.Connect(ctx, id, k, owner)
	case 3:
		_, err = m.Disconnect(id)
	case 4:
		_, err = run(ctx, m, id, []string{"/ppp/active/print"})
	case 5:
		_, err = infoOf(ctx, m, id)
	case 6:
		if rand.N(4) == 0 {
			devices[rand.N(2)].DropSessions()
		}
	case 7:
		time.Sleep(rand.N(3 * time.Second))
	}
	if err == nil || errors.Is(err, manager.ErrUnknownRouter) || errors.Is(err, pool.ErrReleased) {
		return
	}
	assert.Contains(t, []errcode.Code{errcode.Unreachable, errcode.Busy, errcode.Timeout}, errcode.Of(err), "%v", err)
}

// look is one viewer.
func look(t *testing.T, m *manager.Manager) {
	w := manager.Watch{All: rand.N(2) == 0, Variants: []poller.Variant{{Topic: poller.Combined}}}
	for _, topic := range poller.Names() {
		if rand.N(4) == 0 {
			w.Variants = append(w.Variants, variant(topic, rand.N(2) == 0, rand.N(2) == 0))
		}
	}
	if !w.All {
		w.Routers = []string{fmt.Sprint(rand.N(4))}
	}
	view, err := m.Subscribe(w)
	if err != nil {
		assert.ErrorIs(t, err, manager.ErrUnknownRouter)
		time.Sleep(rand.N(time.Second))
		return
	}
	defer view.Close()
	leave := time.After(rand.N(5 * time.Second))
	for {
		select {
		case <-leave:
			return
		case <-ready(view):
			events, err := view.Take()
			for _, e := range events {
				e.Frame()
			}
			if err != nil {
				return
			}
		}
	}
}
