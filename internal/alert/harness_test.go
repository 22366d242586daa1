package alert_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/alert"
	"github.com/aprakasa/mikronec/internal/device"
	"github.com/aprakasa/mikronec/internal/manager"
	"github.com/aprakasa/mikronec/internal/pool"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/secret"
	"github.com/aprakasa/mikronec/internal/sim"
)

// told is an outbox that remembers.
type told struct {
	mu    sync.Mutex
	list  []alert.Transition          // guarded by mu
	fires map[string]alert.Transition // guarded by mu
}

// Fires implements the outbox.
func (o *told) Fires() []alert.Transition {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Collect(maps.Values(o.fires))
}

func (o *told) Tell(t alert.Transition) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, t)
	switch t.Status {
	case alert.Firing:
		o.fires[t.Alert] = t
	case alert.Resolved:
		delete(o.fires, t.Alert)
	}
}

// take returns what was told since the last call, each as "status rule router subject".
func (o *told) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := []string{}
	for _, t := range o.list {
		line := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", t.Status, t.Rule, t.RouterID, t.Subject))
		if t.Again {
			line += " again"
		}
		if t.Count > 0 {
			line += fmt.Sprintf(" +%d", t.Count)
		}
		list = append(list, line)
	}
	o.list = nil
	return list
}

// world is an engine with a manager and simulated routers, in a bubble of synctest.
type world struct {
	t       *testing.T
	engine  *alert.Engine
	manager *manager.Manager
	devices map[string]*sim.Device
	told    *told
	stop    func()

	untrusted atomic.Bool // certificates are refused
}

var errNobody = errors.New("no route to host")

// begin starts a world with routers of these names; a device that is nil is not there.
func begin(t *testing.T, opts alert.Options, devices map[string]*sim.Device, rules ...alert.Spec) *world {
	t.Helper()
	return beginWith(t, opts, nil, devices, rules...)
}

// beginWith is begin with alerts that fired before.
func beginWith(t *testing.T, opts alert.Options, fires []alert.Transition, devices map[string]*sim.Device, rules ...alert.Spec) *world {
	t.Helper()
	w := &world{t: t, devices: devices, told: &told{fires: make(map[string]alert.Transition)}}
	for i, f := range fires {
		w.told.fires[fmt.Sprint(i)] = f
	}
	w.engine = alert.New(w.told, opts)
	w.engine.Replace(parse(t, rules...))
	w.run(w.engine)
	return w
}

// run runs the manager and an engine until stop is called.
func (w *world) run(engine follower) {
	devices, t := w.devices, w.t
	dial := func(ctx context.Context, key pool.Key) (*routeros.Session, error) {
		d := devices[key.Addr]
		if w.untrusted.Load() {
			return nil, &routeros.CertificateError{}
		}
		if d == nil {
			return nil, &routeros.LinkError{Step: "dial", Err: errNobody}
		}
		client, router := net.Pipe()
		go d.ServeConn(router)
		return routeros.New(ctx, client, key.Credentials(), routeros.Options{})
	}
	w.manager = manager.New(pool.New(dial, pool.Options{MaxBackoff: 5 * time.Second}), manager.Options{
		Device: device.Options{Follower: engine}, StateChanged: engine.StateChanged, Changed: engine.Changed,
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		engine.Run(ctx, w.manager)
	}()
	w.stop = sync.OnceFunc(func() {
		cancel()
		<-done
		w.manager.Close()
		for _, d := range w.devices {
			if d != nil {
				d.Close()
			}
		}
	})
	t.Cleanup(w.stop)
	for name := range devices {
		w.connect(name)
	}
}

// follower is what the manager tells, and what runs.
type follower interface {
	device.Follower
	StateChanged(c manager.StateChanged)
	Changed()
	Run(ctx context.Context, routers alert.Routers)
}

func (w *world) connect(name string) {
	w.t.Helper()
	_, err := w.manager.Register(w.t.Context(), manager.Registration{
		ID: name, Key: pool.Key{Addr: name, User: "api", Password: secret.New("secret")}, Owner: manager.Owner{Name: "tests"}, NoWait: true,
	})
	require.NoError(w.t, err)
}

// after lets time pass and compares what was told meanwhile.
func (w *world) after(d time.Duration, want ...string) {
	w.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	if want == nil {
		want = []string{}
	}
	assert.ElementsMatch(w.t, want, w.told.take(), "after %v", d)
}

func parse(t *testing.T, specs ...alert.Spec) (rules []*alert.Rule) {
	t.Helper()
	for _, s := range specs {
		r, err := alert.Parse(s, nil)
		require.NoError(t, err)
		rules = append(rules, r)
	}
	return rules
}

// ccr is a simulated router with PPP users that stay.
func ccr(users int) *sim.Device {
	return sim.New(sim.Options{Personality: sim.CCR2004(), User: "api", Password: "secret", PPPUsers: users})
}

// only is a world with one router "r".
func only(t *testing.T, d *sim.Device, rules ...alert.Spec) *world {
	return begin(t, alert.Options{}, map[string]*sim.Device{"r": d}, rules...)
}

// calm is longer than the time after the start in which nothing fires.
const calm = 95 * time.Second
