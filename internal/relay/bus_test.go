package relay_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/natsserver"
	"github.com/aprakasa/mikronec/internal/relay"
	"github.com/aprakasa/mikronec/internal/routeros"
)

// node is the NATS server of all tests, a process of its own. Tests have names of their
// own on it.
var node = sync.OnceValues(func() (*natsserver.Node, error) {
	dir, err := os.MkdirTemp("", "relay")
	if err != nil {
		return nil, err
	}
	nodes, err := natsserver.Run(natsserver.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	atEnd = func() { nodes[0].Kill(); _ = os.RemoveAll(dir) }
	return nodes[0], nil
})

var atEnd = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	atEnd()
	os.Exit(code) //revive:disable-line:deep-exit the end of a test program
}

// fleet is a name on the NATS server under which instances meet.
type fleet struct {
	t      testing.TB
	url    string
	prefix string
	timing relay.Timing
	budget routeros.Budget // of requesters; may be nil
}

func newFleet(t testing.TB) *fleet {
	t.Helper()
	n, err := node()
	require.NoError(t, err)
	patient := relay.Timing{Silence: 30 * time.Second, Gone: time.Minute} // on a busy machine
	return &fleet{t: t, url: n.URL, prefix: "t" + rand.Text()[:8], timing: patient}
}

// impatient shortens how long the two sides wait for each other.
func (f *fleet) impatient() { f.timing = relay.Timing{Silence: 2 * time.Second, Gone: 4 * time.Second} }

// bus is a connection of one instance.
type bus struct {
	nc     *nats.Conn
	prefix string
}

func (b bus) NATS() *nats.Conn { return b.nc }

func (b bus) Subject(parts ...string) string { return b.prefix + "." + strings.Join(parts, ".") }

// join connects an instance.
func (f *fleet) join() bus {
	f.t.Helper()
	nc, err := nats.Connect(f.url, nats.ReconnectBufSize(-1), nats.NoReconnect(), nats.Timeout(30*time.Second))
	require.NoError(f.t, err)
	f.t.Cleanup(nc.Close)
	return bus{nc, f.prefix}
}

// serve starts the server of an instance on a connection of its own.
func (f *fleet) serve(instance string, opts relay.ServerOptions, prepare func(*relay.Server)) (*relay.Server, bus) {
	f.t.Helper()
	b := f.join()
	opts.Instance, opts.Timing = instance, f.timing
	s := relay.NewServer(b, opts)
	prepare(s)
	require.NoError(f.t, s.Serve())
	require.NoError(f.t, b.nc.Flush()) // the server knows of the subscription
	f.t.Cleanup(s.Close)
	return s, b
}

// client starts a requester on a connection of its own.
func (f *fleet) client(instance string) (*relay.Client, bus) {
	f.t.Helper()
	b := f.join()
	c, err := relay.NewClient(b, relay.ClientOptions{Instance: instance, Timing: f.timing, Budget: f.budget})
	require.NoError(f.t, err)
	f.t.Cleanup(c.Close)
	return c, b
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 90*time.Second, 5*time.Millisecond, what)
}

// random is data that does not get smaller by compression.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// refusal asserts that nothing was done, and that another instance may be asked or not.
func refusal(t testing.TB, err error, elsewhere bool) {
	t.Helper()
	var refused *relay.RefusedError
	require.ErrorAs(t, err, &refused, fmt.Sprint(err))
	assert.Equal(t, elsewhere, refused.Elsewhere, refused)
	assert.True(t, routeros.SafeToRetry(err))
}
