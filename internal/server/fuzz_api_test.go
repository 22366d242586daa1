package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

var (
	fuzzFor  = flag.Duration("fuzz-api", 10*time.Second, "how long TestFuzzTheAPI sends requests")
	fuzzSeed = flag.Uint64("fuzz-seed", 0, "seed of TestFuzzTheAPI; 0 for one of the moment")
)

// Whatever is sent to any endpoint of the OpenAPI document, the answer comes, is
// of the documented form, has no status of 500 or more but the documented ones
// of routers, and tells no secret. Nothing stays behind.
func TestFuzzTheAPI(t *testing.T) {
	seed := *fuzzSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("to repeat: -fuzz-seed=%d", seed)
	_, before := resources(t)
	resolve(t, "127.0.0.1") // no name of the fuzzer leaves this machine
	routers := make([]*sim.Device, 2)
	var hosts []string
	for i := range routers {
		var addr string
		routers[i], addr = device(t, sim.Options{PPPUsers: 3, HotspotUsers: 2})
		hosts = append(hosts, addr)
	}
	t.Run("run", func(t *testing.T) {
		p := start(t, map[string]string{
			"ROUTER_NETWORKS": "127.0.0.0/8", "DIAL_TIMEOUT": "500ms", "LOGIN_TIMEOUT": "500ms", "COMMAND_TIMEOUT": "1s",
			"RUN_TIMEOUT": "1s", "MAX_RUN_TIMEOUT": "1s", "BODY_TIMEOUT": "1s", "POLL_INTERVAL": "500ms", "LOG_LEVEL": "error",
			"ADDRESS_REQUESTS": "0", "KEY_REQUESTS": "0", "LOGIN_FAILURES": "0",
		})
		f := newFuzzer(t, p, append(hosts, "127.0.0.1:1", strings.TrimPrefix(p.base, "http://"), mutePort(t)))
		for _, host := range hosts {
			f.p.connect(fmt.Sprint("r", len(f.ids)), host)
			f.ids = append(f.ids, fmt.Sprint("r", len(f.ids)))
		}
		ctx, cancel := context.WithTimeout(t.Context(), *fuzzFor)
		defer cancel()
		var wg sync.WaitGroup
		for worker := range uint64(4) {
			random := rand.New(rand.NewPCG(seed, worker))
			wg.Go(func() {
				for ctx.Err() == nil && !t.Failed() {
					f.try(random)
				}
			})
		}
		wg.Wait()
		f.report(t)
		f.disconnectAll(t)
		for i, d := range routers {
			eventually(t, fmt.Sprintf("router %d has no session", i), func() bool { return d.Stats().Connections == 0 })
		}
		f.client.CloseIdleConnections()
		http.DefaultClient.CloseIdleConnections()
	})
	eventually(t, "no goroutine is left", func() bool {
		_, now := resources(t)
		return now <= before+4 // those of the two devices and the resolver
	})
}

// mutePort accepts connections and says nothing.
func mutePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		assert.NoError(t, listener.Close())
		wg.Wait()
	})
	return listener.Addr().String()
}

// schema is what the fuzzer reads of a schema of the OpenAPI document.
type schema struct {
	Ref        string            `json:"$ref"`
	AllOf      []schema          `json:"allOf"`
	Type       string            `json:"type"`
	Enum       []any             `json:"enum"`
	Example    any               `json:"example"`
	Items      *schema           `json:"items"`
	Properties map[string]schema `json:"properties"`
}

// operation is one method of one path.
type operation struct {
	method, path string

	Parameters []struct {
		schema

		Name, In string
		Schema   schema
	}
	Responses map[string]any
}

type fuzzer struct {
	t           *testing.T
	p           *program
	client      *http.Client
	operations  []operation
	definitions map[string]schema
	codes       []string // of docs/errors.md
	ids, hosts  []string

	mu    sync.Mutex
	seen  map[string]map[int]int // statuses of each operation; guarded by mu
	total int                    // guarded by mu

	ticket string // issued last; guarded by mu
}

func newFuzzer(t *testing.T, p *program, hosts []string) *fuzzer {
	t.Helper()
	var doc struct {
		Paths       map[string]map[string]operation
		Definitions map[string]schema
	}
	require.NoError(t, json.Unmarshal([]byte(document(t, "docs/swagger.json")), &doc))
	f := &fuzzer{
		t: t, p: p, hosts: hosts, definitions: doc.Definitions, seen: map[string]map[int]int{},
		// A request that is not over by then hangs: every step of it has a limit of a second or less.
		client: &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			o := doc.Paths[path][method]
			o.method, o.path = strings.ToUpper(method), path
			f.operations = append(f.operations, o)
		}
	}
	require.NotEmpty(t, f.operations)
	for line := range strings.Lines(document(t, "docs/errors.md")) {
		if cells := strings.Split(line, "|"); len(cells) > 4 && strings.HasPrefix(line, "| `") {
			f.codes = append(f.codes, strings.Trim(cells[1], " `"))
		}
	}
	return f
}

