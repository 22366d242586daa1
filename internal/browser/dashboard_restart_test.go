package browser_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// What restarts a router is asked about first, from the button and from the console, and
// then the page says when the router is back.
func TestDashboardAsksBeforeARestart(t *testing.T) {
	t.Parallel()
	// The second restart comes directly after the first: the waits between attempts would go on
	// to grow, to a minute.
	p := start(t, "", map[string]string{"RECONNECT_MAX": "2s"})
	core, addr := device(t, sim.Options{PPPUsers: 3, BootTime: 6 * time.Second, Identity: "core-1"})
	p.connect("core-1", addr)
	d := &dashboard{t: t, p: p, core: core, Tab: chromium.Open(t)}
	d.Allow("502 (Bad Gateway)")
	d.Navigate(p.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(apiKey)
	d.Wait("the router is live", `document.querySelector(".card[data-state=up]")`)
	d.visit("core-1")
	rebooted := func() bool {
		for _, e := range core.Log() {
			if strings.Contains(e.Message, "router rebooted") {
				return true
			}
		}
		return false
	}

	d.click("#tab-terminal")
	for _, line := range []string{"/system reboot", "/system/shutdown", "/system reset-configuration no-defaults=yes", "/system package update install", "/system/package/apply-changes", "/system backup load name=x"} {
		d.fill("#command", line)
		d.click(".prompt button")
		d.Wait("it is asked about: "+line, `document.querySelector("dialog #r-name") && document.querySelector("dialog").textContent.includes("core-1")`)
		d.fill("#r-name", "core-2")
		d.click("dialog [type=submit]")
		assert.True(t, chromium.Eval[bool](d.Tab, `document.querySelector("dialog #r-name") !== null && !document.querySelector("#r-name").checkValidity()`), "another name is none")
		d.click("dialog .buttons button")
		d.Wait("cancelled", `!document.querySelector("dialog")`)
	}
	assert.False(t, rebooted())

	for _, way := range []struct{ name, open string }{
		{"the console", `document.querySelector("#tab-terminal").click(); document.querySelector("#command").value = "/system reboot"; document.querySelector(".prompt button").click()`},
		{"the button", `document.querySelector(".routerhead .moreacts").click(); document.querySelector(".menulist .reboot").click()`},
	} {
		logins := core.Stats().Logins
		d.do(`document.querySelector("#toast").replaceChildren()`)
		d.do(way.open)
		d.Wait("it is asked about, from "+way.name, `document.querySelector("dialog #r-name")`)
		d.fill("#r-name", "core-1")
		d.click("dialog [type=submit]")
		d.Wait("it says that it waits", `!document.querySelector("dialog") && /Restart sent at [\w: ]*\d\d:\d\d\. Waiting/.test(document.querySelector(".routerhead").textContent)`)
		d.Wait("it says that the router is back", `/^core-1 is back after \d+\ss\.$/.test(document.querySelector("#toast").textContent) && !document.querySelector(".routerhead").textContent.includes("Waiting")`)
		require.Greater(t, core.Stats().Logins, logins)
	}
	assert.True(t, rebooted())
}
