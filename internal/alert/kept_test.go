package alert_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/board"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/register"
	"github.com/aprakasa/mikronec/internal/sim"
)

// instance is an engine with its board.
type instance struct {
	*alert.Engine
	name  string
	board *board.Board
	told  *told
}

// fleet are instances that share a store. A router is at the one that owner names; all of
// them are told what the manager says, as if each had one.
type fleet struct {
	instances []*instance
	mu        sync.Mutex
	owner     map[string]string // by router_id; guarded by mu
}

func newFleet(t *testing.T, store board.Store, fires map[string]alert.Transition, calm time.Duration, names []string, rules ...alert.Spec) *fleet {
	t.Helper()
	f := &fleet{owner: make(map[string]string)}
	for _, name := range names {
		b, err := board.Open(t.Context(), store, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		i := &instance{name: name, board: b, told: &told{fires: fires}}
		opts := alert.Options{Board: b, Calm: calm}
		if len(names) > 1 {
			opts.Instance, opts.Sends = name, func() bool { return name == names[0] }
			opts.Alive = func(name string) bool {
				return slices.ContainsFunc(f.instances, func(i *instance) bool { return i.name == name })
			}
		}
		i.Engine = alert.New(i.told, opts)
		b.Attach(i.Engine, alert.Prefixes()...)
		i.Replace(parse(t, rules...))
		f.instances = append(f.instances, i)
	}
	return f
}

func (f *fleet) own(id, name string) {
	f.mu.Lock()
	f.owner[id] = name
	f.mu.Unlock()
	f.Changed()
}

func (f *fleet) Follow(ids []string, u poller.Update) {
	for _, i := range f.instances {
		i.Follow(ids, u)
	}
}

func (f *fleet) StateChanged(c manager.StateChanged) {
	for _, i := range f.instances {
		i.Engine.StateChanged(c)
	}
}

func (f *fleet) Changed() {
	for _, i := range f.instances {
		i.Engine.Changed()
	}
}

// view is the manager as an instance sees it.
type view struct {
	alert.Routers
	fleet *fleet
	name  string
}

func (v view) List() []manager.Router {
	list := v.Routers.List()
	v.fleet.mu.Lock()
	defer v.fleet.mu.Unlock()
	for i := range list {
		list[i].Here = v.fleet.owner[list[i].ID] == v.name
	}
	return list
}

func (f *fleet) Run(ctx context.Context, routers alert.Routers) {
	var engines, boards sync.WaitGroup
	writing, end := context.WithCancel(context.Background())
	for _, i := range f.instances {
		boards.Go(func() { i.board.Run(writing) })
		engines.Go(func() { i.Engine.Run(ctx, view{routers, f, i.name}) })
	}
	engines.Wait()
	end()
	boards.Wait()
}

// everything that was told by all instances.
func (f *fleet) take() (list []string) {
	for _, i := range f.instances {
		list = append(list, i.told.take()...)
	}
	return list
}

func (f *fleet) after(t *testing.T, d time.Duration, want ...string) {
	t.Helper()
	time.Sleep(d)
	synctest.Wait()
	assert.ElementsMatch(t, want, f.take(), "after %v", d)
}

func everything(string) bool { return true }

// firing are the alerts that an instance says fire.
func (i *instance) firing() (list []string) {
	for _, v := range i.Firing(everything) {
		list = append(list, v.Rule+" "+v.RouterID)
	}
	return list
}

// A router that moves to another instance keeps its alerts: nothing is told because of it,
// what has to hold for a time goes on to hold, and every instance says the same.
func TestARouterThatMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, quiet := ccr(0), ccr(0) // nothing fires at the second one, so that nothing is urgent to be kept
		f := newFleet(t, register.NewMemory(), make(map[string]alert.Transition), 0, []string{"a", "b"},
			alert.Spec{Name: "cpu", When: "cpu > 90"}, alert.Spec{Name: "memory", When: "memory > 90", For: "10m"},
			alert.Spec{Name: "flapping", When: "router.flapping > 2 in 30m"}, alert.Spec{Name: "down", When: "router.down", For: "30s"},
			alert.Spec{Name: "log", When: "config.changed"})
		w := &world{t: t, devices: map[string]*sim.Device{"r": d, "q": quiet}}
		f.own("r", "a")
		f.own("q", "a")
		w.run(f)
		defer w.stop()
		f.after(t, calm)
		d.SetField("/system/resource", "", "cpu-load", "99")
		d.SetField("/system/resource", "", "free-memory", "1000")
		f.after(t, time.Minute, "firing cpu r")
		d.DropSessions()
		quiet.DropSessions()
		f.after(t, 330*time.Second)
		assert.Equal(t, []string{"cpu r"}, f.instances[1].firing(), "which does not own it")
		d.DropSessions()
		quiet.DropSessions()
		f.after(t, 5*time.Second) // which is known to its owner alone

		f.own("r", "b")
		f.own("q", "b")
		f.after(t, time.Minute)
		for _, i := range f.instances {
			assert.Equal(t, []string{"cpu r"}, i.firing(), i.name)
		}
		one, err := json.Marshal(f.instances[0].History(everything, 10))
		require.NoError(t, err)
		other, err := json.Marshal(f.instances[1].History(everything, 10))
		require.NoError(t, err)
		assert.JSONEq(t, string(one), string(other))
		d.WriteLog("system,info", "filter rule added by admin")
		f.after(t, time.Second, "event log r")
		f.after(t, 8*time.Minute)
		f.after(t, 2*time.Minute, "firing memory r") // 10 min since it began
		d.DropSessions()
		quiet.DropSessions()
		f.after(t, time.Minute, "firing flapping r", "firing flapping q") // two before the move
		d.SetField("/system/resource", "", "cpu-load", "1")
		f.after(t, time.Minute, "resolved cpu r")
		d.Off()
		f.after(t, 20*time.Second)
		f.own("r", "a")
		f.after(t, 25*time.Second, "firing down r") // which began at b
		f.own("r", "b")
		f.after(t, time.Minute)
		assert.ElementsMatch(t, []string{"memory r", "flapping r", "flapping q", "down r"}, f.instances[0].firing())
		assert.ElementsMatch(t, f.instances[0].firing(), f.instances[1].firing())
		d.Reboot()
		f.after(t, 2*time.Minute, "resolved down r")
	})
}

