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

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/rules"
	"github.com/aprakasa/mikronec/internal/sim"
	"github.com/aprakasa/mikronec/internal/sse"
)

// withKeys has a key for each role, which is its secret as well, for routers
// whose ids begin with "in".
func withKeys(t *testing.T) (*access.KeySet, func(*api.Options)) {
	t.Helper()
	var text strings.Builder
	for _, role := range []string{"viewer", "operator", "admin"} {
		fmt.Fprintf(&text, "name=the-%s role=%s routers=in* hash=%s\n", role, role, access.HashOf(role))
	}
	keys, err := access.Parse(text.String())
	require.NoError(t, err)
	ring := access.NewKeySet(keys)
	return ring, func(o *api.Options) { o.Keys = ring }
}

// A router that a key does not see answers exactly as one that is not there.
func TestWhoMayDoWhat(t *testing.T) {
	ring, keys := withKeys(t)
	defer ring.Close()
	s := newSite(t, map[string]sim.Options{"r.test": {}}, keys)
	s.connect("in-1", "r.test")
	s.connect("out-1", "r.test") // on the same session
	run := func(id string) string {
		return marshal(t, map[string]any{"router_id": id, "args": []string{"/system/identity/print"}})
	}
	connect := func(id string) string {
		return marshal(t, map[string]string{"router_id": id, "host": "r.test", "user": user, "pass": password})
	}
	for name, tc := range map[string]struct {
		method, path string
		body         func(id string) string
		least        int // of viewer, operator, admin
		hidden       int // the status for a router that is not seen
	}{
		"info":       {http.MethodGet, "/system-info?router=%s", nil, 0, http.StatusNotFound},
		"get":        {http.MethodGet, "/routers/%s", nil, 0, http.StatusNotFound},
		"ticket":     {http.MethodPost, "/tickets", func(id string) string { return marshal(t, map[string]any{"routers": []string{id}}) }, 0, http.StatusForbidden},
		"run":        {http.MethodPost, "/run", run, 1, http.StatusNotFound},
		"connect":    {http.MethodPost, "/connect", connect, 2, http.StatusForbidden},
		"disconnect": {http.MethodPost, "/disconnect", func(id string) string { return marshal(t, map[string]string{"router_id": id}) }, 2, http.StatusNotFound},
		"put": {http.MethodPut, "/routers/%s", func(string) string {
			return marshal(t, map[string]string{"host": "r.test", "user": user, "pass": password})
		}, 2, http.StatusForbidden},
		"put, later": {http.MethodPut, "/routers/%s", func(string) string {
			return marshal(t, map[string]any{"host": "r.test", "user": user, "pass": password, "wait": false})
		}, 2, http.StatusForbidden},
		"change":  {http.MethodPatch, "/routers/%s", func(string) string { return `{"comment":"roof"}` }, 2, http.StatusNotFound},
		"remove":  {http.MethodDelete, "/routers/%s", nil, 2, http.StatusNotFound},
		"history": {http.MethodGet, "/routers/%s/history", nil, 0, http.StatusNotFound},
		"users":   {http.MethodGet, "/routers/%s/users", nil, 0, http.StatusNotFound},
		"retry":   {http.MethodPost, "/routers/%s/retry", nil, 1, http.StatusNotFound},
		"reboot":  {http.MethodPost, "/routers/%s/reboot", func(string) string { return `{"confirm":"MikroTik"}` }, 1, http.StatusNotFound},
	} {
		for level, role := range []string{"viewer", "operator", "admin"} {
			t.Run(name+" by "+role, func(t *testing.T) {
				s.use(t)
				ask := func(id string) response {
					path, body := tc.path, ""
					if strings.Contains(path, "%s") {
						path = fmt.Sprintf(path, id)
					}
					if tc.body != nil {
						body = tc.body(id)
					}
					return s.json(tc.method, path, body, "X-API-Key", role)
				}
				if level < tc.least {
					for _, id := range []string{"in-1", "out-1", "out-unknown"} {
						got := ask(id)
						assert.Equal(t, http.StatusForbidden, got.Code)
						assert.Equal(t, "forbidden", got.body.Code)
						assert.Contains(t, got.body.Error, "the-"+role)
					}
					return
				}
				assert.Equal(t, http.StatusOK, ask("in-1").Code)
				hidden, unknown := ask("out-1"), ask("out-none")
				assert.Equal(t, tc.hidden, hidden.Code)
				assert.Equal(t, strings.ReplaceAll(unknown.Body.String(), "out-none", "out-1"), hidden.Body.String())
				if name == "disconnect" || name == "remove" {
					s.connect("in-1", "r.test")
				}
			})
		}
	}
	t.Run("lists name nobody else", func(t *testing.T) {
		s.use(t)
		for _, path := range []string{"/routers", "/routers/in-1", "/routers?format=yaml"} {
			got := s.send(http.MethodGet, path, "", "X-API-Key", "viewer")
			assert.Contains(t, got.Body.String(), "in-1")
			assert.NotContains(t, got.Body.String(), "out-1")
		}
	})
	t.Run("search", func(t *testing.T) {
		s.use(t)
		for _, path := range []string{"/search?q=r.test", "/search?q=-1", "/search?q=Mikro"} {
			got := s.send(http.MethodGet, path, "", "X-API-Key", "viewer")
			assert.Equal(t, http.StatusOK, got.Code)
			assert.NotContains(t, got.Body.String(), "out-1")
		}
	})
	t.Run("batch", func(t *testing.T) {
		s.use(t)
		got := s.send(http.MethodPost, "/run/batch", `{"routers":"all","args":["/system/identity/print"]}`, "X-API-Key", "operator")
		assert.Contains(t, got.Body.String(), `"summary":{"routers":1,"ok":1,`)
		assert.NotContains(t, got.Body.String(), "out-1")
		got = s.send(http.MethodPost, "/run/batch", `{"routers":["out-1"],"args":["/system/identity/print"]}`, "X-API-Key", "operator")
		assert.Contains(t, got.Body.String(), `"code":"unknown_router"`)
		assert.Equal(t, http.StatusForbidden, s.send(http.MethodPost, "/run/batch", `{}`, "X-API-Key", "viewer").Code)
	})
	t.Run("a stream", func(t *testing.T) {
		s.use(t)
		for _, path := range []string{"/sse/%s", "/sse?router=%s", "/sse?router=in-1&router=%s"} {
			hidden := s.json(http.MethodGet, fmt.Sprintf(path, "out-1"), "", "X-API-Key", "viewer")
			unknown := s.json(http.MethodGet, fmt.Sprintf(path, "out-2"), "", "X-API-Key", "viewer")
			assert.Equal(t, http.StatusNotFound, hidden.Code)
			assert.Equal(t, strings.ReplaceAll(unknown.Body.String(), "out-2", "out-1"), hidden.Body.String())
		}
	})
}

