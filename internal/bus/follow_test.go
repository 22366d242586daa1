package bus_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/bus"
	"github.com/aprakasa/mikronec/internal/natsserver"
	"github.com/aprakasa/mikronec/internal/register"
)

func bucket(t *testing.T, c *bus.Conn, name string, ttl time.Duration) jetstream.KeyValue {
	t.Helper()
	kv, err := c.Bucket(t.Context(), name, ttl)
	require.NoError(t, err)
	return kv
}

// follow returns the changes that a follower tells.
func follow(t *testing.T, c *bus.Conn, kv jetstream.KeyValue) <-chan bus.Change {
	t.Helper()
	changes := make(chan bus.Change, 100)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	t.Cleanup(func() { cancel(); wg.Wait() })
	read := make(chan struct{}, 100)
	wg.Go(func() {
		assert.ErrorIs(t, c.Follow(kv, func(ch bus.Change) { changes <- ch }, func() { read <- struct{}{} }).Run(ctx), context.Canceled)
	})
	<-read
	return changes
}

// With NATS restarted, a follower misses nothing and tells nothing twice.
func TestAFollowerAfterARestart(t *testing.T) {
	node := natsserver.Start(t)
	mine, others := open(t, options(node.URL)), open(t, options(node.URL))
	kv := bucket(t, mine, "b", 0)
	changes := follow(t, mine, kv)
	one, err := mine.Put(t.Context(), kv, "a", []byte("1"), 0)
	require.NoError(t, err)
	assert.Equal(t, bus.Change{Key: "a", Value: []byte("1"), Revision: one}, <-changes)
	node.Kill()
	require.NoError(t, node.Restart())
	require.Eventually(t, others.Connected, 20*time.Second, 5*time.Millisecond)
	two, err := others.Put(t.Context(), kv, "b", nil, 0)
	require.NoError(t, err)
	assert.Equal(t, bus.Change{Key: "b", Value: []byte{}, Revision: two}, <-changes)
	gone, err := others.Delete(t.Context(), kv, "a", one)
	require.NoError(t, err)
	assert.Equal(t, bus.Change{Key: "a", Revision: gone}, <-changes)
}

// Of a value that is written and removed before it is read only the removal is told.
func TestARemovalIsToldAlone(t *testing.T) {
	node := natsserver.Start(t)
	c := open(t, options(node.URL))
	store, err := c.Store(t.Context(), "b")
	require.NoError(t, err)
	one, err := store.Put(t.Context(), "a", []byte("1"), 0)
	require.NoError(t, err)
	gone, err := store.Delete(t.Context(), "a", one)
	require.NoError(t, err)
	changes := make(chan register.Entry, 10)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	t.Cleanup(func() { cancel(); wg.Wait() })
	wg.Go(func() { _ = store.Watch(ctx, nil, func(e register.Entry) { changes <- e }) })
	assert.Equal(t, register.Entry{Name: "a", Revision: gone}, <-changes)
	node.Kill()
	require.NoError(t, node.Restart())
	require.Eventually(t, c.Connected, 20*time.Second, 5*time.Millisecond)
	two, err := store.Put(t.Context(), "b", nil, 0)
	require.NoError(t, err)
	assert.Equal(t, register.Entry{Name: "b", Value: []byte{}, Revision: two}, <-changes, "once")
}

// NATS that comes back without its data gets its buckets again, and nobody believes that
// the old values are there.
func TestNATSThatLostItsData(t *testing.T) {
	dir := t.TempDir()
	node := natsserver.StartNodes(t, natsserver.Options{Dir: dir})[0]
	c := open(t, options(node.URL))
	kv := bucket(t, c, "b", 0)
	changes := follow(t, c, kv)
	for revision := range uint64(5) {
		_, err := c.Put(t.Context(), kv, "a", nil, revision)
		require.NoError(t, err)
		<-changes
	}
	node.Kill()
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "node0", "jetstream")))
	require.NoError(t, node.Restart())
	assert.Equal(t, bus.Change{Key: "a"}, <-changes)
	_, err := c.Put(t.Context(), kv, "a", nil, 5)
	require.ErrorIs(t, err, bus.ErrRevision)
	_, err = c.Put(t.Context(), kv, "a", nil, 0)
	require.NoError(t, err)
	assert.Equal(t, bus.Change{Key: "a", Value: []byte{}, Revision: 1}, <-changes)
}

func TestValuesExpireAndTheirKeysAreFree(t *testing.T) {
	c := open(t, options(natsserver.Start(t).URL))
	kv := bucket(t, c, "b", time.Second)
	changes := follow(t, c, kv)
	one, err := c.Put(t.Context(), kv, "a", []byte("1"), 0)
	require.NoError(t, err)
	<-changes
	gone := <-changes
	assert.Equal(t, bus.Change{Key: "a", Revision: one + 1}, gone)
	_, err = c.Put(t.Context(), kv, "a", []byte("2"), one)
	require.ErrorIs(t, err, bus.ErrRevision)
	_, err = c.Put(t.Context(), kv, "a", []byte("2"), 0)
	require.NoError(t, err)
}

// Reads come from the leader, and a bucket changes with the configuration.
func TestBuckets(t *testing.T) {
	nodes := natsserver.StartNodes(t, natsserver.Options{Nodes: 3})
	o := options(natsserver.URLs(nodes))
	bucket(t, open(t, o), "b", 0)
	o.Replicas = 3
	c := open(t, o)
	kv := bucket(t, c, "b", 0)
	stream, err := c.JetStream().Stream(t.Context(), "KV_test_b")
	require.NoError(t, err)
	assert.Equal(t, 3, stream.CachedInfo().Config.Replicas)
	assert.False(t, stream.CachedInfo().Config.AllowDirect)

	// The code of a conflict is another one with replicas.
	one, err := c.Put(t.Context(), kv, "a", []byte("1"), 0)
	require.NoError(t, err)
	for _, revision := range []uint64{0, one + 1} {
		_, err = c.Put(t.Context(), kv, "a", []byte("2"), revision)
		require.ErrorIs(t, err, register.ErrRevision)
	}
	gone, err := c.Delete(t.Context(), kv, "a", one)
	require.NoError(t, err)
	_, err = c.Delete(t.Context(), kv, "a", one)
	require.ErrorIs(t, err, register.ErrRevision)
	again, err := c.Put(t.Context(), kv, "a", []byte("3"), 0)
	require.NoError(t, err)
	assert.Greater(t, again, gone)
}

func TestWritesWhileNATSIsAway(t *testing.T) {
	node := natsserver.Start(t)
	c := open(t, options(node.URL))
	s, err := c.Store(t.Context(), bus.Register)
	require.NoError(t, err)
	one, err := s.Put(t.Context(), "a", []byte("1"), 0)
	require.NoError(t, err)

	// What gets no answer is asked again until there is one, and is written once.
	require.NoError(t, node.Pause())
	time.AfterFunc(2500*time.Millisecond, func() { assert.NoError(t, node.Resume()) })
	two, err := s.Put(t.Context(), "a", []byte("2"), one)
	require.NoError(t, err)
	assert.Equal(t, one+1, two)

	require.NoError(t, node.Pause())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = s.Put(ctx, "a", []byte("3"), two)
	require.ErrorIs(t, err, register.ErrUncertain)
	require.NoError(t, node.Resume())

	node.Kill()
	require.Eventually(t, func() bool { return !c.Connected() }, 10*time.Second, time.Millisecond)
	_, err = s.Put(t.Context(), "b", nil, 0)
	require.ErrorIs(t, err, bus.ErrNotConnected)
	require.NotErrorIs(t, err, register.ErrUncertain)
}
