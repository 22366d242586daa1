package fleet_test

import (
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/fleet"
	"github.com/aprakasa/mikronec/internal/natsserver"
)

// What a change takes to be told on a busy machine. Nothing in this file or the next
// depends on it but for the limit of how long two instances may work at one shard.
const toldWithin = 250 * time.Millisecond

func TestTheFirstInstanceTakesAllAtOnce(t *testing.T) {
	t.Parallel()
	a := join(t, natsserver.Start(t).URL, "a", func(o *fleet.Options) { o.Timing = fleet.Standard })
	t.Log("all shards after", eventually(t, fleet.Shards, a))
	owner, mine := a.Owner(7)
	assert.True(t, mine)
	assert.Equal(t, "a", owner.Instance)
	assert.NotZero(t, owner.Epoch)
	s := a.Status()
	assert.Equal(t, fleet.Moves{Taken: fleet.Shards}, s.Moves)
	require.Len(t, s.Members, 1)
	assert.Equal(t, fleet.Shards, s.Members[0].Shards)
	assert.Equal(t, "v1", s.Members[0].Version)
	assert.True(t, s.Connected)
	assert.NoError(t, s.Permit)
}

// Who joins gets a part of the shards, one after the other, each of them closed at the old
// owner before the new one has it.
func TestShardsMoveToWhoJoins(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	a := join(t, node.URL, "a")
	eventually(t, fleet.Shards, a)
	before, _ := a.Owner(0)
	b := join(t, node.URL, "b")
	c := join(t, node.URL, "c")
	t.Log("three instances have their parts after", eventually(t, fleet.Shards/5, a, b, c))
	for _, pair := range [][2]*instance{{a, b}, {b, c}, {a, c}} {
		assert.Zero(t, overlap(&pair[0].samples, &pair[1].samples), "two instances at one shard")
	}
	assert.LessOrEqual(t, a.Status().Moves.Given, uint64(fleet.Shards*3/4), "few move, and none twice")
	for i := range fleet.Shards {
		owner, _ := b.Owner(i)
		if _, mine := b.Owner(i); mine {
			assert.Greater(t, owner.Epoch, before.Epoch)
		}
	}
}

func TestMovesAreLimited(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	slow := func(o *fleet.Options) { o.Timing.Move = time.Hour }
	a := join(t, node.URL, "a", slow)
	eventually(t, fleet.Shards, a)
	b := join(t, node.URL, "b", slow)
	at := func() int { h := b.now(); return h.count() }
	require.Eventually(t, func() bool { return at() >= fleet.Shards/20 }, time.Minute, 5*time.Millisecond)
	time.Sleep(2 * quick().Renew) // looks at the shards eight times
	assert.Equal(t, fleet.Shards/20, at())
}

func TestWhoDrainsHandsOver(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	a := join(t, node.URL, "a")
	eventually(t, fleet.Shards, a)
	b := join(t, node.URL, "b")
	eventually(t, fleet.Shards/4, a, b)
	began := time.Now()
	a.Drain(t.Context())
	t.Log("drained after", time.Since(began), "and taken after", eventually(t, fleet.Shards, b))
	require.ErrorIs(t, a.Permit(), fleet.ErrLeft)
	require.ErrorIs(t, a.Err(), fleet.ErrLeft)
	<-a.Done()
	assert.Zero(t, overlap(&a.samples, &b.samples))
	a.taken.Range(func(shard, _ any) bool { return assert.Fail(t, "not given", shard) })
	require.Eventually(t, func() bool { return len(b.Status().Members) == 1 }, time.Minute, time.Millisecond)

	b.Drain(t.Context())
	c := join(t, node.URL, "c")
	t.Log("the next one has all after", eventually(t, fleet.Shards, c))
}

// A name is for one instance. One that starts again after a crash waits for the end of its
// own lease.
func TestTwoInstancesOfOneName(t *testing.T) {
	t.Parallel()
	node := natsserver.Start(t)
	a := join(t, node.URL, "a", patiently)
	eventually(t, fleet.Shards, a)
	_, err := fleet.Join(t.Context(), openBus(t, node.URL, "a", 1), fleet.Options{Instance: "a", Timing: patient(), Log: slog.New(slog.DiscardHandler)})
	require.ErrorIs(t, err, fleet.ErrReplaced)
	require.NoError(t, a.Permit())

	// Another process has written the record nevertheless: this one has to end.
	kv, err := a.conn.Bucket(t.Context(), "members", patient().Expire)
	require.NoError(t, err)
	_, err = kv.Put(t.Context(), "a", []byte(`{"life":"another"}`))
	require.NoError(t, err)
	<-a.Done()
	require.ErrorIs(t, a.Err(), fleet.ErrReplaced)
	require.ErrorIs(t, a.Permit(), fleet.ErrReplaced)
	a.taken.Range(func(shard, _ any) bool { return assert.Fail(t, "not given", shard) })
}

func TestNamesOfInstances(t *testing.T) {
	for _, name := range []string{"", "a.b", "a b", "*"} {
		_, err := fleet.Join(t.Context(), nil, fleet.Options{Instance: name})
		require.ErrorContains(t, err, strconv.Quote(name))
	}
}
