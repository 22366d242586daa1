package limit_test

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A connection that was closed counts until the client has taken what was written, or
// the timeout is over.
func TestALingeringConnectionCounts(t *testing.T) {
	for name, reads := range map[string]bool{"a client that reads on": true, "one that does not": false} {
		t.Run(name, func(t *testing.T) {
			timeout := time.Minute
			if !reads {
				timeout = time.Second
			}
			addr, accepted := listen(t, 1, func(netip.Addr) bool { return false }, timeout)
			client := dial(t, addr, "127.0.0.1")
			require.NoError(t, client.(*net.TCPConn).SetReadBuffer(1))
			c := <-accepted
			_, err := c.Write(make([]byte, 100<<10))
			require.NoError(t, err)
			require.NoError(t, c.Close())
			refused(t, dial(t, addr, "127.0.0.1"))
			if reads {
				_, err = io.Copy(io.Discard, client)
				require.NoError(t, err)
			}
			assert.Eventually(t, func() bool {
				dial(t, addr, "127.0.0.1")
				select {
				case <-accepted:
					return true
				case <-time.After(50 * time.Millisecond):
					return false
				}
			}, 20*time.Second, time.Millisecond)
		})
	}
}