// try sends one request and judges the answer.
func (f *fuzzer) try(random *rand.Rand) {
	o := f.operations[random.IntN(len(f.operations))]
	g := generator{Rand: random, f: f, wild: []int{0, 0, 0, 1, 2, 4, 10}[random.IntN(7)]}
	req, describe := g.request(o)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stream := strings.HasPrefix(o.path, "/sse")
	resp, err := f.client.Do(req.WithContext(ctx))
	if err != nil {
		if !refusedEarly(err, req) && !strings.Contains(err.Error(), "invalid") { // what the client itself does not send
			assert.NoError(f.t, err, describe)
		}
		return
	}
	defer func() { _ = resp.Body.Close() }()
	if stream && resp.StatusCode == http.StatusOK {
		stop := time.AfterFunc(time.Duration(random.IntN(300))*time.Millisecond, cancel)
		defer stop.Stop()
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil && !(stream && errors.Is(err, context.Canceled)) && !refusedEarly(err, req) {
		assert.NoError(f.t, err, describe)
	}
	f.note(o, resp.StatusCode, body)
	f.judge(o, resp, body, describe)
}

// refusedEarly reports whether a request was so large, or so malformed, that the
// server hung up before all of it was sent.
func refusedEarly(err error, req *http.Request) bool {
	large := req.ContentLength > 100<<10 || len(fmt.Sprint(req.Header, req.URL)) > 1000
	return large && (errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF))
}

func (f *fuzzer) note(o operation, status int, body []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var issued struct{ Data struct{ Ticket string } }
	if o.path == "/tickets" && status == http.StatusOK && json.Unmarshal(body, &issued) == nil {
		f.ticket = issued.Data.Ticket
	}
	name := o.method + " " + o.path
	if f.seen[name] == nil {
		f.seen[name] = map[int]int{}
	}
	f.seen[name][status]++
	f.total++
}

func (f *fuzzer) judge(o operation, resp *http.Response, body []byte, describe string) {
	describe = fmt.Sprintf("%s\n%d %.2000s", describe, resp.StatusCode, body)
	if resp.StatusCode >= http.StatusInternalServerError {
		assert.Contains(f.t, []int{502, 503, 504}, resp.StatusCode, describe)
		assert.Contains(f.t, o.Responses, strconv.Itoa(resp.StatusCode), describe)
	}
	for _, secret := range []string{testKey, testPass} {
		assert.NotContains(f.t, string(body), secret, describe)
	}
	if resp.Header.Get("X-Request-Id") == "" { // net/http itself refused it
		assert.Contains(f.t, []int{400, 417, 431}, resp.StatusCode, describe)
		return
	}
	if resp.StatusCode < http.StatusBadRequest || resp.Request.Method == http.MethodHead || resp.Request.Method == http.MethodOptions {
		return
	}
	var failed struct {
		Success     *bool
		Error, Code string
	}
	if assert.NoError(f.t, json.Unmarshal(body, &failed), describe) {
		assert.Equal(f.t, new(false), failed.Success, describe)
		assert.NotEmpty(f.t, failed.Error, describe)
		assert.Contains(f.t, f.codes, failed.Code, describe)
	}
}

// report holds the run to having reached every operation, with good requests and
// with bad ones.
func (f *fuzzer) report(t *testing.T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t.Logf("%d requests", f.total)
	for _, o := range f.operations {
		name := o.method + " " + o.path
		seen := f.seen[name]
		t.Logf("%-24s %v", name, seen)
		if t.Failed() {
			continue // it ended early
		}
		assert.Positive(t, seen[http.StatusOK], "%s never succeeded", name)
		if _, refuses := o.Responses["400"]; refuses {
			assert.Positive(t, seen[http.StatusBadRequest], "%s never refused", name)
		}
	}
}

func (f *fuzzer) disconnectAll(t *testing.T) {
	t.Helper()
	var list []struct {
		ID string `json:"router_id"`
	}
	f.p.get("/routers").data(t, &list)
	for _, r := range list {
		body, err := json.Marshal(map[string]string{"router_id": r.ID})
		require.NoError(t, err)
		a := f.p.post("/disconnect", string(body))
		assert.Equal(t, http.StatusOK, a.status, "an id that could be connected can be disconnected: %q %s", r.ID, a.raw)
	}
	assert.JSONEq(t, `[]`, string(f.p.get("/routers").body.Data))
}

