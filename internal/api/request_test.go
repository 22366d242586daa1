package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/sim"
	"github.com/aprakasa/mikronec/internal/sse"
)

// accessLog takes in what a site logs, at all levels.
type accessLog struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (l *accessLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *accessLog) into(o *api.Options) {
	o.Log = slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// lines are the access lines so far.
func (l *accessLog) lines(t testing.TB) []map[string]any {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []map[string]any
	for line := range strings.Lines(l.buf.String()) {
		var m map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &m), line)
		if m["msg"] == "request" {
			lines = append(lines, m)
		}
	}
	return lines
}

func TestEveryRequestHasOneLine(t *testing.T) {
	var log accessLog
	s := newSite(t, map[string]sim.Options{"r.test": {}}, log.into)
	require.Equal(t, http.StatusOK, s.connect("r", "r.test").Code)
	for name, tc := range map[string]struct {
		method, path, body string
		headers            []string
		status             float64
		route, key, level  string
	}{
		"good":             {http.MethodGet, "/routers/r", "", nil, 200, "/routers/{id}", "owner", "INFO"},
		"refused":          {http.MethodGet, "/routers", "", []string{"X-API-Key", "wr0ng-key"}, 401, "/routers", "", "INFO"},
		"unknown":          {http.MethodGet, "/routers/private-name", "", nil, 404, "/routers/{id}", "owner", "INFO"},
		"a path of theirs": {http.MethodGet, "/private-name?token=private", "", nil, 404, "none", "", "INFO"},
		"a bad ticket":     {http.MethodGet, "/sse/r?ticket=private-ticket", "", nil, 401, "/sse/{routerID}", "", "INFO"},
		"a key in the URL": {http.MethodGet, "/sse/r?api_key=private-key", "", nil, 401, "/sse/{routerID}", "", "INFO"},
		"a method":         {http.MethodDelete, "/routers", "", nil, 405, "none", "", "INFO"},
		"a batch":          {http.MethodPost, "/run/batch", `{"routers":["r"],"args":["/system/identity/print"]}`, nil, 200, "/run/batch", "owner", "INFO"},
		"streamed rows":    {http.MethodPost, "/run", good["/run"], []string{"Accept", "application/x-ndjson"}, 200, "/run", "owner", "INFO"},
		"health":           {http.MethodGet, "/healthz", "", nil, 200, "/healthz", "", "DEBUG"},
		"readiness":        {http.MethodGet, "/readyz", "", nil, 200, "/readyz", "", "DEBUG"},
	} {
		t.Run(name, func(t *testing.T) {
			s.use(t)
			before := len(log.lines(t))
			got := s.send(tc.method, tc.path, tc.body, append([]string{"X-Request-Id", "id-" + tc.method}, tc.headers...)...)
			lines := log.lines(t)
			require.Len(t, lines, before+1)
			line := lines[before]
			assert.Equal(t, tc.level, line["level"])
			assert.Equal(t, "id-"+tc.method, line["request_id"])
			assert.Equal(t, "id-"+tc.method, got.Header().Get("X-Request-Id"))
			assert.Equal(t, tc.method, line["method"])
			assert.Equal(t, tc.route, line["route"])
			assert.Equal(t, tc.status, line["status"])
			assert.Equal(t, tc.key, line["key"])
			assert.Equal(t, "192.0.2.1", line["remote"]) // httptest's
			assert.Equal(t, float64(got.Body.Len()), line["bytes"])
			assert.Contains(t, line, "took_ms")
		})
	}
	for _, private := range []string{"private", "wr0ng", apiKey} {
		assert.NotContains(t, log.buf.String(), private)
	}
}

func TestRequestIDs(t *testing.T) {
	s := newSite(t, nil)
	for name, tc := range map[string]struct {
		sent string
		kept bool
	}{
		"a word":        {"abc-1_2.3:4/5+6=", true},
		"a UUID":        {"0190a6ee-7e2b-7cc3-a8e5-3f0e8a0b1c2d", true},
		"as long":       {strings.Repeat("x", 128), true},
		"too long":      {strings.Repeat("x", 129), false},
		"none":          {"", false},
		"a space":       {"a b", false},
		"a line break":  {"a\nlevel=ERROR", false},
		"a quote":       {`a"b`, false},
		"not ASCII":     {"ä", false},
		"a control":     {"a\x1bb", false},
		"a cross-site":  {"<script>", false},
		"an equal sign": {"k=v", true},
	} {
		t.Run(name, func(t *testing.T) {
			s.use(t)
			got := s.json(http.MethodGet, "/routers/nobody", "", "X-Request-Id", tc.sent)
			id := got.Header().Get("X-Request-Id")
			assert.Equal(t, id, got.body.RequestID, "the body of an error has it, too")
			if tc.kept {
				assert.Equal(t, tc.sent, id)
			} else {
				assert.Regexp(t, `^[A-Z2-7]{26}$`, id)
			}
		})
	}
	first := s.send(http.MethodGet, "/healthz", "", "X-Request-Id", "").Header().Get("X-Request-Id")
	assert.NotEqual(t, first, s.send(http.MethodGet, "/healthz", "", "X-Request-Id", "").Header().Get("X-Request-Id"))
}

