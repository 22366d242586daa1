package server_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/server"
	"github.com/aprakasa/mikronec/internal/sim"
)

// stuck sends a request and reads no more of the answer than its header.
func (p *program) stuck(method, path, body string) {
	p.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.base, "http://"))
	require.NoError(p.t, err)
	p.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(p.t, conn.(*net.TCPConn).SetReadBuffer(4096))
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nX-API-Key: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		method, path, testKey, len(body), body)
	require.NoError(p.t, err)
	resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusOK, resp.StatusCode)
}

// Neither an answer nor a stream that nobody reads, nor both, make a shutdown
// longer than SHUTDOWN_TIMEOUT.
func TestShutdownTimeoutIsForTheWholeShutdown(t *testing.T) {
	t.Parallel()
	const timeout = 3 * time.Second
	_, addr := device(t, sim.Options{PPPUsers: 20000})
	cfg, err := config.Load(func(name string) (string, bool) {
		v, ok := map[string]string{
			"MY_API_KEY": testKey, "PORT": "0", "LISTEN_HOST": "127.0.0.1", "POLL_INTERVAL": "500ms", "SHUTDOWN_TIMEOUT": timeout.String(),
		}[name]
		return v, ok
	})
	require.NoError(t, err)
	s, err := server.Start(cfg, "v0.0.0-test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Wait(ctx) }()

	p := &program{t: t, base: s.URL()}
	require.Equal(t, http.StatusOK, p.connect("r", addr).status)
	p.stuck(http.MethodPost, "/run", runBody("r", "/ppp/active/print"))
	p.stuck(http.MethodGet, "/sse/r", "")
	time.Sleep(time.Second) // until what is written fills the buffers of the sockets

	began := time.Now()
	stop()
	err = <-ended
	assert.Less(t, time.Since(began), 2*timeout, "not one for each step; a busy machine is late")
	assert.ErrorContains(t, err, "requests were cut off", "the answer was stuck indeed")
}
