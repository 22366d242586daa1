//go:build unix

package fleettest_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/fleettest"
)

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