func TestWhoami(t *testing.T) {
	keys, err := access.Parse("name=noc role=viewer routers=branch-*,hq hash=" + access.HashOf("noc-secret").String() + " expires=2127-01-31\n" +
		"name=shop role=operator routers=* hash=" + access.HashOf("shop-secret").String())
	require.NoError(t, err)
	ring := access.NewKeySet(keys)
	defer ring.Close()
	for name, tc := range map[string]struct {
		key      string
		readOnly bool
		want     string
	}{
		"the owner":               {apiKey, false, `{"name":"owner","role":"admin","routers":["*"],"read_only":false}`},
		"the owner, reading only": {apiKey, true, `{"name":"owner","role":"admin","routers":["*"],"read_only":true}`},
		"a viewer":                {"noc-secret", false, `{"name":"noc","role":"viewer","routers":["branch-*","hq"],"expires":4957113600,"read_only":false}`},
		"an operator":             {"shop-secret", false, `{"name":"shop","role":"operator","routers":["*"],"read_only":false}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, nil, func(o *api.Options) {
				o.Keys, o.Rules = ring, []*rules.Set{{}}
				if tc.readOnly {
					o.Rules = append(o.Rules, rules.ReadOnly())
				}
			})
			got := s.json(http.MethodGet, "/whoami", "", "X-API-Key", tc.key)
			assert.Equal(t, http.StatusOK, got.Code)
			assert.JSONEq(t, tc.want, string(got.body.Data))
		})
	}
}

// All routers are those of the key, also those that come later; what the key
// opened ends with it, and so do its tickets.
func TestAStreamEndsWithItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring, keys := withKeys(t)
		s := newSite(t, map[string]sim.Options{"r.test": {Seed: 7}}, keys)
		s.connect("out-1", "r.test")
		issued := s.json(http.MethodPost, "/tickets", `{"routers":"all"}`, "X-API-Key", "viewer")
		_, rest, _ := strings.Cut(string(issued.body.Data), `"ticket":"`)
		token, _, _ := strings.Cut(rest, `"`)
		require.NotEmpty(t, token)
		stream := s.open(s.listen(), "/sse?router=*&ticket="+token)
		stream.block() // retry
		s.connect("in-1", "r.test")
		assert.Contains(t, stream.block(), `"router_id":"in-1"`)
		for range 5 {
			assert.NotContains(t, stream.block(), "out-1")
		}
		ring.Replace(nil)
		var last string
		for !strings.HasPrefix(last, "event: end") {
			last = stream.block()
		}
		assert.Equal(t, "event: end\ndata: {\"reason\":\"revoked\"}\n\n", last)
		got := s.json(http.MethodGet, "/sse?router=*&ticket="+token, "")
		assert.Equal(t, http.StatusUnauthorized, got.Code)
		assert.Contains(t, got.body.Error, "is no longer valid")
		assert.Equal(t, http.StatusUnauthorized, s.json(http.MethodGet, "/routers", "", "X-API-Key", "viewer").Code)
	})
}

// Who takes nothing is not waited for when the key is taken away.
func TestAStreamThatTakesNothingEndsWithItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring, keys := withKeys(t)
		ended := make(map[sse.Reason]int)
		s := newSite(t, map[string]sim.Options{"r.test": {PPPUsers: 5}}, keys, func(o *api.Options) { o.Observer = ends(ended) })
		s.connect("in-1", "r.test")
		conn, err := s.listen().dial(t.Context())
		require.NoError(t, err)
		_, err = io.WriteString(conn, "GET /sse/in-1 HTTP/1.1\r\nHost: mikronec.test\r\nX-API-Key: viewer\r\n\r\n")
		require.NoError(t, err)
		_, err = http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
		require.NoError(t, err)
		time.Sleep(5 * time.Second) // a write is under way
		ring.Replace(nil)
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		assert.Equal(t, map[sse.Reason]int{sse.Revoked: 1}, ended, "not after SSE_WRITE_TIMEOUT")
		_ = conn.Close()
	})
}

// ends counts the ends of streams.
type ends map[sse.Reason]int

func (ends) Request(string, string, int, time.Duration, bool) {}
func (ends) StreamOpened()                                    {}
func (e ends) StreamEnded(reason sse.Reason, _ time.Duration) { e[reason]++ }
