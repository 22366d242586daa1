package browser_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// alarms is a server before another one, at which these alerts fire.
type alarms struct {
	mu      sync.Mutex
	firing  []map[string]any // guarded by mu
	silence []string         // bodies, guarded by mu
}

func alarm(id, router, source, severity string, more map[string]any) map[string]any {
	at := time.Now().Add(-10 * time.Minute).UTC()
	a := map[string]any{
		"id": id + "-firing", "alert": id, "status": "firing", "rule": source, "source": source, "when": source, "severity": severity,
		"router_id": router, "since": at, "started": at, "at": at,
	}
	maps.Copy(a, more)
	return a
}

func (a *alarms) set(firing ...map[string]any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.firing = firing
}

func (a *alarms) before(t *testing.T, p *program) *program {
	t.Helper()
	answer := func(w http.ResponseWriter, data any) {
		w.Header().Set("Content-Type", "application/json")
		assert.NoError(t, json.NewEncoder(w).Encode(map[string]any{"success": true, "data": data}))
	}
	firing := func(w http.ResponseWriter, _ *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		answer(w, append([]map[string]any{}, a.firing...))
	}
	history := func(w http.ResponseWriter, _ *http.Request) {
		over := alarm("x9", "pppoe-core", "cpu", "warning", map[string]any{"status": "resolved", "value": 51})
		answer(w, []any{over, alarm("x9", "pppoe-core", "cpu", "warning", map[string]any{"value": 96.2})})
	}
	silence := func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		var body struct{ For string }
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&body))
		a.silence = append(a.silence, r.PathValue("id")+" "+body.For)
		d, err := time.ParseDuration(body.For)
		assert.NoError(t, err)
		for i := range a.firing {
			if a.firing[i]["alert"] == r.PathValue("id") {
				a.firing[i]["silenced_until"] = time.Now().Add(d).UTC()
				answer(w, a.firing[i])
			}
		}
	}
	return p.answering(t, map[string]http.HandlerFunc{"GET /alerts": firing, "GET /alerts/history": history, "POST /alerts/{id}/silence": silence})
}

// What fires is counted at the bell, marked at its router, told in words, and silenced in
// three taps.
func TestDashboardAlerts(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	_, core := device(t, sim.Options{PPPUsers: 60, Identity: "core-1"})
	p.connect("pppoe-core", core)
	_, lobby := device(t, sim.Options{HotspotUsers: 24, Seed: 3})
	p.connect("hotspot-lobby", lobby)
	a := &alarms{}
	a.set(alarm("c1", "pppoe-core", "interface.down", "critical", map[string]any{"subject": "ether1", "reason": "no link"}),
		alarm("c2", "pppoe-core", "cpu", "warning", map[string]any{"value": 96.2}), alarm("c3", "", "server.wrong_keys", "warning", map[string]any{"value": 40}))
	d := newPhone(t, a.before(t, p))
	d.Wait("they are counted", `document.querySelector("#bell .count").textContent === "3" && document.querySelector("#bell").dataset.severity === "critical"`)
	d.Wait("they are marked at the router, which comes first", `document.querySelector("[data-id=pppoe-core] .alertmark[data-severity=critical]:not([hidden])")?.textContent === "2" &&
		document.querySelector("[data-id=hotspot-lobby] .alertmark").hidden`)
	top := chromium.Eval[bool](d.Tab, `document.querySelector("[data-id=pppoe-core]").getBoundingClientRect().top < document.querySelector("[data-id=hotspot-lobby]").getBoundingClientRect().top`)
	assert.True(t, top, "trouble first")
	d.task()
	d.tap(`document.querySelector("#bell")`)
	d.Wait("they are told", `[...document.querySelectorAll("#alerts-firing .words p:first-child")].map((p) => p.textContent.replaceAll("\u00a0", " ")).join("|") ===
		"pppoe-core interface ether1 is down|pppoe-core CPU load 96%|Mikronec requests with a wrong API key: 40"`)
	d.Wait("and what was told before", `[...document.querySelectorAll("#alerts-told .words p:first-child")].map((p) => p.textContent).join("|") === "pppoe-core Over: CPU load 51%|pppoe-core CPU load 96%"`)
	d.tap(`document.querySelector("[data-alert=c1] .silence")`)
	d.tap(`[...document.querySelectorAll(".menulist button")].find((b) => b.textContent.replaceAll("\u00a0", " ") === "For 8 h")`)
	d.Wait("it is silent", `document.querySelector("[data-alert=c1]").dataset.severity === "silenced" && document.querySelector("#bell").dataset.severity === "warning"`)
	d.took(3)
	d.tap(`document.querySelector("[data-alert=c1] .silence")`)
	d.Wait("it is not", `document.querySelector("[data-alert=c1]").dataset.severity === "critical"`)
	a.mu.Lock()
	assert.Equal(t, []string{"c1 8h", "c1 0s"}, slices.Clone(a.silence))
	a.mu.Unlock()
	d.tap(`document.querySelector("[data-alert=c2] a")`)
	d.Wait("its router says so, too", `document.querySelector("h1").textContent === "pppoe-core" && !document.querySelector("dialog") && document.querySelector(".alertline").textContent.includes("interface ether1 is down · and 1 more alert")`)
}

