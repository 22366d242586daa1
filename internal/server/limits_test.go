package server_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// A stream takes a place until it ends, whoever serves it.
func TestStreamsOfAKey(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"KEY_STREAMS": "2"})
	require.Equal(t, http.StatusOK, p.connect("r", addr).status)
	assert.Equal(t, http.StatusNotFound, p.get("/sse/nowhere").status, "what never began takes no place")
	assert.Equal(t, http.StatusNotFound, p.get("/sse/nowhere").status)
	one, two := p.open("r"), p.open("r")
	one.snapshot()
	two.snapshot()
	a := p.get("/sse/r")
	assert.Equal(t, http.StatusTooManyRequests, a.status, a.raw)
	assert.Equal(t, "quota_exceeded", a.body.Code)
	assert.Contains(t, a.body.Error, "KEY_STREAMS")
	one.close()
	eventually(t, "a place is free", func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/sse/r", nil)
		require.NoError(t, err)
		req.Header.Set("X-API-Key", testKey)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		return resp.StatusCode == http.StatusOK
	})
}

// closedBy reports whether the server closes the connection within a while.
func closedBy(t testing.TB, c net.Conn, within time.Duration) bool {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(within)))
	_, err := c.Read(make([]byte, 1))
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

func (p *program) dial() net.Conn {
	p.t.Helper()
	var d net.Dialer
	c, err := d.DialContext(p.t.Context(), "tcp", p.base[len("http://"):])
	require.NoError(p.t, err)
	p.t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestConnectionsOfAnAddress(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"ADDRESS_CONNECTIONS": "4"})
	require.Equal(t, http.StatusOK, p.connect("r", addr).status)
	http.DefaultClient.CloseIdleConnections()
	for range 5 { // streams are no connections of net/http any more
		p.open("r").snapshot()
	}
	var open []net.Conn
	for range 4 {
		open = append(open, p.dial())
	}
	over := p.dial()
	assert.True(t, closedBy(t, over, 10*time.Second), "the fifth is closed")
	assert.False(t, closedBy(t, open[0], 50*time.Millisecond), "the first is not")
	require.NoError(t, open[0].Close())
	eventually(t, "there is room again", func() bool {
		_, err := http.Get(p.base + "/healthz") //nolint:bodyclose,noctx // its end is what is asked for
		return err == nil
	})
}

func TestSlowHeadersAndBodies(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"HEADER_TIMEOUT": "300ms", "BODY_TIMEOUT": "300ms"})
	for name, text := range map[string]string{
		"a header that does not end": "GET /routers HTTP/1.1\r\nHost: x\r\nX-A: ",
		"no byte at all":             "",
	} {
		c := p.dial()
		_, err := c.Write([]byte(text))
		require.NoError(t, err)
		assert.True(t, closedBy(t, c, 20*time.Second), name)
	}
	c := p.dial()
	_, err := c.Write([]byte("POST /run HTTP/1.1\r\nHost: x\r\nX-API-Key: " + testKey + "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"))
	require.NoError(t, err)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(20*time.Second)))
	all, err := io.ReadAll(c)
	require.NoError(t, err)
	assert.Contains(t, string(all), "400 Bad Request")
	assert.Contains(t, string(all), "the body did not arrive in time")
}
