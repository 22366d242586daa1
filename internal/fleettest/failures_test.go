//go:build unix

package fleettest_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/fleettest"
	"github.com/aprakasa/mikronec/internal/sim"
)

// program builds the program once, as people do.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "fleettest")
	if err != nil {
		return "", err
	}
	built = dir
	file := filepath.Join(dir, "mikronec")
	out, err := exec.Command("go", "build", "-o", file, "../..").CombinedOutput() // #nosec G204 -- our own
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, nil
})

var built string // folder of the program

// These tests wait most of the time, so that more of them run at a time than there are
// processors.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "16")
	code := m.Run()
	_ = os.RemoveAll(built)
	os.Exit(code) //revive:disable-line:deep-exit the end of a test program
}

// site is a fleet with a viewer of all routers at each instance.
type site struct {
	*fleettest.Fleet

	t       *testing.T
	viewers []*fleettest.Viewer
}

const routers = 4

// newSite starts three instances and waits until everybody sees all routers.
func newSite(t *testing.T, nodes int, env ...string) *site {
	t.Helper()
	t.Parallel()
	file, err := program()
	require.NoError(t, err)
	o := fleettest.Options{Binary: file, Dir: t.TempDir(), Nodes: nodes, Instances: []string{"a", "b", "c"}, Env: append([]string{"LOG_LEVEL=info"}, env...)}
	for i := range routers {
		o.Routers = append(o.Routers, sim.Options{PPPUsers: 3, Seed: uint64(i)}) //nolint:gosec // not negative
	}
	s := &site{t: t}
	s.Fleet, err = fleettest.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(s.end)
	require.NoError(t, s.Connect(t.Context()))
	for i := range s.Instances {
		at := append(s.Instances[i:len(s.Instances):len(s.Instances)], s.Instances[:i]...)
		s.viewers = append(s.viewers, fleettest.View("/sse?router=*&topics=hardware", at...))
	}
	s.flows(20 * time.Second)
	return s
}

// end ends the fleet, and asserts that nothing is left at the routers.
func (s *site) end() {
	for _, v := range s.viewers {
		v.Close()
	}
	for _, in := range s.Instances {
		if s.t.Failed() {
			s.t.Logf("the log of %s:\n%s", in.Name, in.Log())
		}
	}
	if !s.t.Failed() {
		s.stop()
	}
	s.Close()
}

// stop stops all instances in order.
func (s *site) stop() {
	for _, in := range s.Instances {
		if in.Alive() {
			_ = in.Signal(syscall.SIGCONT)
			_ = in.Signal(syscall.SIGTERM)
		}
	}
	for _, in := range s.Instances {
		select {
		case <-in.Exited():
		case <-time.After(busy * 30 * time.Second):
			s.t.Errorf("the instance %s does not stop:\n%s", in.Name, in.Log())
		}
	}
	for _, r := range s.Routers {
		assert.Eventually(s.t, func() bool { return r.Stats().Sessions == 0 }, busy*5*time.Second, 20*time.Millisecond, "%s has a session of a fleet that has ended", r.ID)
	}
}

// busy is by how much everything may take longer on a machine that has other things to do.
const busy = 3

// flows waits until every viewer has an event of every router from now on, and returns how
// long that took. It may take patience where the machine is not busy.
func (s *site) flows(patience time.Duration) time.Duration {
	s.t.Helper()
	began := time.Now()
	missing := func() (list []string) {
		for i, v := range s.viewers {
			there := routersOf(v.Events(began))
			for _, r := range s.Routers {
				if !there[r.ID] {
					list = append(list, fmt.Sprintf("%s at viewer %d", r.ID, i))
				}
			}
		}
		return list
	}
	for late := began.Add(busy * patience); len(missing()) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(late) {
			require.Empty(s.t, missing(), "streams do not flow")
		}
	}
	return time.Since(began)
}

// routersOf are the routers of which there are snapshots.
func routersOf(events []fleettest.Seen) map[string]bool {
	ids := make(map[string]bool)
	for _, e := range events {
		if _, rest, ok := strings.Cut(e.Data, `"router_id":"`); ok && strings.Contains(e.Data, `"hardware"`) && e.Name == "" {
			id, _, _ := strings.Cut(rest, `"`)
			ids[id] = true
		}
	}
	return ids
}

// owner is the instance that has the session of a router, as another instance says.
func (s *site) owner(r *fleettest.Router) *fleettest.Instance {
	s.t.Helper()
	var owner *fleettest.Instance
	require.Eventually(s.t, func() bool {
		for _, in := range s.Instances {
			if name, err := in.Owner(s.t.Context(), r.ID); err == nil && s.Instance(name) != nil {
				owner = s.Instance(name)
				return true
			}
		}
		return false
	}, busy*10*time.Second, 50*time.Millisecond, "nobody has %s", r.ID)
	return owner
}

// sessions asserts how the routers saw the fleet: logins in all, and how long a router had
// two sessions.
func (s *site) sessions(logins int, double time.Duration) {
	s.t.Helper()
	for _, r := range s.Routers {
		most, longest := r.Overlap()
		s.t.Logf("%s: %d logins, %d sessions at a time, two for %v", r.ID, r.Stats().Logins, most, longest.Round(10*time.Millisecond))
		assert.LessOrEqual(s.t, longest, double, r.ID)
		assert.LessOrEqual(s.t, r.Stats().Logins, logins, r.ID)
		assert.Equal(s.t, 1, r.Stats().Sessions, r.ID)
	}
}

