package manager_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/poller"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
)

// simulated joins a manager to simulated routers over net.Pipe, by address, so
// that a bubble of synctest can run it on a clock of its own. At any other
// address there is nobody.
func simulated(t *testing.T, polling poller.Options, devices map[string]*sim.Device) *manager.Manager {
	t.Helper()
	dial := func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
		device := devices[key.Addr]
		if device == nil {
			return nil, &routeros.LinkError{Step: "dial", Err: errNobody}
		}
		client, router := net.Pipe()
		go device.ServeConn(router) // until the device is closed at the latest
		return routeros.New(ctx, client, key.Credentials(), routeros.Options{})
	}
	m := manager.New(pool.New(dial, pool.Options{}), manager.Options{Device: device.Options{Polling: polling}})
	t.Cleanup(func() {
		m.Close()
		for _, d := range devices {
			d.Close()
		}
	})
	return m
}

var errNobody = errors.New("no route to host")

func key(addr string) pool.Key {
	return pool.Key{Addr: addr, User: "api", Password: secret.New("secret")}
}

// owner is who connects the routers of the tests.
var owner = manager.Owner{Name: "tests"}

func watch(ids ...string) manager.Watch { return manager.Watch{Routers: ids} }

func ccr(o sim.Options) *sim.Device {
	o.Personality, o.User, o.Password = sim.CCR2004(), "api", "secret"
	return sim.New(o)
}

// An hour in the life of a router: viewers come and go, commands run and fail,
// an id is connected again, and the router's log has one login.
func TestAnHourCostsOneLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{PPPUsers: 20, Churn: 0.2})
		m := simulated(t, poller.Options{}, map[string]*sim.Device{"r": d})
		ctx := t.Context()
		_, err := m.Connect(ctx, "a", key("r"), owner)
		require.NoError(t, err)

		random := rand.New(rand.NewPCG(1, 2))
		began := time.Now()
		for n := 0; time.Since(began) < time.Hour; n++ {
			view, err := m.Subscribe(watch("a"))
			require.NoError(t, err)
			time.Sleep(time.Duration(random.IntN(60)) * time.Second)
			_, err = run(ctx, m, "a", []string{"/no/such/menu/print"})
			require.Error(t, err, "a command error never reconnects")
			_, err = run(ctx, m, "a", []string{"/ip/address/print"})
			require.NoError(t, err)
			if n%5 == 0 {
				_, err = m.Connect(ctx, "a", key("r"), owner)
				require.NoError(t, err)
				_, err = m.Connect(ctx, fmt.Sprint("other-", n), key("r"), owner)
				require.NoError(t, err)
			}
			view.Close()
			time.Sleep(time.Duration(random.IntN(120)) * time.Second)
		}

		var logins []string
		for _, entry := range d.Log() {
			if strings.Contains(entry.Message, "logged in") && strings.Contains(entry.Message, "via api") {
				logins = append(logins, entry.Message)
			}
		}
		assert.Len(t, logins, 1)
		reply, err := run(ctx, m, "a", []string{"/user/active/print"})
		require.NoError(t, err)
		assert.Equal(t, 1, reply.Len, "one session in /user/active")
		assert.Equal(t, 1, d.Stats().Accepted)
	})
}

// A router that keeps the connection open and answers nothing is noticed within
// 10 s while it is polled.
func TestSilenceIsNoticedWhilePolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{})
		m := simulated(t, poller.Options{}, map[string]*sim.Device{"r": d})
		_, err := m.Connect(t.Context(), "a", key("r"), owner)
		require.NoError(t, err)
		view, err := m.Subscribe(watch("a"))
		require.NoError(t, err)
		defer view.Close()
		time.Sleep(3 * time.Second) // the first tick may be half an interval late
		_, _ = view.Take()
		d.Inject(sim.Fault{Kind: sim.Deaf})
		began := time.Now()
		for noticed := false; !noticed; {
			<-ready(view)
			events, err := view.Take()
			require.NoError(t, err)
			for _, e := range events {
				noticed = noticed || strings.Contains(string(e.Frame()), `"state":"down"`)
			}
		}
		assert.LessOrEqual(t, time.Since(began), 10*time.Second)
	})
}

