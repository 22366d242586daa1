package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/audit"
	"github.com/aprakasa/mikronec/internal/routeros"
	"github.com/aprakasa/mikronec/internal/routeros/proto"
	"github.com/aprakasa/mikronec/internal/rules"
	"github.com/aprakasa/mikronec/internal/sim"
)

// restError decodes an error of REST.
func restError(t *testing.T, got response) (body struct {
	Error                 int
	Message, Detail, Code string
	RequestID             string `json:"request_id"`
}) {
	t.Helper()
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &body), got.Body)
	assert.Equal(t, got.Code, body.Error)
	assert.Equal(t, http.StatusText(got.Code), body.Message)
	assert.NotEmpty(t, body.Code)
	assert.NotEmpty(t, body.RequestID)
	return body
}

const identityREST = "/routers/a/rest/system/identity"

// Clients of REST can only send a name and a password; the key is the password.
func TestRESTTakesTheKeyAsItsClientsSendIt(t *testing.T) {
	s := ruled(t)
	basic := func(user, password string) string {
		r := &http.Request{Header: http.Header{}}
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	for name, tc := range map[string]struct {
		headers []string
		status  int
	}{
		"X-API-Key":                     {nil, 200},
		"Basic":                         {[]string{"X-API-Key", "", "Authorization", basic("admin", apiKey)}, 200},
		"Basic without a user":          {[]string{"X-API-Key", "", "Authorization", basic("", apiKey)}, 200},
		"bearer":                        {[]string{"X-API-Key", "", "Authorization", "Bearer " + apiKey}, 200},
		"X-API-Key besides Basic":       {[]string{"Authorization", basic("admin", "of something else")}, 200},
		"none":                          {[]string{"X-API-Key", ""}, 401},
		"the key as the user":           {[]string{"X-API-Key", "", "Authorization", basic(apiKey, "")}, 401},
		"wrong":                         {[]string{"X-API-Key", "", "Authorization", basic("admin", "wrong")}, 401},
		"wrong, though Basic has it":    {[]string{"X-API-Key", "wrong", "Authorization", basic("admin", apiKey)}, 401},
		"something that is no Base64":   {[]string{"X-API-Key", "", "Authorization", "Basic %%%"}, 401},
		"a page in a browser, without":  {[]string{"X-API-Key", "", "Sec-Fetch-Mode", "cors"}, 401},
		"a browser that opens the page": {[]string{"X-API-Key", "", "Sec-Fetch-Mode", "navigate"}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			s.use(t)
			got := s.send(http.MethodGet, identityREST, "", tc.headers...)
			require.Equal(t, tc.status, got.Code, got.Body)
			challenge := got.Header().Get("WWW-Authenticate")
			if tc.status == 200 {
				assert.JSONEq(t, `{"name":"MikroTik"}`, got.Body.String())
				assert.Empty(t, challenge)
				return
			}
			assert.Equal(t, "unauthorized", restError(t, got).Code)
			page := strings.Contains(name, "browser")
			assert.Equal(t, !page, strings.HasPrefix(challenge, "Basic realm="), "a browser would keep what it asks for: %q", challenge)
		})
	}
}

// A browser that has the key for Basic sends it along with the requests of any page.
func TestRESTRefusesOtherPagesWithBasic(t *testing.T) {
	for name, origins := range map[string][]string{"none": nil, "all": {"*"}, "another": {"https://dash.example"}} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, map[string]sim.Options{"a.test": {}}, func(o *api.Options) { o.AllowedOrigins = origins })
			require.Equal(t, http.StatusOK, s.connect("a", "a.test").Code)
			post := func(headers ...string) response {
				return s.send(http.MethodPost, "/routers/a/rest/system/identity/set", "", headers...)
			}
			credentials := []string{"X-API-Key", "", "Authorization", "Basic OmFwaS1rZXktb2YtdGhlLXRlc3Rz"}
			require.Equal(t, http.StatusOK, post(credentials...).Code)
			for _, how := range [][]string{{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}} {
				got := post(append(how, credentials...)...)
				assert.Equal(t, http.StatusForbidden, got.Code, how)
				assert.Equal(t, "forbidden", restError(t, got).Code)
			}
			got := post(append([]string{"Origin", "https://dash.example"}, credentials...)...)
			assert.Equal(t, name == "another", got.Code == http.StatusOK, "the page that is named: %s", got.Body)
			got = post("Origin", "https://evil.example")
			assert.Equal(t, name == "all", got.Code == http.StatusOK, "no browser adds X-API-Key by itself")
		})
	}
}

