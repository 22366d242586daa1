package browser_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/sim"
)

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
