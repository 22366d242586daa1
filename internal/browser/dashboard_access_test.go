package browser_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// views are the views of the page in order: how to open each, and when it is shown.
var views = []struct{ name, open, shown string }{
	{"fleet", `location.hash = "#/"`, `document.querySelector(".cards .figure")`},
	{"alerts", `document.querySelector("#bell").click()`, `document.querySelector("#alerts-told li")`},
	{"connect", `document.querySelector("dialog")?.close(); ` + `document.querySelector(".titled .primary").click()`, `document.querySelector("dialog #c-host")`},
	{"share", `document.querySelector("dialog")?.close(); document.querySelector("#share").click()`, `document.querySelector("dialog #s-role")`},
	{"link", `document.querySelector(".share .primary").click()`, `document.querySelector(".sharelink .qr") && document.querySelector(".given li")`},
	{"router", `document.querySelector("dialog")?.close(); location.hash = "#/router/pppoe-core/users?q=passer"`, `document.querySelector("#panel-users .mark:not(:empty)")`},
	{"interfaces", `document.querySelector("#tab-interfaces").click()`, `/\d\s[kMG]?bps/.test(document.querySelector("#panel-interfaces").textContent)`},
	{"sessions", `document.querySelector("#tab-sessions").click()`, `document.querySelector("#panel-sessions li time")`},
	{"log", `document.querySelector("#tab-log").click()`, `document.querySelector("#panel-log li time")`},
	{"terminal", `document.querySelector("#tab-terminal").click()`, `document.querySelector("#command")`},
	{"answer", `document.querySelector("#command").value = "/interface print"; document.querySelector(".prompt button").click()`,
		`document.querySelector(".answer .line")`},
	{"failure", `document.querySelector("#command").value = "/lcd print"; document.querySelector(".prompt button").click()`,
		`document.querySelector(".terminal .failure")`},
}

// busy connects and disconnects a user until the test ends, for lines in Sessions and Log.
func busy(t *testing.T, d *sim.Device) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	t.Cleanup(func() { cancel(); wg.Wait() })
	wg.Go(func() {
		for every := time.NewTicker(300 * time.Millisecond); ; {
			d.AddPPP("a-passer-by-with-a-long-name")
			select {
			case <-ctx.Done():
				every.Stop()
				return
			case <-every.C:
			}
			d.RemovePPP("a-passer-by-with-a-long-name")
		}
	})
}

// findings returns faults of accessibility: controls without a name, duplicate ids,
// and text with too little contrast.
func findings(t *testing.T, tab *chromium.Tab) []string {
	t.Helper()
	check, err := os.ReadFile("testdata/access.js")
	require.NoError(t, err)
	return chromium.Eval[[]string](tab, string(check))
}

