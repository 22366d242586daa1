package openapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/docs"
	"github.com/aprakasa/mikronec/internal/errcode"
	"github.com/aprakasa/mikronec/internal/openapi"
)

func parse(t *testing.T) *openapi.Document {
	t.Helper()
	d, err := openapi.Parse(docs.OpenAPI)
	require.NoError(t, err)
	return d
}

// What is outside of the document is found.
func TestCheck(t *testing.T) {
	d := parse(t)
	const alive = `{"success":true,"data":{"status":"alive"}}`
	const unknown = `{"success":false,"error":"x","code":"unknown_router","request_id":"y"}`
	const stream = `data: {"router_id":"a","topic":"identity","type":"snapshot","rows":[{"name":"a"}],"ts":1}` + "\n\n"
	const combined = `data: {"router_id":"a","hardware":[{"cpu":"x"}],"hotspot_active":[],"ppp_active":[],"ts":1}` + "\n\n"
	const session = `data: {"router_id":"a","topic":"sessions","type":"up","service":"pppoe",".id":"*1","name":"x","address":"","mac":"","since":1,"ts":1}` + "\n\n"
	for name, tc := range map[string]struct {
		request string
		sent    string
		status  int
		header  string // name=value, separated by spaces
		body    string
		want    string // in the error; empty for none
	}{
		"as it should be":         {"GET /healthz", "", 200, "", alive, ""},
		"HEAD":                    {"HEAD /healthz", "", 200, "", "", ""},
		"another field":           {"GET /healthz", "", 200, "", `{"success":true,"data":{"status":"alive"},"more":1}`, "additional properties 'more' not allowed"},
		"another field inside":    {"GET /healthz", "", 200, "", `{"success":true,"data":{"status":"alive","x":1}}`, "additional properties 'x' not allowed"},
		"a field is missing":      {"GET /healthz", "", 200, "", `{"data":{"status":"alive"}}`, "missing property 'success'"},
		"another constant":        {"GET /healthz", "", 200, "", `{"success":false,"data":{"status":"alive"}}`, "value must be true"},
		"no JSON":                 {"GET /healthz", "", 200, "", "alive", "invalid character"},
		"another status":          {"GET /healthz", "", 418, "", alive, "no such status"},
		"no id of the request":    {"GET /healthz", "", 200, "X-Request-Id=", alive, "X-Request-Id is missing"},
		"another media type":      {"GET /healthz", "", 200, "Content-Type=text/html", alive, "no such media type"},
		"an error":                {"GET /routers/a", "", 404, "", unknown, ""},
		"an unknown code":         {"GET /routers/a", "", 404, "", strings.Replace(unknown, "unknown_router", "lost", 1), "value must be one of"},
		"429":                     {"GET /routers/a", "", 429, "Retry-After=1", strings.Replace(unknown, "unknown_router", "rate_limited", 1), ""},
		"429 without Retry-After": {"GET /routers/a", "", 429, "", strings.Replace(unknown, "unknown_router", "rate_limited", 1), "Retry-After is missing"},
		"an unknown path":         {"GET /nowhere", "", 404, "", strings.Replace(unknown, "unknown_router", "not_found", 1), ""},
		"an unknown path, oddly":  {"GET /nowhere", "", 404, "", `{}`, "missing properties"},
		"net/http's own answer":   {"GET /routers", "", 400, "X-Request-Id= Content-Type=text/plain", "400 Bad Request", ""},
		"a page":                  {"GET /", "", 200, "Content-Type=text/html", "<p>", ""},
		"REST below a router":     {"GET /routers/a/rest/ip/address", "", 200, "", `[{".id":"*1"}]`, ""},
		"REST, no text":           {"GET /routers/a/rest/ip/address", "", 200, "", `[{".id":1}]`, "want string"},
		"REST, the usual failure": {"GET /routers/a/rest/ip/address", "", 404, "", unknown, "'/error': got string, want integer"},
		"a router called rest":    {"GET /routers/rest", "", 404, "", unknown, ""},
		"no body":                 {"DELETE /routers/a/rest/ip/address/*1", "", 204, "", "", ""},
		"a body where none is":    {"DELETE /routers/a/rest/ip/address/*1", "", 204, "", "{}", "the document has no body"},
		"a request":               {"POST /disconnect", `{"router_id":"a"}`, 200, "", `{"success":true,"data":{"router_id":"a","disconnected":true,"router_closed":true}}`, ""},
		"a request, refused":      {"POST /disconnect", `{"router":"a"}`, 404, "", unknown, ""},
		"a request, accepted":     {"POST /disconnect", `{"router":"a"}`, 200, "", `{"success":true,"data":{"router_id":"a","disconnected":true,"router_closed":true}}`, "was accepted"},
		"an event":                {"GET /sse/a", "", 200, "Content-Type=text/event-stream", "retry: 3\n:\nid: x\n" + stream, ""},
		"an event of a topic":     {"GET /sse/a", "", 200, "Content-Type=text/event-stream", strings.Replace(stream, `"name":"a"`, `"name":7`, 1), "the event message"},
		"a combined event":        {"GET /sse/a", "", 200, "Content-Type=text/event-stream", combined, ""},
		"another in it":           {"GET /sse/a", "", 200, "Content-Type=text/event-stream", strings.Replace(combined, `"ts"`, `"x":1,"ts"`, 1), "the event message"},
		"a combined event's row":  {"GET /sse/a", "", 200, "Content-Type=text/event-stream", strings.Replace(combined, `"cpu":"x"`, `"cpu":[]`, 1), "the event message"},
		"a user":                  {"GET /sse/a", "", 200, "Content-Type=text/event-stream", session, ""},
		"a user of the log":       {"GET /sse/a", "", 200, "Content-Type=text/event-stream", strings.Replace(session, "sessions", "log", 1), "the event message"},
		"a topic without a type":  {"GET /sse/a", "", 200, "Content-Type=text/event-stream", strings.Replace(stream, `"type":"snapshot",`, "", 1), "the event message"},
		"an unknown type":         {"GET /sse/a", "", 200, "Content-Type=text/event-stream", strings.Replace(stream, "snapshot", "rumor", 1), "the event message"},
		"an unknown topic":        {"GET /sse/a", "", 200, "Content-Type=text/event-stream", strings.Replace(stream, "identity", "weather", 1), "the event message"},
		"another event's data":    {"GET /sse/a", "", 200, "Content-Type=text/event-stream", "event: end\n" + stream, "the event end"},
		"an unknown event":        {"GET /sse/a", "", 200, "Content-Type=text/event-stream", "event: party\n" + stream, "the event party"},
		"lines":                   {"POST /run/batch", "", 200, "Content-Type=application/x-ndjson", `{"router_id":"a","success":true,"data":[]}` + "\n" + `{"summary":{"routers":1,"ok":1,"failed":0,"skipped":0,"took_ms":1}}` + "\n", ""},
		"a line that is another":  {"POST /run/batch", "", 200, "Content-Type=application/x-ndjson", `{"router_id":"a","success":false,"data":[]}` + "\n", "the line"},
	} {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(tc.request, " ")
			header := http.Header{"X-Request-Id": {"y"}, "Content-Type": {"application/json"}}
			for pair := range strings.FieldsSeq(tc.header) {
				name, value, _ := strings.Cut(pair, "=")
				header.Set(name, value)
			}
			err := d.Check(openapi.Exchange{Method: method, URL: &url.URL{Path: path}, Sent: []byte(tc.sent), Status: tc.status, Header: header, Body: []byte(tc.body)})
			if tc.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tc.want)

			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				maps.Copy(w.Header(), header)
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			}))
			defer server.Close()
			var reported []error
			client := http.Client{Transport: &openapi.Transport{RoundTripper: http.DefaultTransport, Document: d, Report: func(err error) { reported = append(reported, err) }}}
			r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(tc.sent))
			require.NoError(t, err)
			resp, err := client.Do(r)
			require.NoError(t, err)
			var read strings.Builder
			_, err = fmt.Fprint(&read, readAll(t, resp))
			require.NoError(t, err)
			if tc.status != http.StatusNoContent { // net/http sends no body then
				require.Len(t, reported, 1)
				assert.ErrorContains(t, reported[0], tc.want)
			}
		})
	}
}

