package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"
)

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
	if g.IntN(3) == 0 {
		req.Header.Set("X-API-Key", pick(g, slices.Sorted(maps.Keys(limitedKeys))...))
	}
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
		"Last-Event-Id":   {"1", "x-1", "-", "AAAAAAAA-18446744073709551616", "AAAAAAAAAAAAAAAAAAAAAA", strings.Repeat("9", 500), "ü"},
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
	case "limit", "offset":
		return pick(g, "1", "10", "500")
	case "series":
		return pick(g, "cpu", "interface/*", "cpu,ppp")
	case "from":
		return pick(g, "1h", "2026-03-01T02:00:00Z", "0")
	case "step":
		return pick(g, "60", "300")
	case "q":
		return pick(g, "", "user", "10.0", "02:00:5e")
	case "confirm":
		return pick(g, "MikroTik", "MikroTik", "x") // and what "args" makes of it
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
	case "token":
		g.f.mu.Lock()
		defer g.f.mu.Unlock()
		return pick(g, "mi_x", g.f.token, g.f.token, g.f.token)
	case "name":
		g.f.mu.Lock()
		defer g.f.mu.Unlock()
		if g.f.invited != "" && g.IntN(3) == 0 {
			return g.f.invited
		}
		return "k" + strconv.Itoa(g.IntN(8))
	case "expires":
		return pick(g, "2127-01-31", "2127-01-31T17:00:00+07:00", "1999-01-01")
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
			if g.IntN(2) == 0 { // attributes at random are refused nearly always
				list = list[:1]
			}
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
		optional := name == "tls" || name == "code_page" || name == "topics" || name == "ttl" || name == "timeout" || name == "concurrency" || name == "rules" || name == "expires"
		if optional && g.IntN(4) > 0 || g.odd() && g.IntN(3) == 0 {
			continue
		}
		m[name] = g.value(name, s.Properties[name])
	}
	if g.odd() && g.IntN(3) == 0 {
		m[pick(g, hostile...)] = 1
	}
	if _, user := s.Properties[".id"]; user && !g.odd() { // one who has just logged in
		m["service"], m[".id"], m["name"] = "ppp", pick(g, g.f.routers...).AddPPP("user-0000"), "user-0000"
	}
	return m
}