// Where nobody polls, a sign of life is asked for after a minute of silence and
// not before.
func TestHeartbeatOnlyInSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := ccr(sim.Options{})
		m := simulated(t, poller.Options{}, map[string]*sim.Device{"r": d})
		_, err := m.Connect(t.Context(), "a", key("r"), owner)
		require.NoError(t, err)
		beats := func() int { return d.Stats().Commands["/system/identity/print"] }
		view, err := m.Subscribe(watch("a"))
		require.NoError(t, err)
		time.Sleep(10 * time.Minute)
		assert.Zero(t, beats(), "polls are sign enough")
		view.Close()
		time.Sleep(10 * time.Minute)
		assert.InDelta(t, 10, beats(), 1, "one a minute in silence")

		d.Inject(sim.Fault{Kind: sim.Deaf})
		time.Sleep(70 * time.Second)
		router, err := m.Get("a")
		require.NoError(t, err)
		link := router.Device.Status().Link
		assert.NotEqual(t, pool.Up, link.State)
		assert.ErrorContains(t, link.Err, "no sign of life")
	})
}

// A thousand routers that come back in the same instant are spread, and none
// is logged in to twice.
func TestReturningRoutersAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		devices := make(map[string]*sim.Device, n)
		for i := range n {
			devices[fmt.Sprint(i)] = ccr(sim.Options{})
		}
		m := simulated(t, poller.Options{}, devices)
		for i := range n {
			_, err := m.Connect(t.Context(), fmt.Sprint(i), key(fmt.Sprint(i)), owner)
			require.NoError(t, err)
		}
		for _, d := range devices {
			d.Inject(sim.Fault{Kind: sim.ResetAtLogin})
			d.DropSessions()
		}
		time.Sleep(2 * time.Minute) // a power cut
		for _, d := range devices {
			d.Clear()
		}
		back := 0
		most := 0
		for range 70 { // seconds, a little over the longest pause
			time.Sleep(time.Second)
			up := 0
			for _, r := range m.List() {
				if r.Device.Status().Link.State == pool.Up {
					up++
				}
			}
			most, back = max(most, up-back), up
		}
		assert.Equal(t, n, back, "all are back within the longest pause")
		assert.Less(t, most, n/10, "at most a tenth of them in one second")
		for _, d := range devices {
			assert.Equal(t, 2, d.Stats().Logins)
		}
	})
}

// Polls of many routers do not tick together.
func TestPollsAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 200
		devices := make(map[string]*sim.Device, n)
		for i := range n {
			devices[fmt.Sprint(i)] = ccr(sim.Options{})
		}
		m := simulated(t, poller.Options{}, devices)
		for i := range n {
			_, err := m.Connect(t.Context(), fmt.Sprint(i), key(fmt.Sprint(i)), owner)
			require.NoError(t, err)
			view, err := m.Subscribe(watch(fmt.Sprint(i)))
			require.NoError(t, err)
			defer view.Close()
		}
		time.Sleep(10 * time.Second)
		polls := func() (sum int) {
			for _, d := range devices {
				sum += d.Stats().Commands["/system/resource/print"]
			}
			return sum
		}
		last, most := polls(), 0
		for range 20 { // one interval in twentieths
			time.Sleep(100 * time.Millisecond)
			now := polls()
			most, last = max(most, now-last), now
		}
		assert.Less(t, most, 3*n/20, "no twentieth of the interval has three times its share")
	})
}

// variant is one of a topic that there is.
func variant(name string, delta, volatile bool) poller.Variant {
	t, ok := poller.Lookup(name)
	if !ok {
		panic("no topic " + name)
	}
	return t.Variant(delta, volatile)
}

// run, start and infoOf are what a client has done on the router of an id.
func run(ctx context.Context, m *manager.Manager, id string, args []string) (*routeros.Reply, error) {
	r, err := m.Get(id)
	if err != nil {
		return nil, err
	}
	return r.Device.Run(ctx, "", args)
}

func start(ctx context.Context, m *manager.Manager, id string, args []string) (device.Stream, error) {
	r, err := m.Get(id)
	if err != nil {
		return nil, err
	}
	return r.Device.Start(ctx, "", args)
}

func infoOf(ctx context.Context, m *manager.Manager, id string) (device.Info, error) {
	r, err := m.Get(id)
	if err != nil {
		return device.Info{}, err
	}
	return r.Device.Info(ctx, "")
}