func TestRESTForPages(t *testing.T) {
	const mine = "https://dash.example"
	s := newSite(t, map[string]sim.Options{"a.test": {}}, func(o *api.Options) { o.AllowedOrigins = []string{mine} })
	require.Equal(t, http.StatusOK, s.connect("a", "a.test").Code)
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE", "POST"} {
		got := s.send(http.MethodOptions, identityREST, "", "X-API-Key", "", "Origin", mine,
			"Access-Control-Request-Method", method, "Access-Control-Request-Headers", "authorization, content-type, x-api-key")
		assert.Equal(t, http.StatusOK, got.Code)
		assert.Equal(t, mine, got.Header().Get("Access-Control-Allow-Origin"), method)
		assert.Equal(t, method, got.Header().Get("Access-Control-Allow-Methods"))
	}
	got := s.send(http.MethodOptions, identityREST, "", "X-API-Key", "")
	assert.Equal(t, http.StatusMethodNotAllowed, got.Code)
	assert.ElementsMatch(t, []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}, got.Header().Values("Allow"))
	assert.Equal(t, "method_not_allowed", restError(t, got).Code)
	got = s.send(http.MethodGet, identityREST, "", "Origin", mine)
	assert.Contains(t, got.Header().Get("Access-Control-Expose-Headers"), "Location")
	got = s.send(http.MethodHead, identityREST, "")
	assert.Equal(t, http.StatusOK, got.Code)
	assert.Equal(t, "no-store", got.Header().Get("Cache-Control"))

	got = s.send(http.MethodPut, "/routers/a/rest/ip/pool/", `{"name":"p","ranges":"10.9.0.2-10.9.0.9"}`, "X-Forwarded-Prefix", "/below")
	require.Equal(t, http.StatusCreated, got.Code, got.Body)
	assert.Regexp(t, `^/below/routers/a/rest/ip/pool/\*[0-9A-F]+$`, got.Header().Get("Location"))
}

// The checks are those of /run: role, routers, rules of the key and of the server; and
// every sentence is a line of the audit log.
func TestRESTIsAsRestrictedAsRun(t *testing.T) {
	ring, keys := withKeys(t)
	defer ring.Close()
	s := newSite(t, map[string]sim.Options{"a.test": {}}, keys)
	require.Equal(t, http.StatusOK, s.connect("in-1", "a.test").Code)
	require.Equal(t, http.StatusOK, s.connect("out-1", "a.test").Code)
	var disk slowDisk
	log := s.recorded(&disk, false, keys, func(o *api.Options) {
		o.Rules = []*rules.Set{parsed(t, "!/ip/address:remove", "!/ppp/secret:print", "!/interface/wireless", "!/ip/dns/cache:print", "!/ip/dns:print")}
	})
	ask := func(key, method, path, body string) response {
		return s.send(method, "/routers/"+path, body, "X-API-Key", key)
	}
	for _, tc := range []struct {
		key, method, path, body string
		status                  int
		code                    string
	}{
		{"viewer", "GET", "in-1/rest/ip/address", "", 403, "forbidden"},
		{"operator", "GET", "out-1/rest/ip/address", "", 404, "unknown_router"},
		{"operator", "GET", "in-1/rest/ip/address", "", 200, ""},
		{"operator", "DELETE", "in-1/rest/ip/address/*1", "", 403, "command_denied"},
		{"operator", "PATCH", "in-1/rest/ip/address/*1", `{"comment":"hush hush"}`, 200, ""},
		{"operator", "PUT", "in-1/rest/ppp/secret", `{"name":"budi","password":"hush"}`, 201, ""},
		{"operator", "POST", "in-1/rest/quit", ``, 400, "invalid_request"},
		{"operator", "GET", "in-1/rest/interface/ether1", "", 200, ""},
		{"operator", "PATCH", "in-1/rest/system/identity", "", 400, "invalid_request"},
		{"operator", "GET", "in-1/rest/interface/wireless", "", 403, "command_denied"},
		{"operator", "GET", "in-1/rest/ip/dns/cache", "", 403, "command_denied"},
		{"operator", "GET", "in-1/rest/ip/dns/nosuch", "", 400, "router_refused"},
	} {
		got := ask(tc.key, tc.method, tc.path, tc.body)
		require.Equal(t, tc.status, got.Code, "%s %s: %s", tc.method, tc.path, got.Body)
		if tc.code != "" {
			assert.Equal(t, tc.code, restError(t, got).Code)
		}
	}
	log.Close(t.Context())
	var lines []string
	for _, e := range disk.entries(t) {
		assert.Equal(t, audit.REST, e.Action)
		lines = append(lines, strings.Join([]string{e.Key, e.Router, string(e.Outcome), e.Code, strings.Join(e.Command, " ")}, "|"))
	}
	assert.Equal(t, []string{
		"the-viewer||denied|forbidden|",
		"the-operator|out-1|failed|unknown_router|",
		"the-operator|in-1|ok||/ip/address/print",
		"the-operator|in-1|denied|command_denied|/ip/address/remove =.id=*1",
		"the-operator|in-1|ok||/ip/address/set =.id=*1 =comment=hush hush",
		"the-operator|in-1|ok||/ip/address/print ?.id=*1",
		"the-operator|in-1|ok||/ppp/secret/add =name=budi =password=[redacted]",
		"the-operator|in-1|failed|invalid_request|/quit",
		"the-operator|in-1|failed|router_refused|/interface/ether1/print",
		"the-operator|in-1|ok||/interface/print ?name=ether1",
		"the-operator|in-1|failed|invalid_request|",
		"the-operator|in-1|ok||/interface/print ?name=wireless",
		"the-operator|in-1|denied|command_denied|/interface/wireless/print",
		"the-operator|in-1|denied|command_denied|/ip/dns/cache/print",
		"the-operator|in-1|failed|router_refused|/ip/dns/nosuch/print",
	}, lines)
}