// A silence holds at every instance.
func TestASilenceIsOfTheFleet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(0)
		f := newFleet(t, register.NewMemory(), make(map[string]alert.Transition), 0, []string{"a", "b"}, alert.Spec{Name: "down", When: "router.down", Repeat: "10m"})
		w := &world{t: t, devices: map[string]*sim.Device{"r": d}}
		f.own("r", "a")
		w.run(f)
		defer w.stop()
		f.after(t, calm)
		d.Off()
		f.after(t, 2*time.Minute, "firing down r")
		id := f.instances[1].Firing(everything)[0].Alert
		_, err := f.instances[1].Silence(id, everything, time.Hour)
		require.NoError(t, err)
		f.after(t, 30*time.Minute)
		assert.NotNil(t, f.instances[0].Firing(everything)[0].Silenced)
		_, err = f.instances[0].Silence(id, everything, 0)
		require.NoError(t, err)
		f.after(t, 5*time.Minute, "firing down r again")
		assert.Nil(t, f.instances[1].Firing(everything)[0].Silenced)
	})
}

// Rules about the server are about each instance, and every instance shows them.
func TestRulesAboutTheServerInAFleet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, register.NewMemory(), make(map[string]alert.Transition), 0, []string{"a", "b"}, alert.Spec{Name: "keys", When: "server.wrong_keys > 2 in 5m"})
		w := &world{t: t}
		w.run(f)
		defer w.stop()
		f.after(t, calm)
		for range 2 {
			f.instances[0].WrongKey()
			f.instances[1].WrongKey()
		}
		f.after(t, time.Second)
		f.instances[1].WrongKey()
		f.after(t, time.Second, "firing keys")
		list := f.instances[0].Firing(everything)
		require.Len(t, list, 1)
		assert.Equal(t, "b", list[0].Instance)
		f.after(t, 6*time.Minute, "resolved keys")
		assert.Empty(t, f.instances[0].Firing(everything))
	})
}

