package limit_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/limit"
)

// listen accepts connections of a listener until the test ends.
func listen(t *testing.T, most int, exempt func(netip.Addr) bool, timeout time.Duration) (addr string, accepted <-chan net.Conn) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := limit.NewListener(inner, most, exempt, timeout)
	conns, ended := make(chan net.Conn, 100), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns <- c
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return inner.Addr().String(), conns
}

// dial connects from an address of this machine.
func dial(t *testing.T, to, from string) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext(t.Context(), "tcp", to)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func refused(t *testing.T, c net.Conn) {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err := c.Read(make([]byte, 1))
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	require.Error(t, err)
}

func TestConnections(t *testing.T) {
	addr, accepted := listen(t, 2, netip.MustParsePrefix("127.0.9.0/24").Contains, time.Minute)
	dial(t, addr, "127.0.0.1")
	a := <-accepted
	dial(t, addr, "127.0.0.1")
	b := <-accepted
	refused(t, dial(t, addr, "127.0.0.1"))
	refused(t, dial(t, addr, "127.0.0.1")) // one that was refused does not make room
	dial(t, addr, "127.0.0.2")
	<-accepted

	require.NoError(t, a.Close())
	require.ErrorIs(t, a.Close(), net.ErrClosed)
	dial(t, addr, "127.0.0.1")
	c := <-accepted
	refused(t, dial(t, addr, "127.0.0.1")) // closing again makes no more room
	for _, state := range []http.ConnState{http.StateNew, http.StateActive, http.StateIdle} {
		limit.ConnState(b, state)
	}
	refused(t, dial(t, addr, "127.0.0.1"))
	limit.ConnState(b, http.StateHijacked) // a stream that was taken over counts no more
	dial(t, addr, "127.0.0.1")
	<-accepted
	require.NoError(t, b.Close())
	refused(t, dial(t, addr, "127.0.0.1"))
	require.NoError(t, c.Close())

	for range 5 {
		dial(t, addr, "127.0.9.1") // a proxy
		<-accepted
	}
	assert.Equal(t, limit.ClientAddr("2001:db8::1"), limit.ClientAddr("2001:db8::2"), "one network")
	assert.NotEqual(t, limit.ClientAddr("2001:db8::1"), limit.ClientAddr("2001:db8:0:1::1"))
}

// What was written before Close arrives, where the client reads it; and Close ends a
// Read at once, also while data waits.
func TestWhatWaitsAtCloseArrives(t *testing.T) {
	addr, accepted := listen(t, 0, nil, time.Minute)
	client := dial(t, addr, "127.0.0.1")
	require.NoError(t, client.(*net.TCPConn).SetReadBuffer(1))
	c := <-accepted
	text := strings.Repeat("x", 100<<10)
	_, err := c.Write([]byte(text))
	require.NoError(t, err)
	read := make(chan error, 1)
	go func() { _, err := c.Read(make([]byte, 1)); read <- err }()
	require.NoError(t, c.Close())
	require.ErrorIs(t, <-read, net.ErrClosed)
	_, err = c.Write([]byte("more"))
	require.Error(t, err)
	require.ErrorIs(t, c.SetReadDeadline(time.Time{}), net.ErrClosed)
	_, err = c.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
	got, err := io.ReadAll(client)
	require.NoError(t, err)
	assert.Equal(t, text, string(got))
}

// A client that does not take data in time is cut off: it gets no more of it.
func TestASlowClientIsCutOff(t *testing.T) {
	addr, accepted := listen(t, 0, nil, time.Minute)
	client := dial(t, addr, "127.0.0.1")
	require.NoError(t, client.(*net.TCPConn).SetReadBuffer(1))
	c := <-accepted
	require.NoError(t, c.SetWriteDeadline(time.Now().Add(50*time.Millisecond)))
	_, err := c.Write(make([]byte, 10<<20))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoError(t, c.Close())
	_, err = io.Copy(io.Discard, client)
	require.Error(t, err)
	assert.False(t, errors.Is(err, io.EOF))
}