func TestDashboardIsAccessible(t *testing.T) {
	t.Parallel()
	d := newDashboardOf(t, map[string]string{"READ_ONLY": "on"}) // shown above every view
	d.Allow("422 (Unprocessable Entity)")                        // one command is wrong
	way := newProxy(t, d.p.base)
	d.Navigate(way.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	for _, theme := range []string{"the system's theme", "the other"} {
		assert.Empty(t, findings(t, d.Tab), "sign-in, %s", theme)
		d.click("#theme")
	}
	d.signIn(apiKey)
	d.live()
	busy(t, d.core)
	for _, view := range views {
		d.do(view.open)
		d.Wait(view.name+" is shown", view.shown)
		for _, theme := range []string{"the system's theme", "the other"} {
			assert.Empty(t, findings(t, d.Tab), "%s, %s", view.name, theme)
			d.click("#theme")
		}
	}
	d.Allow("net::ERR_") // connections are cut
	d.do(`document.querySelector("#tab-users").click()`)
	way.lead("")
	way.cut()
	d.Wait("the loss is shown", `document.querySelector("#banner .banner")`)
	for _, theme := range []string{"the system's theme", "the other"} {
		assert.Empty(t, findings(t, d.Tab), "what is old, %s", theme)
		d.click("#theme")
	}
}

// The check reports each kind of fault.
func TestTheCheckOfAccessibility(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	d.do(`document.querySelector("main").append(
		Object.assign(document.createElement("input"), { id: "key" }),
		document.createElement("button"),
		Object.assign(document.createElement("p"), { id: "faint", textContent: "faint" }),
		Object.assign(document.createElement("p"), { id: "thin", textContent: "thin" }));
		Object.assign(document.querySelector("#faint").style, { color: "#999", backgroundColor: "#fff" });
		Object.assign(document.querySelector("#thin").style, { color: "#000", backgroundColor: "#fff", opacity: 0.4 })`)
	got := findings(t, d.Tab)
	require.Len(t, got, 5, "%q", got)
	for i, want := range []string{"id twice: key", "no name: INPUT", "no name: BUTTON", "contrast 2.8", "contrast 2."} {
		assert.Contains(t, got[i], want)
	}
}

// Every view fits on a phone and on a desk, in both languages.
func TestDashboardFits(t *testing.T) {
	t.Parallel()
	check, err := os.ReadFile("testdata/text.js")
	require.NoError(t, err)
	for _, shape := range []struct {
		name string
		as   chromedp.Action[chromedp.Void]
	}{
		{"phone", chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile)},
		{"desk", chromedp.EmulateViewport(1280, 860)},
	} {
		for _, language := range []string{"en", "id"} {
			t.Run(shape.name+" "+language, func(t *testing.T) {
				d := newDashboard(t)
				d.Do("take the shape", shape.as)
				d.fill("#language", language)
				d.Allow("422 (Unprocessable Entity)") // one command is wrong
				fits := func(view string) {
					t.Helper()
					d.Wait(view+" fits", `document.documentElement.scrollWidth <= innerWidth`)
					assert.Empty(t, chromium.Eval[[]string](d.Tab, string(check)), view)
					small := chromium.Eval[[]string](d.Tab, `[...document.querySelectorAll("button, select, input:not([type=checkbox])")].filter((c) => c.checkVisibility())
						.filter((c) => { const b = c.getBoundingClientRect(); return b.width < 24 || b.height < 24 }).map((c) => c.outerHTML)`)
					assert.Empty(t, small, "%s: too small for a finger", view)
				}
				fits("the form to sign in")
				d.signIn(apiKey)
				d.Wait("both routers are live", `document.querySelectorAll(".card[data-state=up] .figure").length === 6`)
				busy(t, d.core)
				for _, view := range views {
					d.do(view.open)
					d.Wait(view.name+" is shown", view.shown)
					fits(view.name)
				}
			})
		}
	}
}

func TestDashboardSwitchesLanguageAndTheme(t *testing.T) {
	t.Parallel()
	d := signedIn(t)
	d.fill("#language", "id")
	d.Wait("the page speaks Indonesian", `document.documentElement.lang === "id" && document.querySelector(".titled .primary").textContent === "Tambah router"`)
	d.live()
	assert.Contains(t, chromium.Eval[string](d.Tab, `document.querySelector(".titled").textContent`), "84 pengguna online")
	before := chromium.Eval[string](d.Tab, `document.documentElement.dataset.theme + getComputedStyle(document.body).backgroundColor`)
	d.click("#theme")
	after := chromium.Eval[string](d.Tab, `document.documentElement.dataset.theme + getComputedStyle(document.body).backgroundColor`)
	assert.NotEqual(t, before, after)
	d.Navigate(d.p.base)
	d.Wait("both are remembered", `document.querySelector("h1").textContent === "Masuk"`)
	assert.Equal(t, after, chromium.Eval[string](d.Tab, `document.documentElement.dataset.theme + getComputedStyle(document.body).backgroundColor`))
}

// The page works by keyboard: order of focus, arrow keys for tabs.
func TestDashboardByKeyboard(t *testing.T) {
	t.Parallel()
	d := signedIn(t)
	d.do(`document.querySelector("[data-id=pppoe-core] a").focus()`)
	d.Do("follow the link", chromedp.KeyEvent("\r"))
	d.Wait("the router is shown", `document.querySelector("#tab-users")?.getAttribute("aria-selected") === "true" && document.activeElement.id === "main"`)
	d.do(`document.querySelector("#tab-users").focus()`)
	d.do(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }))`)
	d.Wait("the arrow goes round", `document.activeElement.id === "tab-terminal" && !document.querySelector("#panel-terminal").hidden`)
	assert.Equal(t, 1, chromium.Eval[int](d.Tab, `[...document.querySelectorAll("[role=tab]")].filter((t) => t.tabIndex === 0).length`))
}
