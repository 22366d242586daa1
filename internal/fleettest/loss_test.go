//go:build unix

package fleettest_test

import (
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/natsserver"
)

// oneEach waits until there is one session at each router, and returns how long that took.
func (s *site) oneEach() time.Duration {
	s.t.Helper()
	began := time.Now()
	require.Eventually(s.t, func() bool {
		for _, r := range s.Routers {
			if r.Stats().Sessions != 1 {
				return false
			}
		}
		return true
	}, busy*30*time.Second, 10*time.Millisecond)
	return time.Since(began)
}

// startAgain ends all instances at once and starts them again.
func (s *site) startAgain() {
	s.t.Helper()
	for _, in := range s.Instances {
		require.NoError(s.t, in.Signal(syscall.SIGKILL))
	}
	for _, in := range s.Instances {
		<-in.Exited()
		require.NoError(s.t, in.Start(s.t.Context()))
	}
}

// registered asserts that the register has all routers.
func (s *site) registered() {
	s.t.Helper()
	for _, in := range s.Instances {
		require.Eventually(s.t, func() bool {
			var list struct{ Data []struct{} }
			_, answer, err := in.Do(s.t.Context(), "GET", "/routers", nil)
			return err == nil && json.Unmarshal(answer, &list) == nil && len(list.Data) == len(s.Routers)
		}, busy*10*time.Second, 100*time.Millisecond, "the register of %s", in.Name)
	}
}

func TestAllInstancesAreKilled(t *testing.T) {
	s := newSite(t, 1)
	began := time.Now()
	s.startAgain()
	s.flows(40 * time.Second)
	s.told("all instances are killed and start again", time.Since(began))
	s.registered()
	s.runs()
	s.sessions(2, 100*time.Millisecond)
}

// The records of all instances vanish at once, as when the clock of NATS jumps ahead.
// They are written again, and nothing moves.
func TestTheClockOfNATSJumps(t *testing.T) {
	s := newSite(t, 1)
	nc, err := nats.Connect(s.Nodes[0].URL)
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	members, err := js.Stream(t.Context(), "KV_mikronec_members")
	require.NoError(t, err)
	began := time.Now()
	for range 3 {
		require.NoError(t, members.Purge(t.Context()))
		s.flows(20 * time.Second)
	}
	var gap time.Duration
	for _, v := range s.viewers {
		gap = max(gap, v.Gap(began, "hardware"))
	}
	t.Logf("no event for %v at the most", gap.Round(100*time.Millisecond))
	s.runs()
	s.sessions(1, 0)
}

// NATS loses all that it has, or what was written last. Instances put back what they know.
func TestNATSLosesWrites(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]bool{"all": false, "the last": true} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, 1)
			node, older := s.Nodes[0], t.TempDir()
			node.Kill()
			if keep {
				require.NoError(t, os.CopyFS(older, os.DirFS(node.Store())))
			}
			require.NoError(t, node.Restart())
			s.flows(30 * time.Second)
			comment := map[string]string{"comment": "written last"}
			for _, r := range s.Routers {
				require.Eventually(t, func() bool {
					status, _, err := s.Instances[0].Do(t.Context(), "PATCH", "/routers/"+r.ID, comment)
					return err == nil && status == 200
				}, busy*10*time.Second, 100*time.Millisecond)
			}
			node.Kill()
			require.NoError(t, os.RemoveAll(node.Store()))
			if keep {
				require.NoError(t, os.CopyFS(node.Store(), os.DirFS(older)))
			}
			require.NoError(t, node.Restart())
			s.told("NATS has lost "+name, s.flows(30*time.Second))
			t.Logf("one session each after %v", s.oneEach().Round(10*time.Millisecond))
			s.runs()
			s.sessions(4, time.Second)
			// What was put back outlives the instances.
			s.startAgain()
			s.flows(40 * time.Second)
			s.registered()
			for _, r := range s.Routers {
				_, answer, err := s.Instances[1].Do(t.Context(), "GET", "/routers/"+r.ID, nil)
				require.NoError(t, err)
				assert.Contains(t, string(answer), "written last")
			}
			s.sessions(6, time.Second)
		})
	}
}

// One instance sees another NATS than the others: each side owns all routers. When it is
// over, there is one owner each.
func TestNATSIsSplit(t *testing.T) {
	s := newSite(t, 1)
	other, err := natsserver.Run(natsserver.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	defer other[0].Kill()
	addr := func(n *natsserver.Node) string { return strings.TrimPrefix(n.URL, "nats://") }
	victim := s.owner(s.Routers[0])
	victim.NATS.Redirect(addr(other[0]))
	split := time.Now()
	require.Eventually(t, func() bool {
		for _, r := range s.Routers {
			if r.Stats().Sessions != 2 {
				return false
			}
		}
		return true
	}, busy*40*time.Second, 10*time.Millisecond, "both sides own all routers")
	t.Logf("two sessions at each router %v after the split", time.Since(split).Round(100*time.Millisecond))
	s.flows(20 * time.Second)
	victim.NATS.Redirect(addr(s.Nodes[0]))
	s.told("the split is over", s.flows(30*time.Second))
	t.Logf("one session each after %v", s.oneEach().Round(10*time.Millisecond))
	s.runs()
	s.sessions(4, time.Since(split))
	s.registered()
}
