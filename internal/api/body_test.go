package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

// good are bodies that would be taken; what follows breaks one thing in them.
var good = map[string]string{
	"/connect":    `{"router_id":"r","host":"r.test","user":"` + user + `","pass":"` + password + `"}`,
	"/disconnect": `{"router_id":"nobody"}`,
	"/run":        `{"router_id":"r","args":["/ip/address/print"]}`,
	"/run/batch":  `{"routers":["r"],"args":["/ip/address/print"]}`,
}

func TestBodiesAreReadStrictly(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	for _, path := range []string{"/connect", "/disconnect", "/run", "/run/batch"} {
		body := good[path]
		for name, tc := range map[string]struct{ body, text string }{
			"unknown field":       {strings.Replace(body, "{", `{"colour":"red",`, 1), `unknown field "colour"`},
			"not JSON":            {`router_id=r`, "invalid body"},
			"ends early":          {body[:len(body)-1], "ends inside the JSON object"},
			"space alone":         {" \n", "the body is empty"},
			"a list":              {"[" + body + "]", "must be a JSON object, not array"},
			"a string":            {`"r"`, "must be a JSON object, not string"},
			"a number":            {`1`, "must be a JSON object, not number"},
			"another behind":      {body + body, "more than one JSON object"},
			"rubbish behind":      {body + "x", "more than one JSON object"},
			"null":                {`null`, "missing: "},
			"no field at all":     {`{}`, "missing: "},
			"control character":   {strings.Replace(body, `"`, "\"\x01", 1), "invalid body"},
			"bytes are not UTF-8": {"\xff\xfe" + body, "invalid body"},
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				s.use(t)
				got := s.json(http.MethodPost, path, tc.body)
				assert.Equal(t, http.StatusBadRequest, got.Code, got.Body)
				assert.Equal(t, "invalid_request", got.body.Code)
				assert.Contains(t, got.body.Error, tc.text)
			})
		}
		t.Run(path+" empty", func(t *testing.T) {
			s.use(t)
			got := s.json(http.MethodPost, path, "", "Content-Type", "application/json")
			assert.Equal(t, "the body is empty", got.body.Error)
		})
	}
}

func TestMissingFieldsAreNamedAtOnce(t *testing.T) {
	s := newSite(t, nil)
	for _, tc := range []struct{ path, body, text string }{
		{"/connect", `{}`, "missing: router_id, host, user, pass"},
		{"/connect", `{"router_id":"r","user":"u"}`, "missing: host, pass"},
		{"/connect", `{"router_id":"","host":"h","user":"u","pass":null}`, "missing: router_id, pass"},
		{"/disconnect", `{}`, "missing: router_id"},
		{"/run", `{}`, "missing: router_id, args"},
		{"/run", `{"router_id":"r","args":null}`, "missing: args"},
		{"/run/batch", `{}`, "missing: routers, args"},
		{"/run/batch", `{"routers":[],"args":["/x"]}`, "missing: routers"},
	} {
		got := s.json(http.MethodPost, tc.path, tc.body)
		assert.Equal(t, http.StatusBadRequest, got.Code, tc.body)
		assert.Equal(t, tc.text, got.body.Error, tc.body)
	}
	got := s.json(http.MethodGet, "/system-info", "")
	assert.Equal(t, http.StatusBadRequest, got.Code)
	assert.Equal(t, "missing: query parameter router", got.body.Error)
}

