package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/sim"
)

// process is the real program in a process of its own.
type process struct {
	program

	pid int
}

// startProcess starts it with a budget of 64 MiB, and stops it with the test.
func startProcess(t *testing.T, file string, env ...string) *process {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := listener.Addr().String()
	require.NoError(t, listener.Close())
	_, port, _ := net.SplitHostPort(addr)
	ctx, stop := context.WithCancel(context.Background())
	cmd := command(ctx, file, append([]string{"MY_API_KEY=" + testKey, "LISTEN_HOST=127.0.0.1", "PORT=" + port, "LOG_LEVEL=error"}, env...))
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { stop(); _ = cmd.Wait() })
	p := &process{program{t: t, base: "http://" + addr}, cmd.Process.Pid}
	eventually(t, "it serves", func() bool {
		resp, err := http.Get(p.base + "/readyz") //nolint:noctx // until the program is up
		if err == nil {
			_ = resp.Body.Close()
		}
		return err == nil && resp.StatusCode == http.StatusOK
	})
	return p
}

// peak is the most memory that the process had so far, in bytes.
func (p *process) peak() int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	require.NoError(p.t, err, "the process is gone")
	_, rest, ok := strings.Cut(string(status), "VmHWM:")
	require.True(p.t, ok)
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(p.t, err)
	return n << 10
}

// unread sends a command with a key and reads nothing of the answer, until ctx ends.
func (p *process) unread(ctx context.Context, key, path, accept, body string) {
	req := "POST " + path + " HTTP/1.1\r\nHost: x\r\nX-API-Key: " + key + "\r\nAccept: " + accept + "\r\nContent-Type: application/json\r\n" +
		fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.base[len("http://"):])
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	_, _ = conn.Write([]byte(req))
	<-ctx.Done()
}

// forever is the number of rows of an answer that never ends.
const forever = 1 << 30

// endless is a router that answers a command with "secret" in its path by so many rows, and
// every other by one.
func endless(t *testing.T, row string, rows int) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var conns sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); conns.Wait() })
	conns.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			conns.Go(func() { answerEndlessly(c, row, rows) })
		}
	})
	return listener.Addr().String()
}

func answerEndlessly(c net.Conn, row string, rows int) {
	defer func() { _ = c.Close() }()
	const together = 250 // rows in one write
	r := proto.NewReader(c, proto.Limits{})
	for {
		words, err := r.Next()
		if err != nil {
			return
		}
		tag := ".tag=" + string(words.Tag())
		n := 1
		if strings.Contains(string(words.Name()), "secret") {
			n = rows
		}
		sentence := proto.AppendSentence(nil, "!re", tag, "=name="+row)
		block := bytes.Repeat(sentence, min(n, together))
		for range n / together {
			if _, err := c.Write(block); err != nil {
				return
			}
			if n == forever {
				time.Sleep(5 * time.Millisecond) // 50 MB a second are enough
			}
		}
		rest := block[:n%together*len(sentence)]
		if n != forever {
			rest = append(rest, proto.AppendSentence(nil, "!done", tag)...)
		}
		if _, err := c.Write(rest); err != nil {
			return
		}
	}
}