// generator makes requests.
type generator struct {
	*rand.Rand

	f    *fuzzer
	wild int // how many of twenty values are not what they should be
}

func (g generator) odd() bool { return g.IntN(20) < g.wild }

func pick[T any](g generator, list ...T) T { return list[g.IntN(len(list))] }

func (g generator) request(o operation) (req *http.Request, describe string) {
	path, query, body := o.path, []string(nil), []byte(nil)
	for _, parameter := range o.Parameters {
		switch parameter.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+parameter.Name+"}", g.escape(g.text(parameter.Name, parameter.schema)))
		case "query":
			if (parameter.Name == "ticket" || parameter.Name == "last_event_id") && g.IntN(5) > 0 {
				continue
			}
			for range pick(g, 0, 1, 1, 1, 1, 2) {
				query = append(query, parameter.Name+"="+g.escape(g.text(parameter.Name, parameter.schema)))
			}
		case "body":
			body = g.body(parameter.Schema)
		}
	}
	if g.odd() {
		query = append(query, pick(g, "api_key="+testUser, "x=%", "a;b=c", "%00=%00", strings.Repeat("q", 3000)))
	}
	method := o.method
	if g.odd() && g.IntN(3) == 0 {
		method = pick(g, "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "BREW")
	}
	target := join(g.f.p.base, path, strings.Join(query, "&"))
	req, err := http.NewRequest(method, target, bytes.NewReader(body)) //nolint:noctx // the caller adds it
	if err != nil {
		// The client does not send this; the next best thing is the path alone.
		req, err = http.NewRequest(method, g.f.p.base+o.path, bytes.NewReader(body)) //nolint:noctx // the caller adds it
		require.NoError(g.f.t, err)
	}
	g.headers(req, body != nil)
	return req, fmt.Sprintf("%s %.500s\n%v\n%.2000s", method, target, req.Header, body)
}

func join(base, path, query string) string {
	if query == "" {
		return base + path
	}
	return base + path + "?" + query
}

func (g generator) headers(req *http.Request, hasBody bool) {
	req.Header.Set("X-API-Key", testKey)
	if g.odd() {
		req.Header.Set("X-API-Key", pick(g, "", "wrong", testKey[:5], strings.Repeat("k", 10000), "ключ"))
	}
	if hasBody {
		req.Header.Set("Content-Type", "application/json")
		if g.odd() {
			req.Header.Set("Content-Type", pick(g, "", "text/plain", "application/json; charset=utf-16", "application/x-www-form-urlencoded", ";;;", "multipart/form-data"))
		}
	}
	for name, values := range map[string][]string{
		"Accept":          {"application/x-ndjson", "text/event-stream", "*/*;q=0", ";;;"},
		"Accept-Encoding": {"gzip", "gzip;q=0", "br, *;q=0.1", "gzip;q=nonsense", "identity"},
		"Last-Event-Id":   {"1", "x-1", "-", "AAAAAAAA-18446744073709551616", strings.Repeat("9", 500), "ü"},
		"X-Request-Id":    {"abc", "a b", strings.Repeat("x", 500), "\"quoted\""},
		"X-Forwarded-For": {"127.0.0.1", "nonsense, , ,", strings.Repeat("1.1.1.1,", 300)},
		"Origin":          {"null", "https://evil.example", g.f.p.base, "::"},
		"Sec-Fetch-Site":  {"cross-site", "same-origin", "none", "x"},
		"Range":           {"bytes=0-1"}, "Expect": {"100-continue"}, "If-None-Match": {"*"}, "Upgrade": {"h2c", "websocket"},
	} {
		if g.IntN(60) < 1+g.wild {
			req.Header.Set(name, pick(g, values...))
		}
	}
}

