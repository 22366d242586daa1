package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// front is an HTTP proxy before a server, which may answer in its place or change a
// request. The files of the page are always passed.
type front struct {
	base    string
	instead atomic.Pointer[http.HandlerFunc] // answers what is not a file of the page; nil to pass it
	change  atomic.Pointer[func(*http.Request)]
}

func newFront(t *testing.T, base string) *front {
	t.Helper()
	target, err := url.Parse(base)
	require.NoError(t, err)
	f := &front{}
	pass := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		if change := f.change.Load(); change != nil {
			(*change)(r.Out)
		}
	}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		instead := f.instead.Load()
		if instead == nil || r.URL.Path == "/" || r.URL.Path == "/client.js" || len(r.URL.Path) > 8 && r.URL.Path[:8] == "/assets/" {
			pass.ServeHTTP(w, r)
			return
		}
		(*instead)(w, r)
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	f.base = s.URL
	return f
}

// answer makes the front answer with a page of HTML.
func (f *front) answer(status int, headers ...string) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/portal" {
			status = http.StatusOK
		}
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, "<!doctype html><title>Sign in</title>")
	})
	f.instead.Store(&h)
}

// What a proxy answers in place of the server is told as such, in both languages, and
// never in the words of the browser.
func TestDashboardBehindAProxyThatAnswersItself(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	f := newFront(t, p.base)
	d := &dashboard{t: t, p: p, Tab: chromium.Open(t)}
	d.Allow("the server responded with a status of", "auth.example") // the browser logs them; it does not follow
	d.Navigate(f.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	for _, tc := range []struct {
		name    string
		status  int
		headers []string
		code    string
	}{
		{"a login page", http.StatusOK, nil, "proxy_login"},
		{"a redirect to a page here", http.StatusFound, []string{"Location", "/portal"}, "proxy_login"},
		{"a redirect to another host", http.StatusFound, []string{"Location", "https://auth.example/?rd=x"}, "proxy_login"},
		{"another redirect", http.StatusTemporaryRedirect, []string{"Location", "/portal"}, "proxy_login"},
		{"unauthorized", http.StatusUnauthorized, nil, "proxy_login"},
		{"forbidden", http.StatusForbidden, nil, "proxy_login"},
		{"a portal", http.StatusNetworkAuthenticationRequired, nil, "proxy_login"},
		{"no upstream", http.StatusBadGateway, nil, "proxy_unreachable"},
		{"upstream is away", http.StatusServiceUnavailable, nil, "proxy_unreachable"},
		{"upstream is slow", http.StatusGatewayTimeout, nil, "proxy_unreachable"},
		{"no such path", http.StatusNotFound, nil, "proxy_refused"},
	} {
		f.answer(tc.status, tc.headers...)
		for language, texts := range map[string]map[string]string{
			"en": {"proxy_login": "wants a login", "proxy_unreachable": "proxy does not reach the server", "proxy_refused": "before the server refused"},
			"id": {"proxy_login": "meminta login", "proxy_unreachable": "Proxy tidak bisa menghubungi server", "proxy_refused": "ditolak sebelum sampai"},
		} {
			d.fill("#language", language)
			d.Wait("the form", `document.querySelector("#key") && !document.querySelector(".failure")`)
			d.signIn(apiKey)
			d.Wait("it is told: "+tc.name, fmt.Sprintf(`document.querySelector(".failure")?.dataset.code === %q && document.querySelector(".failure").textContent.includes(%q)`, tc.code, texts[tc.code]))
			assert.NotRegexp(t, "Unexpected|JSON|fetch", chromium.Eval[string](d.Tab, `document.querySelector(".failure").textContent`), tc.name)
		}
	}
}

// The session at a proxy ends while the page is open: it is told, also while the stream
// goes on, and the page goes on when the proxy lets it.
func TestDashboardWhenTheSessionAtAProxyEnds(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	f := newFront(t, d.p.base)
	way := newProxy(t, f.base)
	d.Allow("net::ERR_", "the server responded with a status of", "EventSource")
	d.Navigate(way.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(apiKey)
	d.live()
	wants := `/wants a login.*Reload the page/.test(document.querySelector("#banner").textContent) && document.querySelector("#banner button").textContent === "Reload the page"`
	f.answer(http.StatusFound, "Location", "/portal")
	d.Wait("it is told while the stream goes on", wants+` && document.body.dataset.stream === "live"`)
	way.cut()
	d.Wait("and when the stream has ended", wants+` && document.body.dataset.stream === "lost"`)
	f.answer(http.StatusBadGateway)
	d.Wait("the proxy does not reach the server", `/proxy does not reach the server.*Last update/.test(document.querySelector("#banner").textContent)`)
	f.instead.Store(nil)
	d.Wait("it is live again", `document.querySelector("#banner").textContent === "" && document.body.dataset.stream === "resumed"`)
}

// Only the stream is answered by the proxy.
func TestDashboardWhenAProxyRefusesTheStream(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	f := newFront(t, p.base)
	d := &dashboard{t: t, p: p, Tab: chromium.Open(t)}
	d.Allow("the server responded with a status of", "EventSource")
	d.Navigate(f.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	target, err := url.Parse(p.base)
	require.NoError(t, err)
	pass := httputil.NewSingleHostReverseProxy(target)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/sse" {
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			pass.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusGatewayTimeout)
	})
	f.instead.Store(&h)
	d.signIn(apiKey)
	d.Wait("the reason is told", `/proxy does not reach the server/.test(document.querySelector("#banner").textContent)`)
}

