package server_test

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// askUnread opens connections with small buffers and sends a request on each, as often as
// the server takes it at once, or as said. Nothing is read.
func askUnread(t *testing.T, addr, request string, conns, times int) {
	t.Helper()
	dialer := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1) })
	}}
	const together = 1000 // in one write; all of them, for each connection, would take gigabytes
	text := []byte(strings.Repeat(request, min(times, together)))
	var wg sync.WaitGroup
	for range conns {
		conn, err := dialer.DialContext(t.Context(), "tcp", addr)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		wg.Go(func() {
			_ = conn.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
			for left := times; left > 0; left -= together {
				if _, err := conn.Write(text); err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

// Clients without a key that read no answer hold little memory of the kernel, and not
// for long, whatever they ask for: also while an answer lies in the kernel as a whole,
// and when the program has closed the connection.
func TestUnreadAnswersWithoutAKey(t *testing.T) {
	t.Parallel()
	const conns = 40
	get := func(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n" }
	for name, test := range map[string]struct {
		request string
		times   int
	}{
		"a page":                   {get("/"), 1},
		"many pages":               {get("/"), 50_000},
		"a large file":             {get("/swagger/swagger-ui-bundle.js"), 1},
		"many large files":         {get("/swagger/swagger-ui-bundle.js"), 50_000},
		"the API document":         {get("/swagger/doc.json"), 20},
		"an unknown path":          {get("/nowhere"), 200},
		"many unknown paths":       {get("/nowhere"), 50_000},
		"health":                   {get("/healthz"), 50_000},
		"no key":                   {get("/routers"), 50_000},
		"a request that is none":   {"nonsense\r\n\r\n", 50_000},
		"one that closes":          {"GET /swagger/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 1},
		"a small one that closes":  {"GET / HTTP/1.0\r\nHost: x\r\n\r\n", 1},
		"a header that is endless": {"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + strings.Repeat("a", 1<<10), 50_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, map[string]string{"SSE_WRITE_TIMEOUT": "2s", "HEADER_TIMEOUT": "2s", "LOG_LEVEL": "error", "ADDRESS_REQUESTS": "0"})
			addr := p.base[len("http://"):]
			askUnread(t, addr, test.request, conns, test.times)
			most := 0
			assert.Eventually(t, func() bool {
				count, held := sockets(t, addr)
				most = max(most, held)
				return count == 0
			}, 20*time.Second, 50*time.Millisecond, "the sockets are gone")
			assert.Less(t, most, conns*300<<10)
			t.Logf("%d KiB for each", most/conns>>10)
		})
	}
}

// A connection counts for its address until its socket is gone, not until the program
// has closed it.
func TestUnreadConnectionsCountUntilTheyAreGone(t *testing.T) {
	t.Parallel()
	const conns = 4
	p := start(t, map[string]string{"SSE_WRITE_TIMEOUT": "5s", "LOG_LEVEL": "error", "ADDRESS_CONNECTIONS": fmt.Sprint(conns)})
	addr := p.base[len("http://"):]
	for range 10 { // each is closed at once by the program, with the answer in the kernel
		askUnread(t, addr, "GET /swagger/swagger-ui.css HTTP/1.0\r\nHost: x\r\n\r\n", conns, 1)
		assert.Eventually(t, func() bool { // one that is refused is there for a moment
			count, _ := sockets(t, addr)
			return count <= conns
		}, 3*time.Second, 50*time.Millisecond)
	}
	eventually(t, "the sockets are gone", func() bool { count, _ := sockets(t, addr); return count == 0 })
	assert.True(t, p.get("/healthz").body.Success)
}
