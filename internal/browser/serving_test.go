package browser_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// A search in a fleet names the instances that did not answer. What is found stays where it
// is, with the focus, when it is found again.
func TestDashboardNamesSilentInstances(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	_, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("r", addr)
	var asked atomic.Int64
	d := newPhone(t, p.answering(t, map[string]http.HandlerFunc{"GET /search": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		found := map[string]any{"kind": "ppp", "router_id": "r", ".id": "*1", "name": "budi", "address": "10.0.0.2", "stale": false}
		list := []any{found}
		if asked.Add(1) > 1 {
			list = []any{map[string]any{"kind": "ppp", "router_id": "q", ".id": "*1", "name": "budi-2", "stale": false}, found}
		}
		assert.NoError(t, json.NewEncoder(w).Encode(map[string]any{"success": true, "q": "budi", "results": list, "more": false, "not_read": []string{"s"}, "silent": []string{"mikronec-1", "mikronec-2"}}))
	}}))
	d.do(`const box = document.querySelector("input[type=search]"); box.value = "budi"; box.dispatchEvent(new Event("input", { bubbles: true }))`)
	d.Wait("who did not answer is named", `document.querySelector(".found [role=status]").textContent.includes("mikronec-1, mikronec-2")`)
	d.do(`document.querySelector(".found button").click()`) // which has the search asked again
	d.do(`[...document.querySelectorAll(".people a")].find((a) => a.querySelector(".title").textContent === "budi").focus()`)
	d.Wait("another one is found", `document.querySelectorAll(".people a").length === 2`)
	assert.Equal(t, "budi", chromium.Eval[string](d.Tab, `document.activeElement.querySelector(".title")?.textContent ?? document.activeElement.outerHTML`))
}

// In a fleet the page says which instance serves it, and which one has the session of a
// router. A single server has no name, and is not asked for it.
func TestDashboardOfAFleet(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	_, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("r", addr)
	target, err := url.Parse(p.base)
	require.NoError(t, err)
	pass := &httputil.ReverseProxy{
		FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(resp *http.Response) error { // as of a fleet
			if resp.Request.URL.Path != "/routers" {
				return nil
			}
			text, err := io.ReadAll(resp.Body)
			text = []byte(strings.ReplaceAll(string(text), `"router_id":"r"`, `"router_id":"r","instance":"mikronec-1"`))
			resp.Body = io.NopCloser(strings.NewReader(string(text)))
			resp.ContentLength = -1
			resp.Header.Del("Content-Length")
			return err
		},
	}
	mux := http.NewServeMux()
	mux.Handle("/", pass)
	mux.HandleFunc("GET /fleet", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		assert.NoError(t, json.NewEncoder(w).Encode(map[string]any{"success": true, "data": map[string]any{"instance": "mikronec-0", "connected": true}}))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	d := newPhone(t, &program{t: t, base: s.URL, key: p.key})
	d.Wait("who serves the page", `document.querySelector("#who").textContent.endsWith("served by mikronec-0")`)
	d.tap(card("r"))
	d.Wait("who has the session", `document.querySelector(".routerhead .about").textContent.includes("session at mikronec-1")`)

	alone := newPhone(t, p)
	alone.tap(card("r"))
	alone.Wait("it is shown", `document.querySelector(".routerhead .about").textContent.includes("CCR2004")`)
	alone.do(`if (document.querySelector("#who").textContent.includes("served") || document.querySelector(".about").textContent.includes("session at")) throw new Error("a name")`)
}
