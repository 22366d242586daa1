package browser_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

const demoKey = "demo-key-0123456789" // keys of the demo are accepted from a link

// Users open a tab for each router. A browser opens at most six connections to a
// server for all tabs, and a page has up to three streams. The seventh page is still live
// at once, because hidden pages close their streams.
func TestDashboardInManyTabs(t *testing.T) {
	t.Parallel()
	p := start(t, "", map[string]string{"MY_API_KEY": demoKey})
	d, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("r", addr)
	d.AddPPP("budi")
	live := func(tab *chromium.Tab, name string) {
		t.Helper()
		tab.Wait("the page is live", `document.body.dataset.stream === "live"`)
		tab.Wait(name+" is there", fmt.Sprintf(`document.querySelector("#main").textContent.includes(%q)`, name))
	}
	first := chromium.OpenWindow(t)
	tab := first
	for i := range 7 {
		if i > 0 {
			tab = tab.Another()
		}
		tab.Navigate(p.base + "/#key=" + demoKey)
		tab.Wait("the page is live", `document.body.dataset.stream === "live"`)
		chromium.Eval[any](tab, `location.hash = "#/router/r"`)
		live(tab, "budi")
	}
	d.AddPPP("siti")
	first.Front()
	live(first, "siti")
}

// The stream of one router resumes after a break on the tables that the page has: it
// does not end again because of a change that does not fit.
func TestDashboardGoesOnWithARouter(t *testing.T) {
	t.Parallel()
	p := start(t, "", map[string]string{"MY_API_KEY": demoKey})
	d, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("r", addr)
	between := newProxy(t, p.base)
	opened := func() (list []*http.Request) {
		for _, req := range between.requests() {
			if req.URL.Path == "/sse/r" {
				list = append(list, req)
			}
		}
		return list
	}
	tab := chromium.Open(t)
	tab.Allow("net::ERR_")
	tab.Navigate(between.base + "/#key=" + demoKey)
	tab.Wait("the page is live", `document.body.dataset.stream === "live"`)
	chromium.Eval[any](tab, `location.hash = "#/router/r"`)
	seen := func(name string) {
		t.Helper()
		d.AddPPP(name)
		tab.Wait(name+" is there", fmt.Sprintf(`document.querySelector("#main").textContent.includes(%q)`, name))
	}
	seen("budi")
	tab.Wait("each of its streams has an event", `/\d\s[kMG]?bps/.test(document.querySelector("#panel-users .body .line")?.textContent) &&
		/\d\s[kMG]?bps/.test(document.querySelector(".strip [data-figure=traffic] .value").textContent)`)
	between.cut()
	tab.Wait("the page is live again", `document.body.dataset.stream === "resumed"`)
	require.Eventually(t, func() bool { return len(opened()) == 4 }, time.Minute, 20*time.Millisecond, "those of the router come by themselves")
	for i := range 6 { // polls of the interfaces
		seen(fmt.Sprint("siti-", i))
	}
	require.Len(t, opened(), 4, "two are opened, and each once more after the break")
	for _, again := range opened()[2:] {
		assert.NotEmpty(t, again.Header.Get("Last-Event-ID"))
		assert.NotContains(t, again.URL.String(), demoKey)
	}
}

// What happens on a router comes on one stream while tabs are opened: on two, an event
// that is on its way when one is closed would be missed, and so would a reset.
func TestDashboardMissesNothingBetweenTabs(t *testing.T) {
	t.Parallel()
	p := start(t, "", map[string]string{"MY_API_KEY": demoKey})
	r, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("r", addr)
	between := newProxy(t, p.base)
	d := &dashboard{t: t, p: p, Tab: chromium.Open(t)}
	d.Navigate(between.base + "/#key=" + demoKey)
	d.Wait("the page is live", `document.body.dataset.stream === "live"`)
	d.visit("r")
	d.hears()
	var names []string
	for _, tab := range []string{"users", "interfaces", "dhcp", "sessions", "log", "terminal", "users", "log"} {
		d.click("#tab-" + tab)
		names = append(names, fmt.Sprintf("guest-%d", len(names)))
		r.AddPPP(names[len(names)-1])
	}
	d.Wait("each is told", fmt.Sprintf(`%s.every((name) => document.querySelector("#panel-log").textContent.includes(name)) &&
		document.querySelectorAll("#panel-log li").length >= %d`, asJSON(t, names), len(r.Log())))
	var lasting int
	for _, req := range between.requests() {
		if topics := strings.Split(req.URL.Query().Get("topics"), ","); slices.Contains(topics, "log") {
			lasting++
		}
	}
	assert.Equal(t, 1, lasting, "streams with the topic log")
	lines := chromium.Eval[[]string](d.Tab, `[...document.querySelectorAll("#panel-log li")].map((li) => li.textContent)`)
	assert.Contains(t, lines[len(lines)-1], "logged in from", "the oldest line is of before the page was opened")
	assert.Len(t, lines, len(r.Log()), "each line once")
	assert.Equal(t, 1, r.Stats().Commands["/log/print"], "the log is read once")
	assert.Equal(t, names, chromium.Eval[[]string](d.Tab, `[...document.querySelectorAll("#panel-sessions strong")].map((s) => s.textContent.split(" ")[0]).reverse()`), "once each")
}
