package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/config"
	"github.com/aprakasa/mikronec/internal/server"
	"github.com/aprakasa/mikronec/internal/sim"
)

const (
	testKey  = "test-key-0123456789"
	testUser = "api"
	testPass = "s3cret-pass-word"
)

// program is the running server of a test and a client for it.
type program struct {
	t     testing.TB
	base  string
	log   *syncBuffer
	admin net.Addr // nil without ADMIN_ADDR
}

// start runs the real program on loopback; it is stopped with the test, which
// fails unless the stop was clean.
func start(t testing.TB, env map[string]string) *program {
	t.Helper()
	settings := map[string]string{
		"MY_API_KEY": testKey, "PORT": "0", "LISTEN_HOST": "127.0.0.1", "LOG_LEVEL": "debug",
		"RECONNECT_MIN": "100ms", "SHUTDOWN_TIMEOUT": "5s",
	}
	maps.Copy(settings, env)
	cfg, err := config.Load(func(name string) (string, bool) { v, ok := settings[name]; return v, ok })
	require.NoError(t, err)
	p := &program{t: t, log: &syncBuffer{}}
	s, err := server.Start(cfg, "v0.0.0-test", slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	require.NoError(t, err)
	p.base, p.admin = s.URL(), s.AdminAddr()
	_, host, _ := strings.Cut(p.base, "://")
	describe(t, host)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Wait(ctx) }()
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, <-ended, "the program stops cleanly")
		assert.NotContains(t, p.log.String(), testPass, "a password in the log")
		assert.NotContains(t, p.log.String(), testKey, "the API key in the log")
		if t.Failed() {
			t.Log(p.log.String())
		}
	})
	return p
}

// device runs a simulated router on loopback and returns its address.
func device(t testing.TB, o sim.Options) (*sim.Device, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	if o.User == "" {
		o.User, o.Password = testUser, testPass
	}
	if o.Personality.Version == "" {
		o.Personality = sim.CCR2004()
	}
	d := sim.New(o)
	served := make(chan error, 1)
	go func() { served <- d.Serve(listener) }()
	t.Cleanup(func() {
		d.Close()
		assert.NoError(t, <-served)
	})
	return d, listener.Addr().String()
}

// answer is a decoded HTTP answer.
type answer struct {
	status int
	raw    string
	body   struct {
		Success bool            `json:"success"`
		Data    json.RawMessage `json:"data"`
		Ret     *string         `json:"ret"`
		Error   string          `json:"error"`
		Code    string          `json:"code"`
	}
}

func (a answer) data(t testing.TB, v any) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, a.raw)
	require.NoError(t, json.Unmarshal(a.body.Data, v), a.raw)
}

func (p *program) do(ctx context.Context, method, path, body string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, p.base+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("X-API-Key", testKey)
	if method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, raw: string(raw)}
	if err := json.Unmarshal(raw, &a.body); err != nil {
		return a, err
	}
	return a, nil
}

func (p *program) get(path string) answer {
	p.t.Helper()
	a, err := p.do(p.t.Context(), http.MethodGet, path, "")
	require.NoError(p.t, err, a.raw)
	return a
}

func (p *program) post(path, body string) answer {
	p.t.Helper()
	a, err := p.do(p.t.Context(), http.MethodPost, path, body)
	require.NoError(p.t, err, a.raw)
	return a
}

func (p *program) connect(id, addr string) answer {
	p.t.Helper()
	return p.connectAs(id, addr, testUser, testPass)
}

func (p *program) connectAs(id, addr, user, pass string) answer {
	p.t.Helper()
	body, err := json.Marshal(map[string]string{"router_id": id, "host": addr, "user": user, "pass": pass})
	require.NoError(p.t, err)
	return p.post("/connect", string(body))
}

func connectBody(id, addr string) string {
	return fmt.Sprintf(`{"router_id":%q,"host":%q,"user":%q,"pass":%q}`, id, addr, testUser, testPass)
}

func (p *program) run(id string, args ...string) answer {
	p.t.Helper()
	return p.post("/run", runBody(id, args...))
}

func runBody(id string, args ...string) string {
	b, err := json.Marshal(map[string]any{"router_id": id, "args": args})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// event is one event of a stream.
type event struct {
	ID, Name, Data string
}

func (e event) decode(t testing.TB) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(e.Data), &m), e.Data)
	return m
}

// stream is an open event stream.
type stream struct {
	t      testing.TB
	cancel context.CancelFunc
	body   io.ReadCloser
	lines  *bufio.Reader
}

// open watches one router; id may be followed by a query.
func (p *program) open(id string) *stream {
	p.t.Helper()
	return p.openAt("/sse/"+id, "")
}

// openAt opens a stream, after the event with that id if there is one.
func (p *program) openAt(path, lastEventID string) *stream {
	p.t.Helper()
	return p.openAs(testKey, path, lastEventID)
}

// openAs opens a stream with another key.
func (p *program) openAs(key, path, lastEventID string) *stream {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+path, nil)
	require.NoError(p.t, err)
	req.Header.Set("X-API-Key", key)
	if lastEventID != "" {
		req.Header.Set("Last-Event-ID", lastEventID)
	}
	resp, err := (&http.Client{Transport: inDocument(&http.Transport{DisableKeepAlives: true})}).Do(req)
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusOK, resp.StatusCode)
	require.Equal(p.t, "text/event-stream", resp.Header.Get("Content-Type"))
	s := &stream{t: p.t, cancel: cancel, body: resp.Body, lines: bufio.NewReaderSize(resp.Body, 64<<10)}
	p.t.Cleanup(s.close)
	return s
}

func (s *stream) close() {
	s.cancel()
	_ = s.body.Close()
}

// next reads the next event, passing over comments and the retry hint.
func (s *stream) next() (event, error) {
	var e event
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return e, err
		}
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "id":
			e.ID = value
		case "event":
			e.Name = value
		case "data":
			e.Data = value
		case "":
			if e.Data != "" {
				return e, nil
			}
			e = event{}
		}
	}
}

// until reads events until one satisfies ok.
func (s *stream) until(what string, ok func(event) bool) event {
	s.t.Helper()
	stop := time.AfterFunc(time.Minute, s.close) // the machine is busy
	defer stop.Stop()
	for {
		e, err := s.next()
		require.NoError(s.t, err, "waiting for %s", what)
		if ok(e) {
			return e
		}
	}
}

func (s *stream) snapshot() map[string]any {
	s.t.Helper()
	return s.until("a snapshot", func(e event) bool { return e.Name == "" }).decode(s.t)
}

func (s *stream) status(state string) map[string]any {
	s.t.Helper()
	return s.until("status "+state, func(e event) bool {
		return e.Name == "status" && e.decode(s.t)["state"] == state
	}).decode(s.t)
}

// eventually waits for a condition outside this process's control.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, time.Minute, 25*time.Millisecond, what) // many ask the server, or read what it said
}

// open descriptors and goroutines, to be compared before and after.
func resources(t testing.TB) (descriptors, goroutines int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(entries), runtime.NumGoroutine()
}

// syncBuffer is a log that several goroutines write.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