// Each receiver has a button that sends a test, for keys that may.
func TestDashboardTestsReceivers(t *testing.T) {
	t.Parallel()
	var got, refuse sync.Map
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, broken := refuse.Load("all"); broken {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		got.Store(r.Header.Get("Webhook-Id"), true)
	}))
	t.Cleanup(hook.Close)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret"), []byte("whsec_"+strings.Repeat("A", 32)), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "alerts.yml"), fmt.Appendf(nil, "alerts: default\nreceivers:\n  noc: {webhook: {url: %q, secret_file: secret}}\n", hook.URL), 0o600))
	p := start(t, "", map[string]string{"ALERTS_FILE": filepath.Join(dir, "alerts.yml"), "API_KEYS": "name=desk role=operator routers=* hash=" + access.HashOf("desk-key-0123456789").String()})
	_, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("r", addr)
	d := newPhone(t, p)
	d.Allow("502 (Bad Gateway)")
	d.tap(`document.querySelector("#bell")`)
	d.Wait("nothing fires", `document.querySelector("#alerts-firing").textContent === "No alert fires." && document.querySelector("#bell .count").textContent === ""`)
	d.tap(`document.querySelector("[data-name=noc] .test")`)
	d.Wait("it is delivered", `document.querySelector("[data-name=noc] .ok")`)
	const asked = `performance.getEntriesByType("resource").filter((e) => e.name.endsWith("/alerts/receivers")).length`
	before := chromium.Eval[int](d.Tab, asked)
	d.do(`import("/assets/main.js").then(({ alerts }) => alerts.ask())`)
	d.Wait("the receivers are read again", fmt.Sprintf("%s > %d", asked, before))
	d.do(`new Promise((done) => setTimeout(done, 200))`) // until they are drawn
	assert.True(t, chromium.Eval[bool](d.Tab, `document.querySelector("[data-name=noc] .ok") !== null`), "what the test found stays")
	n := 0
	got.Range(func(any, any) bool { n++; return true })
	assert.Equal(t, 1, n)
	refuse.Store("all", true)
	d.tap(`document.querySelector("[data-name=noc] .test")`)
	d.Wait("it is not", `document.querySelector("[data-name=noc] .failure[data-code=receiver_failed]")`)

	d.Navigate(p.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn("desk-key-0123456789")
	d.Wait("routers are shown", `document.querySelector(".card")`)
	d.tap(`document.querySelector("#bell")`)
	d.Wait("an operator sees the receiver", `document.querySelector("[data-name=noc]")`)
	assert.True(t, chromium.Eval[bool](d.Tab, `document.querySelector("[data-name=noc] .test") === null`), "and does not test it")
}