// A proxy that drops the port from Host makes the page one of another origin, where the
// browser does not say that it is the same. The page shows what there is to see; what would
// change something is refused, and the key is not the reason.
func TestDashboardWhenItsOriginIsRefused(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	_, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("r", addr)
	f := newFront(t, p.base)
	change := func(r *http.Request) {
		u, _ := url.Parse("http://" + r.Host)
		r.Host = u.Hostname()
		r.Header.Del("Sec-Fetch-Site") // as on plain HTTP, where browsers do not send it
	}
	f.change.Store(&change)
	d := &dashboard{t: t, p: p, Tab: chromium.Open(t)}
	d.Allow("403 (Forbidden)")
	d.Navigate(f.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(apiKey)
	d.Wait("the router is live", `document.querySelector(".card [data-figure=online] .value")?.textContent === "3"`)
	for language, text := range map[string]string{"en": "The key is not the reason", "id": "Bukan salah key-nya"} {
		d.fill("#language", language)
		d.click(".titled .primary")
		for selector, text := range map[string]string{"#c-id": "b", "#c-host": addr, "#c-user": user, "#c-pass": password} {
			d.fill(selector, text)
		}
		d.click("dialog [type=submit]")
		d.Wait("what to do is said", fmt.Sprintf(`document.querySelector("dialog .failure")?.dataset.code === "origin_refused" &&
			[%q, "proxy_set_header Host $http_host", "ALLOWED_ORIGINS=" + location.origin].every((text) => document.querySelector("dialog .failure").textContent.includes(text))`, text))
		d.do(`document.querySelector("dialog").close()`)
		d.Wait("it is gone", `!document.querySelector("dialog")`) // the browser tells it later; the next one is another
	}
}

// No words of Go, the system or the browser are shown, wherever an error may stand.
func TestDashboardSpeaksForItself(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	const foreign = `dial|tcp|EOF|context|deadline|connect:|refused$|i/o|broken pipe|net/http|x509|json|invalid character|Unexpected|Failed to fetch`
	for _, message := range []string{
		"dial: dial tcp 127.0.0.1:8728: connect: connection refused",
		"dial: dial tcp: lookup gw.example on 127.0.0.53:53: no such host",
		"dial: dial tcp 192.0.2.1:8728: connect: no route to host",
		"dial: dial tcp 192.0.2.1:8728: connect: network is unreachable",
		"read: unexpected EOF", "read: read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer", "write: write tcp 127.0.0.1:1: write: broken pipe",
		"context deadline exceeded", "context canceled", "net/http: request canceled", "tls: failed to verify certificate: x509: certificate signed by unknown authority",
		"json: cannot unmarshal number into Go value", "invalid character '<' looking for beginning of value", "Unexpected token '<', \"<!doctype \"... is not valid JSON", "Failed to fetch",
	} {
		for _, code := range []string{"router_unreachable", "timeout", "login_failed", "invalid_request", "internal", "certificate_refused", "offline", "reply_too_large", "unknown_code"} {
			got := chromium.Eval[string](d.Tab, fmt.Sprintf(`import("/assets/main.js").then((m) => m.failure.failureBox({ code: %q, message: %q }).textContent)`, code, message))
			assert.NotRegexp(t, foreign, got, "%s: %s", code, message)
			assert.NotEmpty(t, got)
		}
		got := chromium.Eval[string](d.Tab, fmt.Sprintf(`import("/assets/main.js").then((m) => m.failure.pollError(%q))`, message))
		assert.NotRegexp(t, foreign, got, "pollError: %s", message)
	}
	for code, message := range map[string]string{
		"router_refused": "failure: already have such address", "command_denied": "the command is denied by the rule \"!/system/**\"", "invalid_request": "host is missing",
	} {
		got := chromium.Eval[string](d.Tab, fmt.Sprintf(`import("/assets/main.js").then((m) => m.failure.failureBox({ code: %q, message: %q }).querySelector("q")?.textContent)`, code, message))
		assert.Equal(t, message, got, "words that name what is wrong")
	}
}