// With a store that outlives the process, a restart changes nothing: alerts that fire,
// times that run, what was counted, silences and the history are as they were, and a router
// that has restarted meanwhile is told as such.
func TestARestartWithAStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, fires := register.NewMemory(), make(map[string]alert.Transition)
		rules := []alert.Spec{
			{Name: "cpu", When: "cpu > 90", Repeat: "30m"}, {Name: "memory", When: "memory > 90", For: "10m"}, {Name: "rebooted", When: "router.rebooted"},
			{Name: "failed", When: "login.failed > 2 in 1h"},
		}
		d := sim.New(sim.Options{Personality: sim.CCR2004(), User: "api", Password: "secret", BootTime: time.Second})
		w := &world{t: t, devices: map[string]*sim.Device{"r": nil}}
		w.devices["r"] = d
		start := func() *fleet {
			f := newFleet(t, store, fires, 0, []string{""}, rules...)
			f.own("r", "")
			w.run(f)
			return f
		}
		f := start()
		f.after(t, calm)
		d.SetField("/system/resource", "", "cpu-load", "99")
		d.SetField("/system/resource", "", "free-memory", "1000")
		d.WriteLog("system,error,critical", "login failure for user x from 192.0.2.1 via ssh")
		d.WriteLog("system,error,critical", "login failure for user x from 192.0.2.1 via ssh")
		f.after(t, time.Minute, "firing cpu r")
		_, err := f.instances[0].Silence(f.instances[0].Firing(everything)[0].Alert, everything, 24*time.Hour)
		require.NoError(t, err)
		f.after(t, 4*time.Minute)
		before := f.instances[0].History(everything, 10)
		w.devices = map[string]*sim.Device{} // they stay
		w.stop()

		w = &world{t: t, devices: map[string]*sim.Device{"r": d}}
		f = start()
		defer w.stop()
		assert.Equal(t, len(before), len(f.instances[0].History(everything, 10)))
		f.after(t, 150*time.Second)
		f.after(t, 3*time.Minute, "firing memory r")
		d.WriteLog("system,error,critical", "login failure for user x from 192.0.2.1 via ssh")
		f.after(t, time.Second, "firing failed r 192.0.2.1")
		f.after(t, 45*time.Minute)
		d.Reboot()
		f.after(t, time.Minute, "event rebooted r")
	})
}

// An alert of a router that is not there any more after a restart ends, and so does one of
// the server of an instance that is gone.
func TestWhatIsGoneEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, fires := register.NewMemory(), make(map[string]alert.Transition)
		rules := []alert.Spec{{Name: "down", When: "router.down"}, {Name: "keys", When: "server.wrong_keys > 1 in 24h"}}
		f := newFleet(t, store, fires, 0, []string{"a", "b"}, rules...)
		f.own("r", "a")
		w := &world{t: t, devices: map[string]*sim.Device{"r": nil}}
		w.run(f)
		f.after(t, calm, "firing down r")
		f.instances[1].WrongKey()
		f.instances[1].WrongKey()
		f.after(t, time.Second, "firing keys")
		w.stop()

		f = newFleet(t, store, fires, 0, []string{"a", "c"}, rules...)
		w = &world{t: t}
		w.run(f)
		defer w.stop()
		f.after(t, 10*time.Minute)
		assert.ElementsMatch(t, []string{"down r", "keys "}, f.instances[0].firing(), "they may come yet")
		f.after(t, 3*time.Minute, "resolved down r", "resolved keys")
		for _, i := range f.instances {
			assert.Empty(t, i.firing(), i.name)
			for _, h := range i.History(everything, 2) {
				assert.Contains(t, []string{"router removed", "instance gone"}, h.Reason)
			}
		}
		f.after(t, 10*time.Minute)
	})
}

// The history is bounded, also in the store.
func TestTheHistoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := register.NewMemory()
		d := ccr(0)
		f := newFleet(t, store, make(map[string]alert.Transition), 0, []string{""}, alert.Spec{Name: "log", When: `log matches "x"`})
		f.own("r", "")
		w := &world{t: t, devices: map[string]*sim.Device{"r": d}}
		w.run(f)
		defer w.stop()
		f.after(t, calm)
		for range 60 { // 30 a minute are told one by one, and one that says how many more there were
			for range 40 {
				d.WriteLog("info", "x")
			}
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		assert.Greater(t, len(f.take()), 1500)
		time.Sleep(15 * time.Minute)
		list := f.instances[0].History(everything, 5000)
		assert.Len(t, list, 1000)
		kept := 0
		entries, err := store.List(t.Context())
		require.NoError(t, err)
		for _, e := range entries {
			if strings.HasPrefix(e.Name, "told.") {
				kept++
				assert.GreaterOrEqual(t, e.Name, fmt.Sprintf("told.%013d", list[999].At.UnixMilli()))
			}
		}
		assert.LessOrEqual(t, kept, 1000)
		assert.Greater(t, kept, 900)
	})
}