func TestWrongTypesAreNamed(t *testing.T) {
	s := newSite(t, nil)
	for _, tc := range []struct{ path, body, text string }{
		{"/connect", `{"router_id":7,"host":"h","user":"u","pass":"p"}`, "router_id must be a string, not number"},
		{"/connect", `{"router_id":"r","host":["h"],"user":"u","pass":"p"}`, "host must be a string, not array"},
		{"/connect", `{"router_id":"r","host":"h","user":"u","pass":1234}`, "pass must be a string, not number"},
		{"/connect", `{"router_id":"r","host":"h","user":"u","pass":"p","tls":true}`, "tls must be an object, not bool"},
		{"/connect", `{"router_id":"r","host":"h","user":"u","pass":"p","tls":{"mode":1}}`, "tls.mode must be a string, not number"},
		{"/connect", `{"router_id":"r","host":"h","user":"u","pass":"p","tls":{"modus":"pin"}}`, `unknown field "modus"`},
		{"/disconnect", `{"router_id":{}}`, "router_id must be a string, not object"},
		{"/run", `{"router_id":"r","args":"/ip/address/print"}`, "args must be a list of strings, not string"},
		{"/run", `{"router_id":"r","args":["/ip/address/print",1]}`, "args must be a string, not number"},
		{"/run", `{"router_id":"r","args":["/x"],"timeout":"30s"}`, "timeout must be a number, not string"},
		{"/run/batch", `{"routers":"some","args":["/x"]}`, `routers must be a list of router_ids or "all"`},
		{"/run/batch", `{"routers":"all","args":["/x"],"concurrency":1.5}`, "concurrency must be a whole number, not number 1.5"},
		{"/run/batch", `{"routers":"all","args":["/x"],"stop_on_error":"yes"}`, "stop_on_error must be true or false, not string"},
	} {
		got := s.json(http.MethodPost, tc.path, tc.body)
		assert.Equal(t, http.StatusBadRequest, got.Code, tc.body)
		assert.Contains(t, got.body.Error, tc.text, tc.body)
		assert.NotContains(t, got.body.Error, "api.", "no names of Go types")
		assert.NotContains(t, got.body.Error, "manager.", "no names of Go types")
	}
}

// The last of two values would be taken, and the first one lost.
func TestAFieldThatComesTwiceInABodyIsRefused(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	s.connect("r", "r.test")
	for _, tc := range []struct{ path, body, name string }{
		{"/run", `{"router_id":"r","args":["/ip/address/remove","=.id=*1"],"args":["/ip/address/print"]}`, "args"},
		{"/run", `{"router_id":"r","args":["/ip/address/print"],"Router_ID":"r"}`, "Router_ID"},
		{"/run", `{"router_id":"r","args":["/ip/address/print"],"\u0061rgs":["/ip/address/print"]}`, "args"},
		{"/run/batch", `{"routers":["r"],"routers":"all","args":["/ip/address/print"]}`, "routers"},
		{"/connect", `{"router_id":"r","host":"r.test","user":"api","pass":"a","tls":{"mode":"pin","mode":"insecure"}}`, "mode"},
		{"/disconnect", `{"router_id":"r","router_id":"r"}`, "router_id"},
		{"/tickets", `{"routers":["r"],"ttl":1,"ttl":1}`, "ttl"},
	} {
		got := s.json(http.MethodPost, tc.path, tc.body)
		assert.Equal(t, http.StatusBadRequest, got.Code, tc.body)
		assert.Equal(t, `the body has the field "`+tc.name+`" twice`, got.body.Error)
	}
	assert.Zero(t, s.devices["r.test:8728"].Stats().Commands["/ip/address/print"])
}

func TestABodyHasALimit(t *testing.T) {
	s := newSite(t, nil)
	const limit = 1 << 20
	pad := func(size int) string {
		const head, tail = `{"router_id":"`, `"}`
		return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
	}
	got := s.json(http.MethodPost, "/disconnect", pad(limit))
	assert.Equal(t, http.StatusNotFound, got.Code, "exactly 1 MiB is read")
	got = s.json(http.MethodPost, "/disconnect", pad(limit+1))
	assert.Equal(t, http.StatusRequestEntityTooLarge, got.Code)
	assert.Equal(t, "body_too_large", got.body.Code)
	got = s.json(http.MethodPost, "/run", `{"router_id":"r","args":["`+strings.Repeat("x", 2*limit)+`"]}`)
	assert.Equal(t, http.StatusRequestEntityTooLarge, got.Code)
}

func TestBodiesAreJSONAndSaySo(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/connect", "/disconnect", "/run", "/run/batch"} {
		for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json, text/plain", "text/json", ";"} {
			got := s.json(http.MethodPost, path, good[path], "Content-Type", media)
			assert.Equal(t, http.StatusUnsupportedMediaType, got.Code, "%s %q", path, media)
			assert.Equal(t, "unsupported_media_type", got.body.Code)
		}
	}
	for _, media := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON"} {
		got := s.json(http.MethodPost, "/disconnect", good["/disconnect"], "Content-Type", media)
		assert.Equal(t, http.StatusNotFound, got.Code, media)
	}
}