// escape puts a text into a URL, now and then wrongly.
func (g generator) escape(s string) string {
	if g.odd() {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// hostile are texts that break programs.
var hostile = []string{
	"", " ", "*", ".", "..", "../../etc/passwd", "/", "//", "\\", "\x00", "a\x00b", "a\r\nb", "a\nid: 1\ndata: x\n\n", "%", "%00", "%2e%2e%2f",
	"\xff\xfe", "\xc3\x28", "ключ", "ü", "\u202e", "\ufeff", "😀", "e\u0301", "{{7*7}}", "${7*7}", "<script>", "' OR 1=1 --", "NaN", "-1", "1e999",
	"null", "true", "[]", "{}", ".tag=1", ".tag=99", "=name", "?name=x", "!done", "!re", "=.proplist=", "/cancel", "=tag=1", "r0,r1", "#", "?", "\"",
	strings.Repeat("a", 129), strings.Repeat("/a", 4000), strings.Repeat("😀", 5000), strings.Repeat("x", 70000),
}

// text is a value for a parameter or a field of that name.
func (g generator) text(name string, s schema) string {
	if g.odd() {
		return pick(g, hostile...)
	}
	switch name {
	case "router_id", "router", "routers", "id", "routerID":
		return pick(g, append(g.f.ids, g.f.ids[0], "*", "new-"+strconv.Itoa(g.IntN(5)))...)
	case "host":
		if g.IntN(2) == 0 {
			return g.f.hosts[g.IntN(2)]
		}
		return pick(g, append(g.f.hosts, "router.example", "[::1]:1", "2852039166", "10.0.0.1")...)
	case "user":
		return testUser
	case "pass":
		return testPass
	case "args":
		return pick(g, "/system/resource/print", "/ppp/active/print", "/interface/print", "/ip/address/print", "=count-only=", "=.proplist=name",
			"?name=x", "?#!", "?#|", "/ping", "=address=127.0.0.1", "=count=2", "/interface/listen", "/log/print", "=follow=", "/tool/torch", "/system/identity/set", "=name=x")
	case "topics":
		return pick(g, "hardware", "hotspot_active", "ppp_active,interfaces", "sessions", "log", "queues,health", "hardware,hardware,")
	case "ticket":
		g.f.mu.Lock()
		defer g.f.mu.Unlock()
		return pick(g, "x", g.f.ticket, g.f.ticket, g.f.ticket)
	case "last_event_id":
		return pick(g, "", "x", "AAAA-1")
	}
	if len(s.Enum) > 0 {
		return fmt.Sprint(pick(g, s.Enum...))
	}
	return fmt.Sprint(s.Example)
}

// body is JSON for a schema, or what once was.
func (g generator) body(s schema) []byte {
	b, err := json.Marshal(g.value("", s))
	require.NoError(g.f.t, err)
	if !g.odd() {
		return b
	}
	switch g.IntN(9) {
	case 0:
		return b[:g.IntN(len(b)+1)]
	case 1:
		return append(b, pick(g, "{}", "x", "\x00", "]")...)
	case 2:
		return []byte(strings.Repeat("[", 1+g.IntN(20000)))
	case 3:
		return append([]byte("\xef\xbb\xbf"), b...)
	case 4:
		return bytes.ReplaceAll(b, []byte(`"router_id"`), []byte(`"router_id":"r0","router_id"`))
	case 5:
		return append(b, bytes.Repeat([]byte(" "), 1<<20)...)
	case 6:
		b = bytes.Clone(b)
		for range 1 + g.IntN(5) {
			if len(b) > 0 {
				b[g.IntN(len(b))] = byte(g.Uint32())
			}
		}
		return b
	case 7:
		return []byte(pick(g, "", "null", "0", `""`, "[]", "{}", `{"":{}}`, "tru"))
	default:
		return bytes.ReplaceAll(b, []byte(`"`), []byte(`\u0022`))
	}
}

// value is for a field of that name.
func (g generator) value(name string, s schema) any {
	if s.Ref != "" {
		s = g.f.definitions[strings.TrimPrefix(s.Ref, "#/definitions/")]
	}
	if len(s.AllOf) > 0 {
		return g.value(name, s.AllOf[0])
	}
	if g.odd() {
		return pick[any](g, nil, true, -1, 1e300, 1<<53, 0.5, "", []any{}, []any{nil}, map[string]any{}, []any{[]any{[]any{}}}, pick(g, hostile...), json.Number("1e400"))
	}
	switch s.Type {
	case "object":
		return g.object(s)
	case "array":
		if name == "routers" && g.IntN(3) == 0 {
			return "all"
		}
		list := []any{g.value(name, *s.Items)}
		for range g.IntN(4) {
			list = append(list, g.value(name, *s.Items))
		}
		if name == "args" { // a path first, as it should be
			list[0] = pick(g, "/system/resource/print", "/ppp/active/print", "/interface/print", "/interface/listen", "/ping", "/system/identity/set", g.text(name, s))
		}
		return list
	case "integer", "number":
		return pick(g, 0.0, 1, 1, 2, 30, 60, 3600, 0.001)
	case "boolean":
		return g.IntN(2) == 0
	}
	return g.text(name, s)
}

func (g generator) object(s schema) map[string]any {
	m := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		optional := name == "tls" || name == "code_page" || name == "topics" || name == "ttl" || name == "timeout" || name == "concurrency"
		if optional && g.IntN(4) > 0 || g.odd() && g.IntN(3) == 0 {
			continue
		}
		m[name] = g.value(name, s.Properties[name])
	}
	if g.odd() && g.IntN(3) == 0 {
		m[pick(g, hostile...)] = 1
	}
	return m
}
