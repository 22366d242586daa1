package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/sim"
)

// lines posts and reads the answer line by line.
func (p *program) lines(ctx context.Context, path, accept, body string) (*http.Response, *bufio.Scanner) {
	p.t.Helper()
	return p.linesAs(ctx, testKey, path, accept, body)
}

// linesAs is lines with another key.
func (p *program) linesAs(ctx context.Context, key, path, accept, body string) (*http.Response, *bufio.Scanner) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+path, strings.NewReader(body))
	require.NoError(p.t, err)
	req.Header.Set("X-API-Key", key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", accept)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	p.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp, bufio.NewScanner(resp.Body)
}

func decodeLine(t *testing.T, s *bufio.Scanner) map[string]any {
	t.Helper()
	require.True(t, s.Scan(), "another line")
	var m map[string]any
	require.NoError(t, json.Unmarshal(s.Bytes(), &m), s.Text())
	return m
}

func TestRowsLeaveAsTheyArrive(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{PPPUsers: 2})
	p := start(t, nil)
	p.connect("r", addr)

	t.Run("NDJSON until the client leaves", func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		resp, lines := p.lines(ctx, "/run", "application/x-ndjson", runBody("r", "/ping", "=address=192.0.2.1", "=interval=50ms"))
		assert.Equal(t, "application/x-ndjson", resp.Header.Get("Content-Type"))
		for i := range 3 {
			row, _ := decodeLine(t, lines)["row"].(map[string]any)
			assert.Equal(t, fmt.Sprint(i), row["seq"])
		}
		leave()
		eventually(t, "the router is told to stop", func() bool { return d.Stats().Cancels == 1 })
	})
	t.Run("NDJSON to the end", func(t *testing.T) {
		_, lines := p.lines(t.Context(), "/run", "application/x-ndjson", runBody("r", "/ppp/active/print"))
		assert.Contains(t, decodeLine(t, lines), "row")
		assert.Contains(t, decodeLine(t, lines), "row")
		assert.Equal(t, map[string]any{"done": map[string]any{}}, decodeLine(t, lines))
	})
	t.Run("done with a result", func(t *testing.T) {
		_, lines := p.lines(t.Context(), "/run", "application/x-ndjson", runBody("r", "/ppp/active/print", "=count-only="))
		assert.Equal(t, map[string]any{"done": map[string]any{"ret": "2"}}, decodeLine(t, lines))
	})
	t.Run("trap", func(t *testing.T) {
		_, lines := p.lines(t.Context(), "/run", "application/x-ndjson", runBody("r", "/no/such/print"))
		trap, _ := decodeLine(t, lines)["trap"].(map[string]any)
		assert.Contains(t, trap["message"], "no such command")
		assert.Len(t, trap["traps"], 2)
	})
	t.Run("timeout", func(t *testing.T) {
		_, lines := p.lines(t.Context(), "/run", "application/x-ndjson",
			`{"router_id":"r","args":["/ppp/active/listen"],"timeout":0.2}`)
		assert.Equal(t, "timeout", decodeLine(t, lines)["error"].(map[string]any)["code"])
	})
	t.Run("events", func(t *testing.T) {
		resp, lines := p.lines(t.Context(), "/run", "text/event-stream", runBody("r", "/ping", "=address=192.0.2.1", "=count=1"))
		assert.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
		var text []string
		for lines.Scan() {
			text = append(text, lines.Text())
		}
		require.GreaterOrEqual(t, len(text), 5)
		assert.True(t, strings.HasPrefix(text[0], `data: {"seq":"0"`), text[0])
		assert.Equal(t, []string{"event: done", "data: {}", ""}, text[len(text)-3:])
	})
	t.Run("a timeout beyond the ceiling", func(t *testing.T) {
		a := p.post("/run", `{"router_id":"r","args":["/ppp/active/print"],"timeout":1e9}`)
		assert.Equal(t, http.StatusBadRequest, a.status)
		assert.Contains(t, a.body.Error, "MAX_RUN_TIMEOUT")
	})
	assert.Equal(t, 1, d.Stats().Accepted, "all on one session")
}

