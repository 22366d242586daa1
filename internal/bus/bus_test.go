package bus_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/bus"
	"github.com/aprakasa/mikronec/internal/natsserver"
)

func options(url string) bus.Options {
	return bus.Options{URL: url, Prefix: "test", Replicas: 1, Instance: "a", Log: slog.New(slog.DiscardHandler)}
}

func open(t *testing.T, o bus.Options) *bus.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c, err := bus.Open(ctx, o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func TestWhatCannotServe(t *testing.T) {
	for name, tt := range map[string]struct {
		config string
		change func(*bus.Options)
		want   string
	}{
		"no JetStream": {"accounts { a: { users: [ {user: u, password: p} ] } }\nno_auth_user: u", nil, "jetstream not enabled"},
		"user unknown": {"authorization { user: u, password: p }", nil, "Authorization Violation"},
		"prefix":       {"", func(o *bus.Options) { o.Prefix = "a.b" }, `the prefix "a.b"`},
		"credentials":  {"", func(o *bus.Options) { o.Credentials = "/missing/file" }, "/missing/file"},
		"authority":    {"", func(o *bus.Options) { o.CAFile = "/missing/file" }, "/missing/file"},
	} {
		t.Run(name, func(t *testing.T) {
			node := natsserver.StartNodes(t, natsserver.Options{Config: tt.config})[0]
			o := options(node.URL)
			if tt.change != nil {
				tt.change(&o)
			}
			_, err := bus.Open(t.Context(), o)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// Open waits for a server that is not there yet, as long as it may.
func TestOpenWaits(t *testing.T) {
	node := natsserver.Start(t)
	node.Kill()
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := bus.Open(short, options(node.URL))
	require.ErrorContains(t, err, "no servers available")

	opened := make(chan error)
	go func() {
		c, err := bus.Open(t.Context(), options(node.URL))
		if err == nil {
			c.Close()
		}
		opened <- err
	}()
	require.NoError(t, node.Restart())
	require.NoError(t, <-opened)
}

func TestChangesOfTheConnection(t *testing.T) {
	node := natsserver.Start(t)
	c := open(t, options(node.URL))
	assert.True(t, c.Connected())
	changes := make(chan bool, 10)
	c.OnChange(func(connected bool) { changes <- connected })
	node.Kill()
	assert.False(t, <-changes)
	assert.False(t, c.Connected())
	require.Error(t, c.NATS().Publish(c.Subject("cmd", "a"), nil), "nothing is kept to be sent later")
	require.NoError(t, node.Restart())
	assert.True(t, <-changes)
	require.NoError(t, c.NATS().Publish(c.Subject("cmd", "a"), nil))
}

func TestTheNamesOfAFleet(t *testing.T) {
	c := open(t, options(natsserver.Start(t).URL))
	assert.Equal(t, "test.ev.x", c.Subject("ev", "x"))
	kv, err := c.Bucket(t.Context(), "members", 0)
	require.NoError(t, err)
	assert.Equal(t, "test_members", kv.Bucket())
}
