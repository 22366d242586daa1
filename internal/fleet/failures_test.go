//go:build unix

package fleet_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/fleet"
	"github.com/aprakasa/mikronec/internal/natsserver"
)

// Times in this file are a quarter or a half of those of the program; each test logs how long it took
// until every shard was worked at again.

func TestAnInstanceIsKilled(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	a := start(t, node.URL, "a", fleet.Keep)
	eventually(t, fleet.Shards, a)
	b := start(t, node.URL, "b", fleet.Keep)
	eventually(t, fleet.Shards/4, a, b)
	a.signal(t, syscall.SIGKILL)
	t.Log("taken over after", eventually(t, fleet.Shards, b))
	assert.Less(t, overlap(&a.samples, &b.samples), toldWithin)

	// It starts again under its name.
	again := start(t, node.URL, "a", fleet.Keep)
	t.Log("back after", eventually(t, fleet.Shards/4, again, b))
	assert.Less(t, overlap(&again.samples, &b.samples), toldWithin)
}

func TestAnInstanceIsTerminated(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	a := start(t, node.URL, "a", fleet.Keep)
	eventually(t, fleet.Shards, a)
	b := start(t, node.URL, "b", fleet.Keep)
	eventually(t, fleet.Shards/4, a, b)
	a.signal(t, syscall.SIGTERM)
	require.NoError(t, a.ended())
	t.Log("handed over when the process has ended, and after", eventually(t, fleet.Shards, b))
	assert.Zero(t, overlap(&a.samples, &b.samples))
}

// A process that stands still for longer than its lease finds out before it goes on.
func TestAnInstanceStandsStill(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	a := start(t, node.URL, "a", fleet.Keep)
	eventually(t, fleet.Shards, a)
	b := start(t, node.URL, "b", fleet.Keep)
	eventually(t, fleet.Shards/4, a, b)
	a.signal(t, syscall.SIGSTOP)
	t.Log("taken over after", eventually(t, fleet.Shards, b))
	time.Sleep(quick().Expire / 2) // 30 s of the program's time in all
	a.signal(t, syscall.SIGCONT)
	t.Log("back after", eventually(t, fleet.Shards/4, a, b))
	assert.Less(t, overlap(&a.samples, &b.samples), toldWithin)
}

func TestAllStartAgain(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	a, b := start(t, node.URL, "a", fleet.Keep), start(t, node.URL, "b", fleet.Keep)
	eventually(t, fleet.Shards/4, a, b)
	for _, p := range []*process{a, b} {
		p.signal(t, syscall.SIGKILL)
		require.Error(t, p.ended())
	}
	c, d := start(t, node.URL, "a", fleet.Keep), start(t, node.URL, "another", fleet.Keep)
	t.Log("after", eventually(t, fleet.Shards/4, c, d))
	assert.Less(t, overlap(&c.samples, &d.samples), toldWithin)
}

// While NATS is away, every owner goes on; when it is back, everybody has what it had.
func TestNATSIsKilledAndStartsAgain(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	a := join(t, node.URL, "a", patiently)
	eventually(t, fleet.Shards, a)
	b := join(t, node.URL, "b", patiently)
	balanced(t, a, b)
	hadA, hadB, moves := a.now(), b.now(), a.Status().Moves
	node.Kill()
	time.Sleep(patient().Expire) // all leases have lapsed
	assert.Equal(t, hadA, a.now())
	assert.Equal(t, hadB, b.now())
	assert.False(t, a.Status().Connected)
	require.NoError(t, node.Restart())
	require.Eventually(t, func() bool { return a.certain() && b.certain() }, time.Minute, 5*time.Millisecond)
	time.Sleep(patient().Settle + patient().Renew) // whoever counts as gone would have lost its shards
	assert.Equal(t, hadA, a.now())
	assert.Equal(t, hadB, b.now())
	assert.Equal(t, moves, a.Status().Moves)
	assert.Zero(t, overlap(&a.samples, &b.samples))
}