func TestAFullQueueIsRefused(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{})
	p := start(t, map[string]string{"SESSION_COMMANDS": "1", "SESSION_QUEUE": "1", "SESSION_STREAMS": "1"})
	p.connect("r", addr)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	budget := func() (b struct {
		InFlight int `json:"in_flight"`
		Queued   int
		Streams  int
	}) {
		var router struct{ Budget any }
		router.Budget = &b
		p.get("/routers/r").data(t, &router)
		return b
	}
	for i := range 2 { // one at the router, one in the queue
		go func() {
			_, _ = p.do(ctx, http.MethodPost, "/run", runBody("r", "/ping", "=address=192.0.2.1", fmt.Sprint("=size=", 100+i)))
		}()
	}
	eventually(t, "the queue is full", func() bool { b := budget(); return b.InFlight == 1 && b.Queued == 1 })
	a := p.run("r", "/ping", "=address=192.0.2.2")
	assert.Equal(t, http.StatusTooManyRequests, a.status, a.raw)
	assert.Equal(t, "router_busy", a.body.Code)

	_, _ = p.lines(ctx, "/run", "application/x-ndjson", runBody("r", "/ppp/active/listen"))
	eventually(t, "the stream stands", func() bool { return budget().Streams == 1 })
	resp, _ := p.lines(ctx, "/run", "application/x-ndjson", runBody("r", "/ppp/active/listen"))
	assert.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
}

func TestIdenticalReadsShareOneCommand(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{PPPUsers: 3})
	p := start(t, nil)
	p.connect("r", addr)
	d.Inject(sim.Fault{Kind: sim.Slow, Path: "/ppp/active/print", Delay: 300e6})
	answers := make(chan answer, 20)
	for range cap(answers) {
		go func() {
			a, _ := p.do(t.Context(), http.MethodPost, "/run", runBody("r", "/ppp/active/print"))
			answers <- a
		}()
	}
	for range cap(answers) {
		var rows []map[string]string
		(<-answers).data(t, &rows)
		assert.Len(t, rows, 3)
	}
	assert.Less(t, d.Stats().Commands["/ppp/active/print"], 5, "twenty askers, few commands")
}

func TestRebootIsASuccess(t *testing.T) {
	t.Parallel()
	d, addr := device(t, sim.Options{})
	p := start(t, nil)
	p.connect("r", addr)
	a := p.run("r", "/system/reboot")
	assert.Equal(t, http.StatusOK, a.status, a.raw)
	eventually(t, "the session returns", func() bool {
		return p.run("r", "/system/identity/print").status == http.StatusOK && d.Stats().Logins == 2
	})
}

func TestCodePageBothWays(t *testing.T) {
	t.Parallel()
	_, addr := device(t, sim.Options{})
	p := start(t, nil)
	body := fmt.Sprintf(`{"router_id":"r","host":%q,"user":%q,"pass":%q,"code_page":"windows-1251"}`, addr, testUser, testPass)
	require.Equal(t, http.StatusOK, p.post("/connect", body).status)
	require.Equal(t, http.StatusOK, p.run("r", "/system/identity/set", "=name=Привет").status)
	var rows []map[string]string
	p.run("r", "/system/identity/print").data(t, &rows)
	assert.Equal(t, "Привет", rows[0]["name"])
	var info struct{ Identity string }
	p.get("/system-info?router=r").data(t, &info)
	assert.Equal(t, "Привет", info.Identity)

	p.connect("other", addr) // reads the same bytes as windows-1252
	p.run("other", "/system/identity/print").data(t, &rows)
	assert.Equal(t, "Ïðèâåò", rows[0]["name"])

	a := p.run("r", "/system/identity/set", "=name=日本")
	assert.Equal(t, http.StatusBadRequest, a.status)
	assert.Contains(t, a.body.Error, "日")
}

