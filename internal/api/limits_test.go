package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/api"
	"github.com/aprakasa/mikronec/internal/sim"
)

// ask is a request from an address, with a key and whatever headers else.
func (s *site) ask(from, path, key string, headers ...string) response {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, path, nil)
	r.RemoteAddr = from
	if key != "" {
		r.Header.Set("X-API-Key", key)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	got := response{ResponseRecorder: httptest.NewRecorder()}
	s.handler.ServeHTTP(got, r)
	require.NoError(s.t, json.Unmarshal(got.Body.Bytes(), &got.body), "%s: %s", path, got.Body)
	return got
}

func limited(l api.Limits) func(*api.Options) { return func(o *api.Options) { o.Limits = l } }

// refused checks a 429 and its Retry-After.
func refused(t *testing.T, got response, code, variable string) {
	t.Helper()
	assert.Equal(t, http.StatusTooManyRequests, got.Code, got.Body)
	assert.Equal(t, code, got.body.Code)
	assert.Contains(t, got.body.Error, variable)
	assert.Regexp(t, `^[1-9][0-9]*$`, got.Header().Get("Retry-After"))
}

func TestRequestsOfAnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil, limited(api.Limits{AddressRequests: 2}))
		for i := range 20 { // two a second for ten seconds
			path := []string{"/routers", "/", "/nowhere", "/swagger/doc.json", "/assets/main.js"}[i%5]
			assert.NotEqual(t, http.StatusTooManyRequests, s.send(http.MethodGet, path, "", "X-API-Key", "").Code, path)
		}
		for _, path := range []string{"/routers", "/", "/nowhere", "/swagger/doc.json", "/connect", "/routers?api_key=x"} {
			got := s.ask("192.0.2.1:2000", path, "")
			refused(t, got, "rate_limited", "ADDRESS_REQUESTS")
			assert.Equal(t, "10", got.Header().Get("Retry-After"))
		}
		refused(t, s.ask("192.0.2.1:2000", "/routers", "guess"), "rate_limited", "ADDRESS_REQUESTS")
		assert.Equal(t, http.StatusOK, s.ask("192.0.2.1:2000", "/routers", apiKey).Code, "with a valid key the key counts")
		assert.Equal(t, http.StatusOK, s.ask("192.0.2.1:2000", "/healthz", "").Code, "probes are not counted")
		assert.Equal(t, http.StatusOK, s.ask("192.0.2.1:2000", "/readyz", "").Code)
		assert.Equal(t, http.StatusUnauthorized, s.ask("192.0.2.2:1000", "/routers", "").Code, "nobody else is concerned")
		time.Sleep(20 * time.Second)
		assert.Equal(t, http.StatusUnauthorized, s.ask("192.0.2.1:1000", "/routers", "").Code)

		for i := range 20 { // one network of 64 bits is one client
			s.ask(fmt.Sprintf("[2001:db8::%x]:1", i+1), "/routers", "")
		}
		refused(t, s.ask("[2001:db8::ffff:1]:1", "/routers", ""), "rate_limited", "ADDRESS_REQUESTS")
		assert.Equal(t, http.StatusUnauthorized, s.ask("[2001:db8:0:1::1]:1", "/routers", "").Code)
	})
}

func TestRequestsOfAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil, limited(api.Limits{KeyRequests: 1}))
		for i := range 10 {
			assert.Equal(t, http.StatusOK, s.ask(fmt.Sprintf("192.0.2.%d:1", i), "/routers", apiKey).Code)
		}
		refused(t, s.ask("198.51.100.1:1", "/routers", apiKey), "rate_limited", "KEY_REQUESTS")
		assert.Equal(t, http.StatusUnauthorized, s.ask("198.51.100.1:1", "/routers", "").Code)
	})
}