// balanced waits until two instances work at all shards and move none any more.
func balanced(t *testing.T, a, b *instance) {
	t.Helper()
	require.Eventually(t, func() bool { return a.AtRest() && b.AtRest() }, time.Minute, 5*time.Millisecond)
	eventually(t, fleet.Shards/4, a, b)
}

// standard gives an instance the program's own times.
func standard(o *fleet.Options) { o.Timing = fleet.Standard }

// still keeps an instance from moving anything to another one.
func still(o *fleet.Options) { o.Timing.Young = time.Hour }

// certain tells whether the last renewal is recent.
func (in *instance) certain() bool {
	s := in.Status()
	return s.Permit == nil && s.Lag < patient().Fresh
}

func TestOneNodeOfThreeIsKilled(t *testing.T) {
	t.Parallel()
	nodes := natsserver.StartNodes(t, natsserver.Options{Nodes: 3})
	url := natsserver.URLs(nodes)
	// A new leader of a bucket takes as long as it takes.
	a := joinOver(t, openBus(t, url, "a", 3), "a", standard)
	b := joinOver(t, openBus(t, url, "b", 3), "b", standard)
	eventually(t, 0, a, b)
	moves := a.Status().Moves
	stream, err := a.conn.JetStream().Stream(t.Context(), "KV_test_members")
	require.NoError(t, err)
	info, err := stream.Info(t.Context())
	require.NoError(t, err)
	leader := nodes[info.Cluster.Leader[len("node")]-'0']
	killed := time.Now()
	leader.Kill()
	require.Eventually(t, func() bool {
		return a.Status().Lag < time.Since(killed) && b.Status().Lag < time.Since(killed)
	}, time.Minute, 5*time.Millisecond)
	t.Log("both have renewed their leases after", time.Since(killed))
	eventually(t, 0, a, b)
	assert.Equal(t, moves, a.Status().Moves)
	assert.Zero(t, overlap(&a.samples, &b.samples))
	for _, in := range []*instance{a, b} {
		in.neverRefused(t)
	}
}

// neverRefused requires that the instance worked at its shards at all times.
func (in *instance) neverRefused(t *testing.T) {
	t.Helper()
	in.samples.mu.Lock()
	defer in.samples.mu.Unlock()
	had := 0
	for _, one := range in.all {
		n := one.count()
		require.False(t, had > 0 && n == 0)
		had = n
	}
}

// An owner that alone is cut off goes on while another one takes over, until it hears of
// that; with the rule "stop" it has closed its sessions before.
func TestNATSIsOutOfReach(t *testing.T) {
	for _, rule := range []fleet.Partition{fleet.Keep, fleet.Stop} {
		t.Run(string(rule), func(t *testing.T) {
			t.Parallel()
			node := natsserver.Start(t)
			link := natsserver.StartLink(t, node)
			a := join(t, link.URL, "a", patiently, func(o *fleet.Options) { o.Partition = rule })
			eventually(t, fleet.Shards, a)
			b := join(t, node.URL, "b", patiently, still) // gives nothing back
			balanced(t, a, b)
			hadA := a.now()
			link.Cut()
			cut := time.Now()
			require.Eventually(t, func() bool { h := b.now(); return h.count() == fleet.Shards }, time.Minute, 5*time.Millisecond)
			t.Log("taken over after", time.Since(cut))
			if rule == fleet.Keep {
				assert.Equal(t, hadA, a.now())
				a.neverRefused(t)
			} else {
				assert.Equal(t, held{}, a.now())
				assert.Less(t, overlap(&a.samples, &b.samples), toldWithin)
				a.taken.Range(func(shard, _ any) bool { return assert.Fail(t, "not given", shard) })
			}
			link.Heal()
			healed := time.Now()
			require.Eventually(t, func() bool {
				h := a.now()
				return a.certain() && h.count() == 0
			}, time.Minute, 5*time.Millisecond)
			t.Log("one owner each after", time.Since(healed))
		})
	}
}

