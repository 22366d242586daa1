package server_test

import (
	"net"
	"net/http"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// blackHole returns a loopback address whose handshakes never finish: a socket
// that listens with the smallest backlog, filled up, and never accepts.
func blackHole(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	bound, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(bound.(*syscall.SockaddrInet4).Port))
	for range 8 {
		conn, err := net.DialTimeout("tcp", addr, 200*time.Millisecond)
		if err != nil {
			return addr // full
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	t.Fatal("the backlog does not fill up")
	return ""
}

// A black hole at connect: the backlog is full, so the handshake never ends.
func TestBlackHoleAtConnect(t *testing.T) {
	t.Parallel()
	_, goodAddr := device(t, sim.Options{PPPUsers: 3})
	p := start(t, impatient)
	p.connect("good", goodAddr)
	good := p.open("good")
	good.snapshot()
	a := p.connect("r", blackHole(t))
	assert.Equal(t, http.StatusGatewayTimeout, a.status, a.raw)
	assert.Equal(t, "timeout", a.body.Code)
	good.snapshot()
}