func readAll(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer func() { _ = resp.Body.Close() }()
	var b strings.Builder
	buf := make([]byte, 7) // events come in pieces
	for {
		n, err := resp.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}

// Every example of the document is valid, and one of a union is one of its alternatives
// only.
func TestExamples(t *testing.T) {
	d := parse(t)
	var doc any
	require.NoError(t, json.Unmarshal(docs.OpenAPI, &doc))
	found := 0
	var walk func(v any, at string)
	walk = func(v any, at string) {
		switch v := v.(type) {
		case []any:
			for i, each := range v {
				walk(each, fmt.Sprint(at, "/", i))
			}
		case map[string]any:
			schema := at + "/schema"
			if strings.HasPrefix(at, "#/components/schemas/") {
				schema = at
			}
			examples := map[string]any{}
			if named, ok := v["examples"].(map[string]any); ok {
				for name, e := range named {
					examples[name] = e.(map[string]any)["value"]
				}
			}
			if e, ok := v["example"]; ok {
				examples["example"] = e
			}
			for name, e := range examples {
				found++
				assert.NoError(t, d.Validate(schema, e), "%s %s", at, name)
			}
			for name, each := range v {
				if name != "example" && name != "examples" {
					walk(each, at+"/"+url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(name)))
				}
			}
		}
	}
	walk(doc, "#")
	assert.Greater(t, found, 100)
}