// A key that reads none of the answers that it asks for holds half of the budget at most,
// whatever the routers send. Other keys and polls go on, and nobody is refused once the
// answers are gone.
func TestUnreadRepliesAreBounded(t *testing.T) {
	t.Parallel()
	file := binary(t)
	const batched = 16
	_, watched := device(t, sim.Options{})
	var addrs []string
	for range batched {
		addrs = append(addrs, endless(t, strings.Repeat("x", 200), 10_000)) // 2 MB
	}
	never := endless(t, strings.Repeat("x", 1000), forever)
	keys := filepath.Join(t.TempDir(), "keys")
	keyFile(t, keys, map[string]string{"greedy": "role=operator routers=*", "modest": "role=operator routers=*"})
	for name, attack := range map[string]func(ctx context.Context, p *process, wg *sync.WaitGroup){
		"150 answers": func(ctx context.Context, p *process, wg *sync.WaitGroup) {
			for i := range 150 {
				wg.Go(func() {
					p.unread(ctx, "greedy", "/run", "application/json", runBody("r"+strconv.Itoa(i%batched), "/ppp/secret/print", "?disabled=no"))
				})
			}
		},
		"150 different answers": func(ctx context.Context, p *process, wg *sync.WaitGroup) {
			for i := range 150 {
				wg.Go(func() {
					p.unread(ctx, "greedy", "/run", "application/json", runBody("r"+strconv.Itoa(i%batched), "/ppp/secret/print", fmt.Sprint("?name=x", i), "?#!"))
				})
			}
		},
		"a batch": func(ctx context.Context, p *process, wg *sync.WaitGroup) {
			wg.Go(func() {
				p.unread(ctx, "greedy", "/run/batch", "application/json", `{"routers":"all","args":["/ppp/secret/print"]}`)
			})
		},
		"many batches": func(ctx context.Context, p *process, wg *sync.WaitGroup) {
			for range 6 {
				wg.Go(func() {
					p.unread(ctx, "greedy", "/run/batch", "application/json", `{"routers":"all","args":["/ppp/secret/print"]}`)
				})
			}
		},
		"streams": func(ctx context.Context, p *process, wg *sync.WaitGroup) {
			for i := range 4 * batched {
				wg.Go(func() {
					p.unread(ctx, "greedy", "/run", "application/x-ndjson", runBody("r"+strconv.Itoa(i%batched), "/ppp/secret/print"))
				})
			}
		},
		"replies that never end": func(ctx context.Context, p *process, wg *sync.WaitGroup) {
			for range 5 {
				wg.Go(func() { p.unread(ctx, "greedy", "/run", "application/json", runBody("endless", "/ppp/secret/print")) })
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := startProcess(t, file, "API_KEYS_FILE="+keys, "MAX_HELD_BYTES=64MiB", "SSE_WRITE_TIMEOUT=5s")
			for i, addr := range addrs {
				require.Equal(t, http.StatusOK, p.connect(fmt.Sprint("r", i), addr).status)
			}
			require.Equal(t, http.StatusOK, p.connect("watched", watched).status)
			require.Equal(t, http.StatusOK, p.connect("endless", never).status)
			ctx, stop := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			attack(ctx, p, &wg)
			time.Sleep(time.Second)
			s := p.openAt("/sse/watched?topics=hardware", "")
			s.snapshot()
			s.snapshot()
			for range 3 {
				status, text := p.as("modest", http.MethodPost, "/run", runBody("r1", "/system/identity/print"))
				assert.Equal(t, http.StatusOK, status, text)
			}
			time.Sleep(time.Second)
			stop()
			wg.Wait()
			eventually(t, "the key may go on", func() bool {
				status, _ := p.as("greedy", http.MethodPost, "/run", runBody("r0", "/ppp/secret/print"))
				return status == http.StatusOK
			})
			assert.Less(t, p.peak(), 320<<20)
			t.Logf("%d MiB at most", p.peak()>>20)
		})
	}
}

// A batch whose replies do not fit into memory together is complete all the same: it
// waits for its reader.
func TestABatchWaitsForItsReader(t *testing.T) {
	t.Parallel()
	const routers = 4
	p := start(t, map[string]string{"MAX_HELD_BYTES": "3MiB", "LOG_LEVEL": "error"})
	for i := range routers {
		addr := endless(t, strings.Repeat("x", 1000), 1000) // 1 MB
		require.Equal(t, http.StatusOK, p.connect(fmt.Sprint("r", i), addr).status)
	}
	for range 2 {
		resp, _ := p.lines(t.Context(), "/run/batch", "application/x-ndjson", `{"routers":"all","args":["/ppp/secret/print"]}`)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
		require.Len(t, lines, routers+1)
		for _, line := range lines[:routers] {
			var got struct {
				Success bool
				Data    []map[string]string
			}
			require.NoError(t, json.Unmarshal(line, &got))
			assert.Len(t, got.Data, 1000, "%.200s", line)
		}
	}
	a := p.run("r0", "/ppp/secret/print")
	assert.Equal(t, http.StatusOK, a.status)
}

// A reply that does not fit is refused with a code of its own.
func TestAReplyBeyondTheBudget(t *testing.T) {
	t.Parallel()
	addr := endless(t, strings.Repeat("x", 1000), 5000)
	p := start(t, map[string]string{"MAX_HELD_BYTES": "2MiB", "LOG_LEVEL": "error"})
	require.Equal(t, http.StatusOK, p.connect("r", addr).status)
	for range 3 {
		a := p.run("r", "/ppp/secret/print")
		assert.Equal(t, http.StatusTooManyRequests, a.status)
		assert.Equal(t, "too_much_in_flight", a.body.Code)
		assert.Contains(t, a.body.Error, "may have been executed")
	}
	resp, lines := p.lines(t.Context(), "/run/batch", "application/x-ndjson", `{"routers":"all","args":["/ppp/secret/print"]}`)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Equal(t, "too_much_in_flight", decodeLine(t, lines)["code"])
	assert.Equal(t, http.StatusOK, p.run("r", "/system/identity/print").status)
}