// Whose address counts: nobody can borrow another's, or shake off their own.
func TestTheAddressBehindAProxy(t *testing.T) {
	const proxy = "10.0.0.7:4711"
	for name, tt := range map[string]struct {
		trusted []string
		from    string
		forward []string
		want    string
	}{
		"nobody is trusted":           {nil, proxy, []string{"203.0.113.1"}, "10.0.0.7"},
		"a proxy":                     {[]string{"10.0.0.0/8"}, proxy, []string{"203.0.113.1"}, "203.0.113.1"},
		"a chain of proxies":          {[]string{"10.0.0.0/8"}, proxy, []string{"203.0.113.1, 10.0.0.8, 10.0.0.9"}, "203.0.113.1"},
		"a client that writes, too":   {[]string{"10.0.0.0/8"}, proxy, []string{"198.51.100.9, 203.0.113.1"}, "203.0.113.1"},
		"in a header of its own":      {[]string{"10.0.0.0/8"}, proxy, []string{"198.51.100.9", "203.0.113.1"}, "203.0.113.1"},
		"a client that is no proxy":   {[]string{"10.0.0.0/8"}, "203.0.113.5:1", []string{"198.51.100.9"}, "203.0.113.5"},
		"nothing said":                {[]string{"10.0.0.0/8"}, proxy, nil, "10.0.0.7"},
		"nonsense said":               {[]string{"10.0.0.0/8"}, proxy, []string{"198.51.100.9, unknown"}, "10.0.0.7"},
		"nobody but proxies":          {[]string{"10.0.0.0/8"}, proxy, []string{"10.1.1.1"}, "10.0.0.7"},
		"IPv4 in IPv6":                {[]string{"10.0.0.0/8"}, "[::ffff:10.0.0.7]:1", []string{"::ffff:203.0.113.1"}, "203.0.113.1"},
		"IPv6":                        {[]string{"2001:db8::/64"}, "[2001:db8::1]:1", []string{"2001:db8:1::1"}, "2001:db8:1::1"},
		"a port, which nobody agreed": {[]string{"10.0.0.0/8"}, proxy, []string{"203.0.113.1:80"}, "10.0.0.7"},
	} {
		t.Run(name, func(t *testing.T) {
			var log accessLog
			s := newSite(t, nil, limited(api.Limits{TrustedProxies: tt.trusted}), log.into)
			var headers []string
			for _, f := range tt.forward {
				headers = append(headers, "X-Forwarded-For", f)
			}
			s.ask(tt.from, "/routers", apiKey, append(headers, "Forwarded", "for=192.0.2.99", "X-Real-IP", "192.0.2.99")...)
			assert.Equal(t, tt.want, log.lines(t)[0]["remote"])
		})
	}
}

func TestWrongKeysAreSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil, limited(api.Limits{LoginFailures: 10}))
		const thief, owner = "192.0.2.66:1", "192.0.2.66:2" // behind one address
		assert.Equal(t, http.StatusOK, s.ask(owner, "/routers", apiKey).Code)
		var took []time.Duration
		for i := range 10 {
			began := time.Now()
			assert.Equal(t, http.StatusUnauthorized, s.ask(thief, "/routers", fmt.Sprint("guess-", i)).Code)
			took = append(took, time.Since(began))
		}
		ms := func(list ...time.Duration) (out []time.Duration) {
			for _, d := range list {
				out = append(out, d*time.Millisecond)
			}
			return out
		}
		assert.Equal(t, ms(0, 0, 0, 0, 0, 100, 200, 300, 400, 500), took)
		for range 100 {
			refused(t, s.ask(thief, "/routers", "guess"), "rate_limited", "LOGIN_FAILURES")
		}
		refused(t, s.ask(thief, "/sse?router=*&ticket=forged", ""), "rate_limited", "LOGIN_FAILURES")
		assert.Equal(t, http.StatusUnauthorized, s.ask(thief, "/routers", "").Code, "who sends no key guesses none")
		assert.Equal(t, http.StatusOK, s.ask(owner, "/routers", apiKey).Code, "who was here before is heard")
		assert.Equal(t, http.StatusUnauthorized, s.ask("198.51.100.1:1", "/routers", "guess").Code, "another address")
		time.Sleep(2 * time.Minute)
		assert.Equal(t, http.StatusUnauthorized, s.ask(thief, "/routers", "guess").Code, "it is over")
	})
}

// A right guess that comes too late is refused like a wrong one, so that it does
// not show.
func TestARightKeyAfterTooManyWrongOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil, limited(api.Limits{LoginFailures: 3}))
		for range 3 {
			s.ask("192.0.2.66:1", "/routers", "guess")
		}
		wrong, right := s.ask("192.0.2.66:1", "/routers", "guess"), s.ask("192.0.2.66:1", "/routers", apiKey)
		refused(t, right, "rate_limited", "LOGIN_FAILURES")
		assert.Equal(t, wrong.body.Error, right.body.Error)
		assert.Equal(t, wrong.Header().Get("Retry-After"), right.Header().Get("Retry-After"))
		time.Sleep(2 * time.Minute)
		assert.Equal(t, http.StatusOK, s.ask("192.0.2.66:1", "/routers", apiKey).Code)
	})
}