// Of a union of events, each event is one alternative and no other.
func TestUnions(t *testing.T) {
	d := parse(t)
	schemas := map[string][]string{
		"StreamEvent": {"CombinedEvent", "SessionEvent", "LogEvent", "LogLinesEvent", "StatusEvent", "ResetEvent", "HeartbeatEvent", "EndEvent"},
		"StreamData":  {"CombinedEvent", "SessionEvent", "LogEvent", "LogLinesEvent"},
		"BatchLine":   {"BatchSuccess", "BatchFailure"},
		"RunEvent":    {"RunTrap", "Failure", "TextRow"},
	}
	var doc struct {
		Components struct {
			Schemas map[string]struct{ Example any }
		}
	}
	require.NoError(t, json.Unmarshal(docs.OpenAPI, &doc))
	for union, names := range schemas {
		for _, name := range names {
			example := doc.Components.Schemas[name].Example
			require.NotNil(t, example, name)
			assert.NoError(t, d.Validate("#/components/schemas/"+union, example), name)
		}
	}
	for _, topic := range []string{"arp", "caps_man", "counts", "dhcp_leases", "hardware", "health", "hotspot_active", "identity", "interfaces", "ppp_active", "queues", "static_interfaces", "traffic", "wifi", "wireless"} {
		row := map[string]any{".id": "*1"}
		if topic == "counts" || topic == "traffic" {
			row = map[string]map[string]any{"counts": {"ppp": 1}, "traffic": {"name": "ether1"}}[topic]
		}
		for _, event := range []map[string]any{
			{"router_id": "a", "topic": topic, "type": "snapshot", "rows": []any{row}, "ts": 1},
			{"router_id": "a", "topic": topic, "type": "delta", "changed": []any{row}, "error": nil, "ts": 1},
		} {
			for _, union := range []string{"StreamEvent", "StreamData"} {
				delete(event, "weather")
				assert.NoError(t, d.Validate("#/components/schemas/"+union, event), "%v", event)
				event["weather"] = 1
				assert.Error(t, d.Validate("#/components/schemas/"+union, event), "%v", event)
			}
		}
	}
}

// A mistake in the files is found, with the place.
func TestBuildRefuses(t *testing.T) {
	const head = "x-codes: {internal: {means: a fault, error: oops}}\nx-groups: {}\n"
	for name, tc := range map[string]struct{ file, want string }{
		"no YAML":               {"a: [", "b.yaml: yaml"},
		"no object":             {"- a", "b.yaml: it is no object"},
		"a comma in a text":     {"info: {description: this, and that}", "/info/and that has no value"},
		"something twice":       {"x-groups: {key: [internal]}\nopenapi: 3.1.0\ninfo: {title: x}\n", "/info/title is there already"},
		"an unknown error code": {"paths: {/a: {get: {operationId: a, tags: [], summary: s, description: d, x-errors: [lost], responses: {}}}}", "GET /a: there is no error code lost"},
		"no description":        {"paths: {/a: {get: {operationId: a, tags: [], summary: s, responses: {}}}}", "GET /a: it has no description"},
		"no text of a code":     {"x-codes: {lost: {means: gone}}", "there is no error code lost"},
		"an unknown menu":       {"components: {schemas: {A: {x-menus: [weather]}}}", "A: there is no menu weather"},
		"a topic without rows":  {"components: {schemas: {A: {x-union: T}, T: {x-template: true}}}", "needs a schema ArpRow"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"a.yaml": {Data: []byte(head + "info: {title: y}\n")}, "b.yaml": {Data: []byte(tc.file)}}
			_, err := openapi.Build(files, map[errcode.Code]int{errcode.Internal: 500})
			assert.ErrorContains(t, err, tc.want)
		})
	}
}
