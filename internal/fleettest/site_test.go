//go:build unix

package fleettest_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/engine"
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
	return file, engine.Build(file, "test")
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