// runs asserts that a command reaches every router through every instance that lives. What
// says that nothing was sent, since the router moves just then, is tried again.
func (s *site) runs() {
	s.t.Helper()
	for _, in := range s.Instances {
		for _, r := range s.Routers {
			status, answer, err := in.Run(s.t.Context(), r.ID, "/system/identity/print")
			if strings.Contains(string(answer), "nothing was sent") {
				status, answer, err = in.Run(s.t.Context(), r.ID, "/system/identity/print")
			}
			if assert.NoError(s.t, err) {
				assert.Equal(s.t, 200, status, string(answer))
				assert.Contains(s.t, string(answer), r.ID)
			}
		}
	}
}

func (s *site) told(what string, d time.Duration) {
	s.t.Helper()
	s.t.Logf("%s: streams flow again after %v", what, d.Round(100*time.Millisecond))
}

func TestAnInstanceIsKilled(t *testing.T) {
	s := newSite(t, 1)
	s.runs()
	victim := s.owner(s.Routers[0])
	victim.Kill()
	took := s.flows(40 * time.Second)
	s.told("kill -9", took)
	require.NoError(t, victim.Start(t.Context()))
	s.runs()
	s.sessions(2, 100*time.Millisecond)
}

func TestAnInstanceStandsStill(t *testing.T) {
	s := newSite(t, 1)
	victim := s.owner(s.Routers[0])
	require.NoError(t, victim.Signal(syscall.SIGSTOP))
	began := time.Now()
	s.told("SIGSTOP", s.flows(40*time.Second))
	time.Sleep(time.Until(began.Add(30 * time.Second)))
	require.NoError(t, victim.Signal(syscall.SIGCONT))
	woke := time.Now()
	require.Eventually(t, func() bool {
		for _, r := range s.Routers {
			if r.Stats().Sessions != 1 {
				return false
			}
		}
		return true
	}, busy*20*time.Second, 10*time.Millisecond)
	t.Logf("one session at each router %v after it woke up", time.Since(woke).Round(10*time.Millisecond))
	s.runs()
	s.sessions(3, 15*time.Second) // from the takeover until it wakes up, after which it gets some back
}

func TestAnInstanceStopsInOrder(t *testing.T) {
	s := newSite(t, 1)
	victim := s.owner(s.Routers[0])
	began := time.Now()
	require.NoError(t, victim.Signal(syscall.SIGTERM))
	<-victim.Exited()
	t.Logf("it ended after %v", time.Since(began).Round(10*time.Millisecond))
	s.told("SIGTERM", s.flows(15*time.Second)+time.Since(began))
	require.NoError(t, victim.Start(t.Context()))
	s.runs()
	s.sessions(2, 100*time.Millisecond)
}

// While NATS is away, each instance serves the routers that it has to its own viewers.
func TestNATSRestarts(t *testing.T) {
	s := newSite(t, 1)
	r := s.Routers[0]
	near := fleettest.View("/sse/"+r.ID+"?topics=hardware", s.owner(r))
	defer near.Close()
	began := time.Now()
	s.Nodes[0].Kill()
	time.Sleep(20 * time.Second)
	gap := near.Gap(began, "hardware")
	t.Logf("NATS is away: no event for %v at the owner", gap.Round(100*time.Millisecond))
	assert.Less(t, gap, 15*time.Second)
	require.NoError(t, s.Nodes[0].Restart())
	s.told("NATS is back", s.flows(30*time.Second))
	for _, in := range s.Instances {
		require.Eventually(t, func() bool {
			status, _, err := in.Do(t.Context(), "GET", "/readyz", nil)
			return err == nil && status == 200
		}, busy*30*time.Second, 100*time.Millisecond)
	}
	s.runs()
	s.sessions(2, 30*time.Second)
}

func TestOneOfThreeNodesIsKilled(t *testing.T) {
	s := newSite(t, 3)
	s.Nodes[1].Kill()
	s.told("one of three nodes is killed", s.flows(30*time.Second))
	time.Sleep(15 * time.Second)
	s.flows(10 * time.Second)
	s.runs()
	s.sessions(1, 0)
}

// Without the way to NATS, an owner goes on and another instance takes over, so that the
// routers have two sessions until the way is there again; or it gives up before.
func TestTheWayToNATSIsCut(t *testing.T) {
	t.Parallel()
	for rule, double := range map[string]time.Duration{"keep": 25 * time.Second, "stop": 100 * time.Millisecond} {
		t.Run(rule, func(t *testing.T) {
			s := newSite(t, 1, "FLEET_PARTITION="+rule)
			victim := s.owner(s.Routers[0])
			victim.NATS.Cut()
			began := time.Now()
			time.Sleep(35 * time.Second)
			victim.NATS.Restore()
			s.told("the way to NATS is there again after 35s", s.flows(30*time.Second))
			require.Eventually(t, func() bool {
				for _, r := range s.Routers {
					if r.Stats().Sessions != 1 {
						return false
					}
				}
				return true
			}, busy*30*time.Second, 10*time.Millisecond)
			t.Logf("one session at each router %v after the cut", time.Since(began).Round(100*time.Millisecond))
			s.runs()
			s.sessions(3, double)
		})
	}
}

func TestTwoInstancesOfOneName(t *testing.T) {
	s := newSite(t, 1)
	twin := s.Twin(s.Instances[1])
	ctx, cancel := context.WithTimeout(t.Context(), busy*30*time.Second)
	defer cancel()
	err := twin.Start(ctx)
	require.ErrorContains(t, err, "has ended")
	assert.Contains(t, twin.Log(), "name")
	s.flows(10 * time.Second)
	s.runs()
	s.sessions(1, 0)
}

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
