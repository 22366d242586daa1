package browser_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// dashboard is the page at / of a server with two routers.
type dashboard struct {
	*chromium.Tab
	t     *testing.T
	p     *program
	core  *sim.Device // "pppoe-core"
	lobby *sim.Device // "hotspot-lobby"
	users [2]int      // of the two at the start
}

// newDashboard opens the page, not signed in.
func newDashboard(t *testing.T) *dashboard {
	t.Helper()
	return newDashboardOf(t, nil)
}

// newDashboardOf is newDashboard with further settings of the server.
func newDashboardOf(t *testing.T, env map[string]string) *dashboard {
	t.Helper()
	return newDashboardWith(t, env, 60, 24)
}

// newSmallDashboard is newDashboard with lists that are in sight as a whole, for tests that
// look at everything in the page.
func newSmallDashboard(t *testing.T) *dashboard {
	t.Helper()
	return newDashboardWith(t, nil, 8, 5)
}

func newDashboardWith(t *testing.T, env map[string]string, ppp, hotspot int) *dashboard {
	t.Helper()
	d := &dashboard{t: t, p: start(t, "", env), users: [2]int{ppp, hotspot}}
	var core, lobby string
	d.core, core = device(t, sim.Options{PPPUsers: ppp, Identity: "core"})
	d.lobby, lobby = device(t, sim.Options{HotspotUsers: hotspot, Seed: 3, Identity: "lobby"})
	d.p.connect("pppoe-core", core)
	d.p.connect("hotspot-lobby", lobby)
	d.Tab = chromium.Open(t)
	d.Navigate(d.p.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	return d
}

// signedIn opens the page and signs in.
func signedIn(t *testing.T) *dashboard {
	t.Helper()
	d := newDashboard(t)
	d.signIn(apiKey)
	d.live()
	return d
}

// fill sets the value of the control that the selector finds.
func (d *dashboard) fill(selector, text string) {
	d.t.Helper()
	d.do(fmt.Sprintf(`{ const control = document.querySelector(%q); control.focus(); control.value = %q;
		control.dispatchEvent(new Event("input", { bubbles: true })); control.dispatchEvent(new Event("change", { bubbles: true })) }`, selector, text))
}

// during reports to a subtest until it ends.
func (d *dashboard) during(sub *testing.T) {
	before := d.t
	d.t, d.p.t = sub, sub
	sub.Cleanup(func() { d.t, d.p.t = before, before })
	d.Tab.During(sub)
}

func (d *dashboard) click(selector string) {
	d.t.Helper()
	d.do(fmt.Sprintf("document.querySelector(%q).click()", selector))
}

func (d *dashboard) do(statement string) {
	d.t.Helper()
	chromium.Eval[bool](d.Tab, "(() => { "+statement+"; return true })()")
}

func (d *dashboard) signIn(key string) {
	d.t.Helper()
	d.fill("#key", key)
	d.click("form.signin button")
}

// live waits until both routers are shown with their figures.
func (d *dashboard) live() {
	d.t.Helper()
	d.Wait("both routers are live", fmt.Sprintf(`document.querySelectorAll(".card[data-state=up]").length === 2 &&
		[...document.querySelectorAll(".card [data-figure=online] .value")].map((v) => v.textContent).sort((a, b) => b - a).join() === "%d,%d"`, d.users[0], d.users[1]))
}

func (d *dashboard) visit(id string) {
	d.t.Helper()
	d.do(fmt.Sprintf(`location.hash = "#/router/" + %q`, id))
	d.Wait("the router is shown", fmt.Sprintf(`document.querySelector("h1").textContent === %q`, id))
	d.click("#panel-users [data-key=name] button") // users by name: who is where does not change
}

// hears waits until what happens on the router that is shown reaches the page: rates of
// interfaces come on the same stream, and later than its log is followed.
func (d *dashboard) hears() {
	d.t.Helper()
	d.Wait("the page hears the router", `/\d\s[kMG]?bps/.test(document.querySelector(".strip [data-figure=traffic] .value").textContent)`)
}

// row is the JavaScript expression of the line with this text in the table of PPP users.
func row(text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("#panel-users .body .line")].find((l) => l.textContent.includes(%q))`, text)
}

func TestDashboardSignIn(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	d.Allow("401 (Unauthorized)") // the browser logs it
	d.signIn("not-the-key-0123456789")
	d.Wait("what to do is said", `document.querySelector("#signin-error").textContent.includes("Copy the whole key again")`)
	assert.Equal(t, "unauthorized", chromium.Eval[string](d.Tab, `document.querySelector(".failure").dataset.code`))
	d.signIn(apiKey)
	d.live()
	d.Wait("the sum of all users", `document.querySelector(".titled .muted").textContent === "84 users online"`)
	d.Wait("who they are is asked for", `document.querySelector("[data-id=pppoe-core]").textContent.includes("core · CCR2004-16G-2S+") &&
		document.querySelector("[data-id=pppoe-core]").textContent.includes("CCR2004-16G-2S+ · RouterOS 7.20.4")`)
	d.Wait("the figures have lines", `[...document.querySelectorAll("[data-id=pppoe-core] :is([data-figure=cpu], [data-figure=online]) .spark .line")].filter((line) => line.getTotalLength() > 0).length === 2`)

	held := `JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie, location.href])`
	assert.NotContains(t, chromium.Eval[string](d.Tab, held), apiKey, "the key is in memory alone")
	asked := chromium.Eval[[]string](d.Tab, `performance.getEntriesByType("resource").map((e) => e.name)`)
	assert.NotContains(t, strings.Join(asked, "\n"), apiKey, "the key is in no URL")

	d.Navigate(d.p.base)
	d.Wait("the key is forgotten", `document.activeElement.id === "key"`)
	for _, place := range []string{"tab", "device"} {
		d.fill("#keep", place)
		d.signIn(apiKey)
		d.live()
		d.Navigate(d.p.base)
		d.live()
		if place == "tab" {
			d.click("#signout")
			d.Wait("nobody is signed in", `document.activeElement.id === "key"`)
		}
	}
	d.click("#signout")
	d.Wait("nobody is signed in", `document.activeElement.id === "key" && !JSON.stringify([{ ...sessionStorage }, { ...localStorage }]).includes("test-key")`)
	assert.Zero(t, chromium.Eval[int](d.Tab, `document.querySelectorAll(".card").length`))
}

// The link of the demo signs in, and its key is removed from the URL at once. A link
// with any other key is ignored.
func TestDashboardDemoLink(t *testing.T) {
	t.Parallel()
	const key = "demo-abcdefghijkl"
	p := start(t, "", map[string]string{"MY_API_KEY": key})
	other := start(t, "", nil) // before the tab, which is closed first and may still be loading
	tab := chromium.Open(t)
	tab.Navigate(p.base + "/#key=" + key)
	tab.Wait("the fleet is shown", `document.querySelector(".empty h2").textContent === "No routers yet"`)
	assert.Equal(t, p.base+"/", chromium.Eval[string](tab, "location.href"))

	tab.Navigate(other.base + "/#key=" + apiKey)
	tab.Wait("a key is asked for, and why is said", `document.querySelector("#key") && document.querySelector(".failure")?.dataset.code === "key_in_link"`)
	assert.Equal(t, other.base+"/", chromium.Eval[string](tab, "location.href"), "it does not stay in the address bar")
}

func TestDashboardMarksUsers(t *testing.T) {
	t.Parallel()
	d := signedIn(t)
	d.visit("pppoe-core")
	d.Wait("the users are listed", `document.querySelector(".rowcount").textContent === "60 rows" && /^\d+\s(d|h|min|s)\b/.test(`+row("user-0000")+`.children[6].textContent)`)
	d.click(".strip [data-figure=traffic]")
	d.Wait("there is a graph", `document.querySelector(".graph").width > 50 && /\d\s[kM]bps/.test(document.querySelector(".strip [data-figure=traffic]").textContent)`)
	d.core.AddPPP("aaa-pelanggan-baru")
	d.Wait("who connected is marked", row("aaa-pelanggan-baru")+`.dataset.mark === "added" && `+row("aaa-pelanggan-baru")+`.querySelector(".mark").textContent === "connected"`)
	d.Wait("the count follows", `document.querySelector("#tab-users .count").textContent === "61"`)
	d.core.RemovePPP("aaa-pelanggan-baru")
	d.Wait("who disconnected is marked", row("aaa-pelanggan-baru")+`.dataset.mark === "removed"`)
	d.Wait("and then gone", "!"+row("aaa-pelanggan-baru"))
	d.click("#tab-sessions")
	d.Wait("both are told", `[...document.querySelectorAll("#panel-sessions strong")].map((s) => s.textContent).join() ===
		"aaa-pelanggan-baru disconnected,aaa-pelanggan-baru connected"`)
	d.click("#tab-log")
	d.Wait("the log has it, too", `document.querySelector("#panel-log").textContent.includes("aaa-pelanggan-baru logged in")`)
}

func TestDashboardTableOfThousands(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	_, addr := device(t, sim.Options{PPPUsers: 5000})
	p.connect("big", addr)
	d := &dashboard{t: t, p: p, Tab: chromium.Open(t)}
	d.Navigate(p.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(apiKey)
	d.Wait("the router is live", `document.querySelector("[data-figure=online] .value").textContent === "5,000"`)
	d.visit("big")
	lines := `document.querySelectorAll("#panel-users .body .line").length`
	d.Wait("the table is there", `document.querySelector(".rowcount").textContent === "5,000 rows" && `+lines+" > 5")
	assert.Less(t, chromium.Eval[int](d.Tab, lines), 60, "only what is in sight is in the page")
	d.do(`document.querySelector(".scroll").scrollTop = 1e9`)
	d.Wait("the end is reached", row("user-4999"))
	assert.Less(t, chromium.Eval[int](d.Tab, lines), 60)
	d.fill("#panel-users input", "user-4321")
	d.Wait("one is found", lines+" === 1 && "+row("user-4321"))
	d.fill("#panel-users input", "")
	d.click("[data-key=address] button")
	d.click("[data-key=address] button")
	d.Wait("the largest address is first", row("10.0.19.137")+`?.getAttribute("aria-rowindex") === "2"`)
	d.click("#tab-interfaces")
	d.Wait("interfaces of sessions stay out", `document.querySelector("#tab-interfaces .count").textContent === "19"`)
}

func TestDashboardTerminal(t *testing.T) {
	t.Parallel()
	d := signedIn(t)
	d.visit("pppoe-core")
	d.click("#tab-terminal")
	status := `document.querySelector(".terminal [role=status]").textContent`
	run := func(command string) {
		d.fill("#command", command)
		d.click(".prompt button")
	}
	run("/interface print where type=ether")
	d.Wait("the answer is a table", status+` === "done, 18 rows" && document.querySelector(".answer").textContent.includes("ether1")`)
	assert.Contains(t, chromium.Eval[string](d.Tab, `document.querySelector(".terminal .row .code").textContent`), "/interface/print  ?type=ether")
	run("/ppp active print count-only")
	d.Wait("the count is the answer", status+` === "done, the result is 60"`)
	run("/nothing/here")
	d.Wait("the message of the router is quoted, below what to do", `document.querySelector(".terminal [role=alert] q[lang=en]").textContent.startsWith("no such command") &&
		/refused this command.*user lacks a policy.*Unknown command.*Message of the router/.test(document.querySelector(".terminal [role=alert]").textContent)`)
	assert.Equal(t, "did not complete", chromium.Eval[string](d.Tab, status))

	cancels := d.core.Stats().Cancels
	run("/ping address=192.168.88.2")
	d.Wait("rows come one by one", `document.querySelector(".answer").textContent.includes("2 rows") && document.querySelector(".prompt button").textContent === "Stop"`)
	d.click(".prompt button")
	d.Wait("it stops", status+`.startsWith("stopped after") && document.querySelector(".prompt button").textContent === "Run"`)
	require.Eventually(t, func() bool { return d.core.Stats().Cancels > cancels }, time.Minute, 20*time.Millisecond, "it stops at the router, too")
}

func TestDashboardLosesTheServer(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	way := newProxy(t, d.p.base)
	d.Allow("net::ERR_") // connections are cut
	d.Navigate(way.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(apiKey)
	d.live()
	d.visit("pppoe-core")
	d.Wait("the users are listed", row("user-0000"))
	way.lead("")
	way.cut()
	d.Wait("the loss is shown, with the time of the last data", `/^Connection lost. Reconnecting… Last update [\w: ]*\d\d:\d\d$/.test(document.querySelector("#banner").textContent)`)
	assert.NotEqual(t, "none", chromium.Eval[string](d.Tab, `getComputedStyle(document.querySelector(".scroll")).filter`), "old data is grey")
	d.core.AddPPP("aaa-while-away")
	way.lead(d.p.base)
	d.Wait("it is live again and says so", `document.querySelector("#toast").textContent.startsWith("Reconnected.") && document.querySelector("#banner").textContent === ""`)
	d.Wait("what was missed is there", row("aaa-while-away"))
}

// A restarted server knows neither the stream nor the routers. The page says that the
// connection was lost, reconnects by itself, and shows the routers of the new server.
func TestDashboardWhenTheServerRestarts(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	d := newDashboardOf(t, map[string]string{"PORT": port})
	d.Allow("net::ERR_") // nobody listens for a while
	d.signIn(apiKey)
	d.live()
	d.p.stop()
	d.Wait("the loss is shown", `document.querySelector("#banner").textContent.startsWith("Connection lost.")`)

	d.p = start(t, "", map[string]string{"PORT": port})
	d.Wait("it is live again, and the routers of before are gone", `document.querySelector("#banner").textContent === "" &&
		document.querySelector("#toast").textContent.startsWith("Reconnected.") && document.querySelectorAll(".card").length === 0`)
	device, addr := device(t, sim.Options{PPPUsers: 7})
	d.p.connect("pppoe-core", addr)
	d.visit("pppoe-core")
	d.Wait("its users are there", row("user-0006"))
	device.AddPPP("aaa-afterwards")
	d.Wait("and users are shown", row("aaa-afterwards"))
}

func TestDashboardConnectsAndDisconnects(t *testing.T) {
	t.Parallel()
	d := signedIn(t)
	d.Allow("404 (Not Found)") // its model may be asked for at the moment it goes
	d.Allow("422 (Unprocessable Entity)")
	_, addr := device(t, sim.Options{PPPUsers: 1, Seed: 9})
	d.click(".titled .primary")
	for selector, text := range map[string]string{"#c-id": "cabang-baru", "#c-host": addr, "#c-user": user, "#c-pass": "wrong"} {
		d.fill(selector, text)
	}
	d.click("dialog [type=submit]")
	d.Wait("what to do is said", `document.querySelector("dialog [role=alert]").textContent.includes("Check username, password")`)
	d.fill("#c-pass", password)
	d.click("dialog [type=submit]")
	d.Wait("its card is there", `!document.querySelector("dialog") && document.querySelector("[data-id=cabang-baru][data-state=up]")`)
	d.visit("cabang-baru")
	d.click(".routerhead .moreacts")
	d.click(".menulist .danger")
	d.click("dialog [type=submit]")
	d.Wait("its card is gone", `location.hash === "#/" && document.querySelectorAll(".card").length === 2`)
}

// A router that cannot be reached may be added all the same; one that refuses the login
// may not.
func TestDashboardAddsARouterThatIsDown(t *testing.T) {
	t.Parallel()
	d := signedIn(t)
	d.Allow("422 (Unprocessable Entity)")
	d.Allow("502 (Bad Gateway)")
	gone, addr := device(t, sim.Options{PPPUsers: 1, Seed: 9})
	const anyway = `[...document.querySelectorAll("dialog .buttons button")].find((b) => b.textContent === "Add anyway")`
	d.click(".titled .primary")
	for selector, text := range map[string]string{"#c-id": "cabang-baru", "#c-host": addr, "#c-user": user, "#c-pass": "wrong"} {
		d.fill(selector, text)
	}
	d.click("dialog [type=submit]")
	d.Wait("a wrong password is not added", `document.querySelector("dialog .failure[data-code=login_failed]") && `+anyway+`.hidden`)
	gone.Close()
	d.fill("#c-pass", password)
	d.click("dialog [type=submit]")
	d.Wait("it is offered", `document.querySelector("dialog .failure[data-code=router_unreachable]")?.textContent.includes("add it anyway") && !`+anyway+`.hidden`)
	d.do(anyway + `.click()`)
	d.Wait("its card is there", `!document.querySelector("dialog") && document.querySelector("[data-id=cabang-baru][data-state=down]")`)
}

// The card of a router that is offline shows the reason.
func TestDashboardShowsTrouble(t *testing.T) {
	t.Parallel()
	d := signedIn(t)
	d.Allow("502 (Bad Gateway)") // the request for its model may fail at that moment
	d.core.Close()
	d.Wait("the card says what is wrong", `document.querySelector("[data-id=pppoe-core][data-state=down] .last-error.current").textContent.match(/^The router cannot be reached\. \([\w: ]*\d\d:\d\d\)$/)`)
	d.click("[data-state=down].chip")
	d.Wait("it can be filtered", `[...document.querySelectorAll(".card")].map((c) => c.dataset.id).join() === "pppoe-core"`)
	d.click("[data-state=all].chip")
	d.fill("#search", "lobby")
	d.Wait("and searched", `[...document.querySelectorAll(".card")].map((c) => c.dataset.id).join() === "hotspot-lobby"`)
	d.fill("#search", "")
	d.fill("#order", "users")
	d.Wait("and sorted", `[...document.querySelectorAll(".card")].map((c) => c.dataset.id).join() === "pppoe-core,hotspot-lobby"`)
}