// Composed characters reach the router in its page whether a client sends them composed
// or decomposed, and come back composed.
func TestComposedTextBothWays(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ page, sent, want, wire string }{
		"Vietnamese":             {"windows-1258", "Tiếng Việt", "Tiếng Việt", "Ti\xea\xecng Vi\xea\xf2t"},
		"Vietnamese, decomposed": {"windows-1258", "Tie\u0302\u0301ng Vie\u0323\u0302t", "Tiếng Việt", "Ti\xea\xecng Vi\xea\xf2t"},
		"Latin, decomposed":      {"windows-1252", "Jose\u0301", "José", "Jos\xe9"},
		"Czech, decomposed":      {"1250", "Pr\u030ci\u0301bram", "Příbram", "P\xf8\xedbram"},
		"Cyrillic, decomposed":   {"cp1251", "Чаи\u0306", "Чай", "\xd7\xe0\xe9"},
		"Chinese":                {"gb2312", "北京办公室", "北京办公室", "\xb1\xb1\xbe\xa9\xb0\xec\xb9\xab\xca\xd2"},
		"Japanese, decomposed":   {"shift_jis", "カ\u3099", "ガ", "\x83\x4b"},
		"Korean, decomposed":     {"euc-kr", "\u1112\u1161\u11ab", "한", "\xc7\xd1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, addr := device(t, sim.Options{})
			p := start(t, nil)
			body := fmt.Sprintf(`{"router_id":"r","host":%q,"user":%q,"pass":%q,"code_page":%q}`, addr, testUser, testPass, tc.page)
			require.Equal(t, http.StatusOK, p.post("/connect", body).status)
			a := p.run("r", "/system/identity/set", "=name="+tc.sent)
			require.Equal(t, http.StatusOK, a.status, a.raw)
			var rows []map[string]string
			p.run("r", "/system/identity/print").data(t, &rows)
			assert.Equal(t, tc.want, rows[0]["name"])

			session, err := routeros.Dial(t.Context(), addr, routeros.TLS{}, routeros.Credentials{User: testUser, Password: testPass}, routeros.Options{})
			require.NoError(t, err)
			defer func() { _ = session.Close() }()
			reply, err := session.Run(t.Context(), "/system/identity/print")
			require.NoError(t, err)
			row, _ := reply.Rows.Cut()
			wire, _ := row.Get("name")
			assert.Equal(t, tc.wire, string(wire))
		})
	}
}

func TestBatch(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{"RECONNECT_MAX": "10s"})
	for i := range 5 {
		_, addr := device(t, sim.Options{Identity: fmt.Sprint("router-", i)})
		p.connect(fmt.Sprint("r", i), addr)
	}
	dead, addr := device(t, sim.Options{})
	p.connect("x-dead", addr)
	dead.Inject(sim.Fault{Kind: sim.Deaf})

	collect := func(body string) (results map[string]map[string]any, summary map[string]any) {
		results = make(map[string]map[string]any)
		resp, lines := p.lines(t.Context(), "/run/batch", "*/*", body)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		for lines.Scan() {
			var m map[string]any
			require.NoError(t, json.Unmarshal(lines.Bytes(), &m))
			if s, ok := m["summary"].(map[string]any); ok {
				summary = s
				continue
			}
			results[m["router_id"].(string)] = m
		}
		return results, summary
	}
	results, summary := collect(`{"routers":"all","args":["/system/identity/print"],"timeout":5,"concurrency":2}`)
	assert.Len(t, results, 6)
	assert.Equal(t, "timeout", results["x-dead"]["code"])
	assert.Equal(t, true, results["r3"]["success"])
	assert.Equal(t, []any{map[string]any{"name": "router-3"}}, results["r3"]["data"])
	assert.Equal(t, 5.0, summary["ok"])
	assert.Equal(t, 1.0, summary["failed"])

	results, summary = collect(`{"routers":["nobody","r1","r2","r1"],"args":["/system/identity/print"],"concurrency":1,"stop_on_error":true}`)
	assert.Equal(t, "unknown_router", results["nobody"]["code"])
	assert.Len(t, results, 1)
	assert.Equal(t, 2.0, summary["skipped"])

	for _, body := range []string{
		`{"routers":[],"args":["/x"]}`, `{"routers":"some","args":["/x"]}`, `{"routers":["r1"],"args":[]}`,
		`{"routers":["r1"],"args":["/x"],"concurrency":1000}`, `{"routers":["r1"],"args":["/quit"]}`,
	} {
		assert.Equal(t, http.StatusBadRequest, p.post("/run/batch", body).status, body)
	}
}

func TestAnOversizedReplyIsCutOff(t *testing.T) {
	d, addr := device(t, sim.Options{PPPUsers: 5000})
	p := start(t, map[string]string{"MAX_REPLY_BYTES": "64KiB"})
	p.connect("r", addr)
	heap := heapInUse()
	a := p.run("r", "/ppp/active/print")
	assert.Equal(t, http.StatusBadGateway, a.status, a.raw)
	assert.Equal(t, "reply_too_large", a.body.Code)
	assert.Less(t, heapInUse(), heap+8<<20)
	assert.Equal(t, http.StatusOK, p.run("r", "/ppp/active/print", "=.proplist=name", "?name=nobody").status, "the session goes on")
	assert.Equal(t, 1, d.Stats().Accepted)
}
