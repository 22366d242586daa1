package natsserver_test

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/natsserver"
)

// bucket returns a bucket of the servers at url, made when it is missing.
func bucket(t *testing.T, url string, replicas int) jetstream.KeyValue {
	t.Helper()
	nc, err := nats.Connect(url, nats.ReconnectWait(20*time.Millisecond), nats.MaxReconnects(-1))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	kv, err := js.CreateOrUpdateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "b", Replicas: replicas})
	require.NoError(t, err)
	return kv
}

func TestANodeKeepsItsAddressAndItsData(t *testing.T) {
	node := natsserver.Start(t)
	kv := bucket(t, node.URL, 1)
	_, err := kv.PutString(t.Context(), "a", "1")
	require.NoError(t, err)
	node.Kill()
	require.NoError(t, node.Restart())
	e, err := bucket(t, node.URL, 1).Get(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, "1", string(e.Value()))

	require.NoError(t, node.Stop())
	assert.Contains(t, node.Log(), "Server Exiting")
	require.NoError(t, node.Stop(), "twice")
}

// A node that finds one of its ports taken ends and says so, which Run relies on to choose
// others.
func TestAPortThatIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { assert.NoError(t, taken.Close()) }()
	nodes, err := natsserver.Run(natsserver.Options{
		Dir: t.TempDir(), Config: fmt.Sprintf("websocket { listen: %q, no_tls: true }\n", taken.Addr()),
	})
	require.ErrorContains(t, err, "address already in use")
	assert.Empty(t, nodes)
}

func TestTwoOfThreeNodesGoOn(t *testing.T) {
	nodes := natsserver.StartNodes(t, natsserver.Options{Nodes: 3})
	kv := bucket(t, natsserver.URLs(nodes), 3)
	_, err := kv.PutString(t.Context(), "a", "1")
	require.NoError(t, err)
	nodes[0].Kill()
	require.Eventually(t, func() bool {
		_, err := kv.PutString(t.Context(), "a", "2")
		return err == nil
	}, 30*time.Second, 50*time.Millisecond)
	require.NoError(t, nodes[0].Restart())
}