// READ_ONLY leaves what reads, also by names that are no menus.
func TestRESTReadsOnly(t *testing.T) {
	s := ruled(t, rules.ReadOnly())
	for path, status := range map[string]int{
		"GET ip/address": 200, "GET ip/address/*1": 200, "GET ip/address/*FF": 404, "GET interface/ether1": 200, "GET interface/nosuch": 400,
		"GET system/identity": 200, "GET file/hotspot%2Flogin.html": 200, "GET interface?type=ether&.proplist=name": 200,
		"POST interface/print": 200, "POST ip/address/print": 200,
		"PUT ip/address": 403, "PATCH ip/address/*1": 403, "DELETE ip/address/*1": 403, "POST system/identity/set": 403, "POST system/reboot": 403,
	} {
		method, path, _ := strings.Cut(path, " ")
		got := s.send(method, "/routers/a/rest/"+path, "")
		assert.Equal(t, status, got.Code, "%s %s: %s", method, path, got.Body)
	}
}

// Refusals of our own have the form of the router.
func TestRESTRefusalsOfOurOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"a.test": {}}, limited(api.Limits{KeyRequests: 1}))
		require.Equal(t, http.StatusOK, s.connect("a", "a.test").Code)
		got := s.send(http.MethodPut, "/routers/a/rest/ip/pool", `{"name":"`+strings.Repeat("x", 1<<20)+`"}`)
		assert.Equal(t, http.StatusRequestEntityTooLarge, got.Code)
		assert.Equal(t, "body_too_large", restError(t, got).Code)
		got = s.send(http.MethodPut, "/routers/a/rest/ip/pool", "{\"name\":\"\xff\"}")
		assert.Equal(t, "invalid_request", restError(t, got).Code)
		for range 10 {
			got = s.send(http.MethodGet, identityREST, "")
		}
		assert.Equal(t, http.StatusTooManyRequests, got.Code)
		assert.Equal(t, "rate_limited", restError(t, got).Code)
		assert.NotEmpty(t, got.Header().Get("Retry-After"))
		time.Sleep(time.Minute)
		s.ready.Store(true)
		s.manager.Close()
		assert.Equal(t, "shutting_down", restError(t, s.send(http.MethodGet, identityREST, "")).Code)
	})
}