func TestRouterIDs(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"r.test": {}})
	for name, id := range map[string]string{
		"slash": "a/b", "question mark": "a?b", "hash": "a#b", "comma": "a,b", "star": "*", "quote": `a"b`, "backslash": `a\b`,
		"space before": " a", "space behind": "a ", "newline": "a\nb", "nul": "a\x00b", "long": strings.Repeat("a", 129),
	} {
		t.Run(name, func(t *testing.T) {
			s.use(t)
			got := s.connect(id, "r.test")
			assert.Equal(t, http.StatusBadRequest, got.Code, got.Body)
			assert.Contains(t, got.body.Error, "router_id")
		})
	}
	for _, tc := range []struct{ id, path string }{
		{"cabang-jakarta-01", "cabang-jakarta-01"},
		{"kantor pusat", "kantor%20pusat"},
		{"a%b", "a%25b"},
		{"Gerät", "Ger%C3%A4t"},
		{"10.0.0.1:8728", "10.0.0.1:8728"},
		{strings.Repeat("a", 128), strings.Repeat("a", 128)},
	} {
		assert.Equal(t, http.StatusOK, s.connect(tc.id, "r.test").Code, tc.id)
		assert.Equal(t, http.StatusOK, s.json(http.MethodGet, "/routers/"+tc.path, "").Code, tc.id)
		assert.Equal(t, http.StatusOK, s.json(http.MethodGet, "/system-info?router="+tc.path, "").Code, tc.id)
	}
}

// A client that promises a body and does not send it holds its connection for
// ten seconds, and gets its answer.
func TestABodyHasTenSeconds(t *testing.T) {
	for name, tc := range map[string]struct {
		head   string // behind the request line
		sent   string // of the body
		method string
		status int
		took   time.Duration
		text   string
	}{
		"whole":              {"X-API-Key: " + apiKey, good["/disconnect"], "POST /disconnect", 404, 0, "unknown_router"},
		"half":               {"X-API-Key: " + apiKey, good["/disconnect"][:5], "POST /disconnect", 400, 10 * time.Second, "the body did not arrive in time"},
		"wrong and half":     {"X-API-Key: " + apiKey, "nonsense", "POST /disconnect", 400, 10 * time.Second, "invalid body"},
		"none":               {"X-API-Key: " + apiKey, "", "POST /disconnect", 400, 10 * time.Second, "the body did not arrive in time"},
		"none, and no key":   {"X-A: b", "", "POST /disconnect", 401, 10 * time.Second, "unauthorized"},
		"none, no such path": {"X-A: b", "", "POST /nothing", 404, 10 * time.Second, "not_found"},
		"none, of a GET":     {"X-API-Key: " + apiKey, "", "GET /routers", 200, 10 * time.Second, "success"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, nil)
				conn, err := s.listen().dial(t.Context())
				require.NoError(t, err)
				defer func() { _ = conn.Close() }()
				began := time.Now()
				_, err = fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: mikronec.test\r\n%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
					tc.method, tc.head, len(good["/disconnect"]), tc.sent)
				require.NoError(t, err)
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				require.NoError(t, err)
				text, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				assert.Equal(t, tc.took, time.Since(began))
				assert.Equal(t, tc.status, resp.StatusCode)
				assert.Contains(t, string(text), tc.text)
				assert.Equal(t, tc.took != 0, resp.Close, "what else is on the connection is nothing to go by")
			})
		})
	}
}

// A command may take longer than its body had time for.
func TestACommandMayTakeLongerThanABody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"r.test": {}})
		s.connect("r", "r.test")
		pipes := s.listen()
		client := pipes.client(t, &http.Transport{})
		defer client.CloseIdleConnections()
		for range 2 { // on one connection
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://mikronec.test/run",
				strings.NewReader(`{"router_id":"r","args":["/ping","=address=192.0.2.1","=count=30"]}`))
			require.NoError(t, err)
			req.Header.Set("X-API-Key", apiKey)
			req.Header.Set("Content-Type", "application/json")
			began := time.Now()
			resp, err := client.Do(req)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, resp.Body)
			require.NoError(t, err)
			_ = resp.Body.Close()
			assert.Equal(t, http.StatusOK, resp.StatusCode)
			assert.Greater(t, time.Since(began), 20*time.Second)
			time.Sleep(time.Minute)
		}
	})
}
