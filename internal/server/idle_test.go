package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/config"
)

// A connection is kept for the next request as long as HTTP_IDLE_TIMEOUT says, which
// is longer by default than the load balancers that send requests on kept ones.
func TestHowLongAConnectionIsKept(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(func(name string) (string, bool) { return testKey, name == "MY_API_KEY" })
	require.NoError(t, err)
	assert.Greater(t, cfg.HTTPIdleTimeout, 600*time.Second, "Google Cloud")

	kept := func(timeout string) error {
		p := start(t, map[string]string{"HTTP_IDLE_TIMEOUT": timeout})
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		_, err = fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		r := bufio.NewReader(conn)
		resp, err := http.ReadResponse(r, nil)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(2*time.Second)))
		_, err = r.ReadByte()
		return err
	}
	assert.ErrorIs(t, kept("100ms"), io.EOF, "closed")
	var timeout net.Error
	require.ErrorAs(t, kept("1h"), &timeout, "still open")
	assert.True(t, timeout.Timeout())
}