// Rows of commands without an end, and of listen, come when they arrive.
func TestRESTStreamsRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"a.test": {}}, func(o *api.Options) { o.MaxRunTimeout = 10 * time.Second })
		require.Equal(t, http.StatusOK, s.connect("a", "a.test").Code)
		got := s.send(http.MethodPost, "/routers/a/rest/interface/monitor-traffic", `{"interface":"ether1"}`, "Accept", "application/x-ndjson")
		assert.Equal(t, http.StatusOK, got.Code)
		assert.Equal(t, "application/x-ndjson", got.Header().Get("Content-Type"))
		lines := strings.Split(strings.TrimSpace(got.Body.String()), "\n")
		assert.Greater(t, len(lines), 9)
		assert.Contains(t, lines[0], `{"row":{"name":"ether1"`)
		assert.Contains(t, lines[len(lines)-1], `"code":"timeout"`)
		synctest.Wait()
		assert.Equal(t, 1, s.devices["a.test:8728"].Stats().Cancels)

		p := s.listen()
		client := p.client(t, &http.Transport{DisableKeepAlives: true})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://mikronec.test/routers/a/rest/ip/address/listen", nil)
		require.NoError(t, err)
		req.SetBasicAuth("page", apiKey)
		req.Header.Set("Accept", "application/x-ndjson")
		resp, err := client.Do(req)
		require.NoError(t, err)
		time.Sleep(time.Second)
		s.send(http.MethodPut, "/routers/a/rest/ip/address", `{"address":"10.7.0.1/24","interface":"ether2"}`)
		line := make([]byte, 1000)
		n, err := resp.Body.Read(line)
		require.NoError(t, err)
		assert.Contains(t, string(line[:n]), `"address":"10.7.0.1/24"`)
		require.NoError(t, resp.Body.Close())
		synctest.Wait()
		assert.Equal(t, 2, s.devices["a.test:8728"].Stats().Cancels, "a client that leaves ends it on the router")

		got = s.send(http.MethodPost, "/routers/a/rest/ip/address/*1/listen", "", "Accept", "application/x-ndjson")
		assert.Equal(t, http.StatusBadRequest, got.Code)
		assert.Equal(t, "invalid_request", restError(t, got).Code)
	})
}

// Another session may be with another version of RouterOS.
func TestRESTForgetsMenusWithTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, map[string]sim.Options{"a.test": {}})
		require.Equal(t, http.StatusOK, s.connect("a", "a.test").Code)
		d := s.devices["a.test:8728"]
		probes := func() int { return d.Stats().Commands["/interface/ether1/print"] }
		for range 3 {
			require.Equal(t, http.StatusOK, s.send(http.MethodGet, "/routers/a/rest/interface/ether1", "").Code)
		}
		assert.Equal(t, 1, probes())
		d.DropSessions()
		time.Sleep(time.Minute)
		for range 3 {
			require.Equal(t, http.StatusOK, s.send(http.MethodGet, "/routers/a/rest/interface/ether1", "").Code)
		}
		assert.Equal(t, 2, probes())
	})
}

// RouterOS 6 says yes and no where REST says true and false. Only of fields that are known
// as flags: a comment may be yes.
func TestRESTFlagsOfOldReplies(t *testing.T) {
	row := func(word ...string) proto.Sentences {
		return proto.AppendSentence(nil, append([]string{"!re", "=.id=*1"}, word...)...)
	}
	for _, tc := range []struct {
		method, path string
		row          proto.Sentences
		want         string
	}{
		{"GET", "interface", row("=running=yes", "=disabled=no", "=comment=yes"), `[{".id":"*1","running":"true","disabled":"false","comment":"yes"}]`},
		{"GET", "interface/*1", row("=running=true"), `{".id":"*1","running":"true"}`},
		{"POST", "interface/print", row("=running=no"), `[{".id":"*1","running":"false"}]`},
		{"GET", "ip/hotspot/active/*1", row("=radius=no", "=user=no"), `{".id":"*1","radius":"false","user":"no"}`},
		{"GET", "no/such", row("=running=yes"), `[{".id":"*1","running":"yes"}]`},
		{"POST", "interface/monitor", row("=running=yes"), `[{".id":"*1","running":"yes"}]`},
	} {
		s := &site{t: t}
		s.ready.Store(true)
		s.handler = api.New(instant{reply: routeros.Reply{Rows: tc.row, Len: 1}}, options(s))
		got := s.send(tc.method, "/routers/r/rest/"+tc.path, "")
		assert.JSONEq(t, tc.want, got.Body.String(), "%s %s", tc.method, tc.path)
	}
}

// A wrong key counts, wherever it is sent.
func TestWrongKeysForRESTAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil, limited(api.Limits{LoginFailures: 3}))
		code := ""
		for i := range 5 {
			r := &http.Request{Header: http.Header{}}
			r.SetBasicAuth("x", fmt.Sprint("guess", i))
			code = restError(t, s.send(http.MethodGet, identityREST, "", "X-API-Key", "", "Authorization", r.Header.Get("Authorization"))).Code
		}
		assert.Equal(t, "rate_limited", code)
	})
}