func TestRoutersOfAKey(t *testing.T) {
	s := newSite(t, map[string]sim.Options{"a": {}, "b": {}, "c": {}}, limited(api.Limits{KeyRouters: 2}))
	require.Equal(t, http.StatusOK, s.connect("one", "a").Code)
	require.Equal(t, http.StatusBadGateway, s.connect("none", "nowhere").Code, "what failed takes no place")
	require.Equal(t, http.StatusOK, s.connect("two", "b").Code)
	refused(t, s.connect("three", "c"), "quota_exceeded", "KEY_ROUTERS")
	assert.Equal(t, http.StatusOK, s.connect("two", "c").Code, "an id that is there may move")
	assert.Equal(t, http.StatusBadGateway, s.connect("two", "nowhere").Code)
	refused(t, s.connect("three", "c"), "quota_exceeded", "KEY_ROUTERS")
	require.Equal(t, http.StatusOK, s.json(http.MethodPost, "/disconnect", `{"router_id":"two"}`).Code)
	assert.Equal(t, http.StatusOK, s.connect("three", "c").Code)
}

func TestHeadersForBrowsers(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/", "/healthz", "/routers", "/nowhere", "/swagger/index.html", "/swagger/doc.json", "/docs", "/sse?router=none"} {
		got := s.send(http.MethodGet, path, "")
		header := got.Header()
		assert.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "no-referrer", header.Get("Referrer-Policy"), path)
		assert.Equal(t, "DENY", header.Get("X-Frame-Options"), path)
		assert.Empty(t, header.Get("Strict-Transport-Security"), "%s: not over plain HTTP", path)
		policy := header.Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'none'", path)
		assert.Contains(t, policy, "frame-ancestors 'none'", path)
		if !strings.HasPrefix(path, "/swagger") {
			assert.NotContains(t, policy, "unsafe", path)
		}
	}
}

func TestRequestsOfPagesElsewhere(t *testing.T) {
	const mine, evil = "https://dash.example", "https://evil.example"
	for name, tt := range map[string]struct {
		origins []string
		headers []string
		status  int
	}{
		"a program":                    {nil, nil, 200},
		"a page of this server":        {nil, []string{"Origin", "http://example.com", "Sec-Fetch-Site", "same-origin"}, 200},
		"an old browser, this server":  {nil, []string{"Origin", "http://example.com"}, 200},
		"another site":                 {nil, []string{"Origin", evil, "Sec-Fetch-Site", "cross-site"}, 403},
		"another host of the site":     {nil, []string{"Origin", "http://b.example.com", "Sec-Fetch-Site", "same-site"}, 403},
		"an old browser, another site": {nil, []string{"Origin", evil}, 403},
		"a page without origin":        {nil, []string{"Origin", "null", "Sec-Fetch-Site", "cross-site"}, 403},
		"an allowed origin":            {[]string{mine}, []string{"Origin", mine, "Sec-Fetch-Site", "cross-site"}, 200},
		"another than the allowed one": {[]string{mine}, []string{"Origin", evil, "Sec-Fetch-Site", "cross-site"}, 403},
		"an app":                       {[]string{"capacitor://localhost"}, []string{"Origin", "capacitor://localhost"}, 200},
		"any origin, as configured":    {[]string{"*"}, []string{"Origin", evil, "Sec-Fetch-Site", "cross-site"}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, map[string]sim.Options{"a": {}}, func(o *api.Options) { o.AllowedOrigins = tt.origins })
			body := marshal(t, map[string]string{"router_id": "r", "host": "a", "user": user, "pass": password})
			got := s.json(http.MethodPost, "/connect", body, tt.headers...)
			assert.Equal(t, tt.status, got.Code, got.Body)
			if tt.status == 403 {
				assert.Equal(t, "forbidden", got.body.Code)
				assert.Contains(t, got.body.Error, "ALLOWED_ORIGINS")
			}
			assert.Equal(t, http.StatusOK, s.json(http.MethodGet, "/routers", "", tt.headers...).Code, "reading changes nothing; CORS guards it")
		})
	}
}

func TestWithoutSwagger(t *testing.T) {
	s := newSite(t, nil, func(o *api.Options) { o.NoSwagger = true })
	for _, path := range []string{"/swagger/index.html", "/swagger/doc.json", "/swagger", "/docs", "/nowhere"} {
		got := s.json(http.MethodGet, path, "")
		assert.Equal(t, http.StatusNotFound, got.Code, path)
		assert.NotContains(t, got.body.Error, "swagger", "it is not there to be seen")
	}
}