// What goes wrong inside is found in the log by what the client was given.
func TestTheRequestIDLeadsToTheCause(t *testing.T) {
	s := newStub(t, panics{value: "something deep"})
	got := s.send(http.MethodGet, "/routers", "", "X-Request-Id", "")
	id := got.Header().Get("X-Request-Id")
	require.NotEmpty(t, id)
	assert.Contains(t, s.log.String(), "something deep")
	assert.Contains(t, s.log.String(), "request_id="+id)
}

func TestAStreamHasItsLineAtItsEnd(t *testing.T) {
	for name, tc := range map[string]struct {
		reason sse.Reason
		end    func(*site, *stream)
		events float64
	}{
		"the client leaves":   {sse.Left, func(_ *site, st *stream) { _ = st.head.Body.Close() }, 1},
		"the router is taken": {sse.Disconnected, func(s *site, _ *stream) { s.json(http.MethodPost, "/disconnect", `{"router_id":"r"}`) }, 2},
		"the server stops":    {sse.Shutdown, func(s *site, _ *stream) { s.ready.Store(false); s.manager.EndStreams() }, 1},
		"it grows old":        {sse.MaxAge, func(_ *site, st *stream) { _, _ = io.Copy(io.Discard, st.in) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log accessLog
				var seen counted
				s := newSite(t, map[string]sim.Options{"r.test": {}}, log.into, func(o *api.Options) {
					o.Observer = &seen
					counting := streaming(o.Ready)
					counting.Wrote = seen.StreamWrote
					o.Streams = sse.New(counting)
				})
				s.connect("r", "r.test")
				st := s.open(s.listen(), "/sse/r?topics=health", "Accept-Encoding", "identity")
				head := len(st.block())
				bytes := head + len(st.block())
				require.Len(t, log.lines(t), 1, "of the connect; a stream that is open has none")
				tc.end(s, st)
				go func() { _, _ = io.Copy(io.Discard, st.in) }()
				time.Sleep(time.Minute)
				synctest.Wait()
				var line map[string]any
				for _, l := range log.lines(t) {
					if l["route"] == "/sse/{routerID}" {
						require.Nil(t, line, "one line")
						line = l
					}
				}
				require.NotNil(t, line)
				assert.Equal(t, string(tc.reason), line["reason"])
				assert.Equal(t, float64(200), line["status"])
				assert.Equal(t, "owner", line["key"])
				assert.GreaterOrEqual(t, line["bytes"], float64(bytes))
				if tc.events > 0 {
					assert.Equal(t, tc.events, line["events"])
				}
				assert.Equal(t, line["bytes"], float64(seen.wrote))
				assert.Equal(t, []sse.Reason{tc.reason}, seen.ended)
				assert.Equal(t, 1, seen.opened)
			})
		})
	}
}

// counted is an observer that keeps what it is told.
type counted struct {
	mu       sync.Mutex
	requests []string
	opened   int
	wrote    int
	ended    []sse.Reason
}

func (c *counted) Request(method, route string, status int, _ time.Duration, stream bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	what := method + " " + route + " " + http.StatusText(status)
	if stream {
		what += " stream"
	}
	c.requests = append(c.requests, what)
}

func (c *counted) StreamOpened() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened++
}

func (c *counted) StreamWrote(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrote += n
}

func (c *counted) StreamEnded(reason sse.Reason, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = append(c.ended, reason)
}

func TestRequestsAreCountedByRoute(t *testing.T) {
	var seen counted
	s := newSite(t, map[string]sim.Options{"r.test": {}}, func(o *api.Options) { o.Observer = &seen })
	s.connect("r", "r.test")
	s.send(http.MethodGet, "/routers/r", "")
	s.send(http.MethodGet, "/routers/other", "")
	s.send(http.MethodGet, "/somewhere/else", "")
	assert.Equal(t, []string{
		"POST /connect OK", "GET /routers/{id} OK", "GET /routers/{id} Not Found", "GET  Not Found",
	}, seen.requests)
}