// A short cut is no reason to move anything, with either rule.
func TestNATSIsOutOfReachForAMoment(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	link := natsserver.StartLink(t, node)
	a := join(t, link.URL, "a", standard, still, func(o *fleet.Options) { o.Partition = fleet.Stop })
	eventually(t, fleet.Shards, a)
	b := join(t, node.URL, "b", standard)
	renewed := func() bool { return a.Status().Lag < time.Second }
	require.Eventually(t, renewed, time.Minute, 5*time.Millisecond)
	link.Cut()
	time.Sleep(fleet.Standard.Renew + fleet.Standard.Renew/2)
	link.Heal()
	require.Eventually(t, renewed, time.Minute, 5*time.Millisecond)
	time.Sleep(fleet.Standard.Settle)
	assert.Equal(t, fleet.Shards, a.Status().Members[0].Shards)
	assert.Zero(t, b.Status().Moves)
	a.neverRefused(t)
}

// Records of members that vanish, as when the clock of NATS jumps, are written again, and
// nothing moves.
func TestTheRecordsOfAllMembersExpireAtOnce(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	a := join(t, node.URL, "a", patiently, still)
	eventually(t, fleet.Shards, a)
	b := join(t, node.URL, "b", patiently)
	kv, err := b.conn.Bucket(t.Context(), "members", patient().Expire)
	require.NoError(t, err)
	for range 3 {
		require.NoError(t, kv.Delete(t.Context(), "a"))
		require.NoError(t, kv.Delete(t.Context(), "b"))
		require.Eventually(t, func() bool { return len(b.Status().Members) == 2 }, time.Minute, 5*time.Millisecond)
	}
	time.Sleep(patient().Settle)
	assert.Zero(t, b.Status().Moves)
	assert.Zero(t, a.Status().Moves.Lost)
	a.neverRefused(t)
}

// Where the clock of NATS was set back, records do not expire for a while.
func TestARecordDoesNotExpire(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	a := start(t, node.URL, "a", fleet.Keep)
	eventually(t, fleet.Shards, a)
	b := join(t, node.URL, "b")
	eventually(t, fleet.Shards/4, a, b)
	js := b.conn.JetStream()
	stream, err := js.Stream(t.Context(), "KV_test_members")
	require.NoError(t, err)
	config := stream.CachedInfo().Config
	config.MaxAge = 0
	_, err = js.UpdateStream(t.Context(), config)
	require.NoError(t, err)
	a.signal(t, syscall.SIGKILL)
	t.Log("taken over after", eventually(t, fleet.Shards, b))
	require.Len(t, b.Status().Members, 2, "the record is there")
	assert.Less(t, overlap(&a.samples, &b.samples), toldWithin)
}

// Renewals that NATS refuses count as none: what is full refuses writes, and answers.
func TestRenewalsAreRefused(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	a := join(t, node.URL, "a", func(o *fleet.Options) { o.Partition = fleet.Stop })
	eventually(t, fleet.Shards, a)
	js := a.conn.JetStream()
	stream, err := js.Stream(t.Context(), "KV_test_members")
	require.NoError(t, err)
	config := stream.CachedInfo().Config
	full := config
	full.MaxMsgSize = 10
	_, err = js.UpdateStream(t.Context(), full)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return a.Permit() != nil && a.now() == held{} }, time.Minute, 5*time.Millisecond)
	_, err = js.UpdateStream(t.Context(), config)
	require.NoError(t, err)
	t.Log("works again after", eventually(t, fleet.Shards, a))
}

func TestDrainWhileNATSIsAway(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	a := join(t, node.URL, "a")
	eventually(t, fleet.Shards, a)
	node.Kill()
	require.Eventually(t, func() bool { return !a.Status().Connected }, time.Minute, 5*time.Millisecond)
	a.Drain(context.Background())
	a.taken.Range(func(shard, _ any) bool { return assert.Fail(t, "not given", shard) })
}
