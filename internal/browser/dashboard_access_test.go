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
	{"users", `document.querySelector("dialog")?.close(); location.hash = "#/router/pppoe-core"`, `/\d\s[kMG]?bps/.test(document.querySelector("#panel-users .body .line")?.textContent)`},
	{"user", `document.querySelector("#panel-users .body .line").click()`, `document.querySelector("dialog .facts")`},
	{"graph", `document.querySelector("dialog").close(); document.querySelector(".strip [data-figure=cpu]").click()`, `document.querySelector("#graph .graph")?.checkVisibility()`},
	{"router", `document.querySelector(".strip [data-figure=cpu]").click(); location.hash = "#/router/pppoe-core/users?q=passer"`, `document.querySelector("#panel-users .mark:not(:empty)")`},
	{"interfaces", `document.querySelector("#tab-interfaces").click()`, `/\d\s[kMG]?bps/.test(document.querySelector("#panel-interfaces").textContent)`},
	{"interface", `document.querySelector("#panel-interfaces .body .line").click()`, `document.querySelector("dialog .graph")`},
	{"dhcp", `document.querySelector("dialog").close(); document.querySelector("#tab-dhcp").click()`, `document.querySelector("#panel-dhcp .body .line, #panel-dhcp .nothing:not([hidden])")`},
	{"wireless", `document.querySelector("#tab-wireless").click()`, `document.querySelector("#panel-wireless .body .line, #panel-wireless .nothing:not([hidden])")`},
	{"sessions", `document.querySelector("#tab-sessions").click()`, `document.querySelector("#panel-sessions li time")`},
	{"log", `document.querySelector("#tab-log").click()`, `document.querySelector("#panel-log li time")`},
	{"terminal", `document.querySelector("#tab-terminal").click()`, `document.querySelector("#command")`},
	{"answer", `document.querySelector("#command").value = "/interface print where name=ether1"; document.querySelector(".prompt button").click()`,
		`document.querySelector(".answer .line")`},
	{"failure", `document.querySelector("#command").value = "/lcd print"; document.querySelector(".prompt button").click()`,
		`document.querySelector(".terminal .failure")`},
	{"acts", `document.querySelector(".moreacts").click()`, `document.querySelector(".menulist .reboot")`},
	{"reboot", `document.querySelector(".menulist .reboot").click()`, `document.querySelector("dialog form")`},
	{"edit", `document.querySelector("dialog").close(); document.querySelector(".routerhead .edit").click()`, `document.querySelector("dialog form")`},
	{"doctor", `document.querySelector("dialog").close(); document.querySelector(".moreacts").click(); document.querySelector(".menulist [data-icon=doctor]").closest("button").click()`,
		`document.querySelector("dialog:not(.menulist) .findings li")`},
	{"fleet again", `document.querySelector("dialog").close(); location.hash = "#/"`, `document.querySelector("#search")`},
	{"found", `const search = document.querySelector("#search"); search.value = "user-0"; search.dispatchEvent(new Event("input"))`,
		`document.querySelector(".people a")`},
}

// busy connects and disconnects a user until the test ends, for lines in Sessions and Log. These
// stay in the page, and whoever looks at all of it takes longer with each of them: there is one
// every three seconds, so that one of those who come is always marked, for ten.
func busy(t *testing.T, d *sim.Device) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	t.Cleanup(func() { cancel(); wg.Wait() })
	wg.Go(func() {
		for every := time.NewTicker(3 * time.Second); ; {
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

// What stands above every view has no faults either: that the server changes nothing, and
// that what is shown is old.
func TestDashboardIsAccessible(t *testing.T) {
	t.Parallel()
	d := newDashboardOf(t, map[string]string{"READ_ONLY": "on"})
	way := newProxy(t, d.p.base)
	d.Navigate(way.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.do(axe(t))
	d.signIn(apiKey)
	d.live()
	d.do(`location.hash = "#/router/pppoe-core"`)
	d.Wait("the router is shown", `document.querySelector("#panel-users .body .line")`)
	d.axeFindsNothing("a router that nobody may change")
	d.Allow("net::ERR_") // connections are cut
	way.lead("")
	way.cut()
	d.Wait("the loss is shown", `document.querySelector("#banner .banner")`)
	d.axeFindsNothing("what is old")
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
				d := newSmallDashboard(t)
				d.Do("take the shape", shape.as)
				d.fill("#language", language)
				d.Allow("422 (Unprocessable Entity)") // one command is wrong
				fits := func(view string) {
					t.Helper()
					d.Wait(view+" fits", `document.documentElement.scrollWidth <= innerWidth && document.querySelectorAll("dialog").length < 2`) // one that was closed goes a moment later
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
