package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// below serves the server at base below a path, as nginx does with proxy_pass and a
// slash at the end. Whatever is asked for elsewhere is another site's.
func below(t *testing.T, base, path string) string {
	t.Helper()
	target, err := url.Parse(base)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle(path+"/", http.StripPrefix(path, &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	s := httptest.NewServer(mux)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s.URL
}

// tryOut executes an operation of Swagger UI; values are those of its text fields.
func tryOut(tab *chromium.Tab, path, values string) {
	block := fmt.Sprintf(`[...document.querySelectorAll(".opblock")].find((b) => b.querySelector(".opblock-summary-path")?.dataset.path === %q)`, path)
	tab.Wait("the operation is listed", block)
	chromium.Eval[any](tab, block+`.querySelector(".opblock-summary-control").click()`)
	tab.Wait("it is open", block+`.querySelector(".try-out__btn")`)
	chromium.Eval[any](tab, block+`.querySelector(".try-out__btn").click()`)
	tab.Wait("it can be executed", block+`.querySelector(".execute")`)
	chromium.Eval[any](tab, fmt.Sprintf(`(() => {
		const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
		for (const [name, value] of Object.entries(%s)) {
			const input = %s.querySelector(`+"`tr[data-param-name=${name}] input`"+`);
			set.call(input, value);
			input.dispatchEvent(new Event("input", { bubbles: true }));
			input.dispatchEvent(new Event("change", { bubbles: true }));
		}
	})()`, values, block))
	chromium.Eval[any](tab, fmt.Sprintf(`new Promise((done) => setTimeout(() => { %s.querySelector(".execute").click(); done(); }, 500))`, block))
}

// Swagger UI works below a path of a proxy, where it leads and asks.
func TestSwaggerBelowAPath(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	deep, flat := below(t, p.base, "/a/b")+"/a/b", below(t, p.base, "/mikronec")+"/mikronec"
	tab := chromium.Open(t)
	for _, base := range []string{flat, deep} {
		tab.Navigate(base + "/") // a page of the same site, which costs less than that of Swagger UI
		for _, entry := range []string{"/docs", "/docs/", "/swagger", "/swagger/"} {
			assert.Equal(t, base+"/swagger/index.html", chromium.Eval[string](tab, fmt.Sprintf(`fetch(%q).then((r) => r.url)`, base+entry)), entry)
		}
	}
	tab.Navigate(deep + "/docs")
	tryOut(tab, "/healthz", "{}")
	tab.Wait("the answer is shown", `/200.*"status": "alive"/s.test(document.querySelector(".live-responses-table")?.textContent ?? "")`)
	assert.Equal(t, deep+"/healthz", chromium.Eval[string](tab, `document.querySelector(".request-url pre").textContent`))
}

// A stream in Swagger UI shows events and how to go on, instead of loading for ever.
func TestSwaggerShowsAStream(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	_, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("core", addr)
	tab := chromium.Open(t)
	tab.Navigate(p.base + "/swagger/index.html")
	tab.Wait("the document is shown", `document.querySelector(".opblock") && window.ui`)
	chromium.Eval[any](tab, fmt.Sprintf(`void window.ui.preauthorizeApiKey("ApiKey", %q)`, apiKey))
	tryOut(tab, "/sse/{routerID}", `{ routerID: "core" }`)
	tab.Wait("events are shown", `((text) => text.includes('data: {"router_id":"core"') && text.includes("curl -N"))(document.querySelector(".live-responses-table")?.textContent ?? "")`)
	assert.False(t, chromium.Eval[bool](tab, `document.querySelector(".opblock .loading-container") !== null`))
	assert.Contains(t, chromium.Eval[string](tab, `document.querySelector(".curl").textContent`), "/sse/core")
}
