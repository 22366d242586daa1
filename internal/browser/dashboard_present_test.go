package browser_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// The bytes of hotspot users follow the router while their table is shown, and are not
// sent otherwise.
func TestDashboardFollowsHotspotBytes(t *testing.T) {
	t.Parallel()
	d := signedIn(t)
	d.visit("hotspot-lobby")
	cell := `[...document.querySelectorAll("#panel-users .body .line")].map((l) => l.lastChild.textContent).join()`
	d.Wait("the users are listed", cell+` !== ""`)
	for range 2 {
		before := chromium.Eval[string](d.Tab, cell)
		d.Wait("the figures follow", cell+fmt.Sprintf(" !== %q", before))
	}
	d.click("#tab-interfaces")
	d.click("#tab-users")
	before := chromium.Eval[string](d.Tab, cell)
	d.Wait("again, after another tab", cell+fmt.Sprintf(" !== %q", before))
}

// Name, model and version follow the router: a rename, and another router behind the
// same router_id.
func TestDashboardFollowsTheIdentity(t *testing.T) {
	t.Parallel()
	d := newDashboardOf(t, map[string]string{"POLL_INTERVAL": "10s"}) // names are asked for every 30 s, whatever it is
	d.signIn(apiKey)
	d.live()
	card := `document.querySelector("[data-id=pppoe-core]").textContent`
	d.Wait("who it is", card+`.includes("core · CCR2004") && `+card+`.includes("CCR2004-16G-2S+")`)
	d.p.post("/run", map[string]any{"router_id": "pppoe-core", "args": []string{"/system/identity/set", "=name=renamed-gw"}}, new(any))
	d.Wait("the card has the new name", card+`.includes("renamed-gw · CCR2004")`)
	d.visit("pppoe-core")
	head := `document.querySelector(".routerhead").textContent`
	d.Wait("the head has it, too", head+`.includes("renamed-gw")`)
	_, addr := device(t, sim.Options{PPPUsers: 3, Identity: "gw-new", Personality: sim.HAP()})
	d.p.connect("pppoe-core", addr)
	board := sim.HAP().Board
	d.Wait("another router", fmt.Sprintf(head+`.includes("gw-new · ") && `+head+`.includes(%q) && !`+head+`.includes("CCR2004")`, board))
	d.do(`location.hash = "#/"`)
	d.Wait("also on its card", fmt.Sprintf(card+`.includes("gw-new · ") && `+card+`.includes(%q)`, board))
}

// A router that is away has no users, and what is not known is a dash, never 0: also
// before the first figures, and on a page that is opened meanwhile.
func TestDashboardCountsOnlyWhatIsThere(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	total := `document.querySelector(".titled .muted")?.textContent`
	d.do(`window.seen = new Set(); new MutationObserver(() => {
		for (const node of document.querySelectorAll(".titled .muted, [data-figure] .value, .tabs .count")) window.seen.add(node.textContent);
	}).observe(document.body, { childList: true, subtree: true, characterData: true })`)
	d.signIn(apiKey)
	d.live()
	d.Wait("all are there", total+` === "84 users online"`)
	d.visit("pppoe-core")
	d.Wait("its users are counted", `document.querySelector("#tab-users .count").textContent === "60"`)
	for _, text := range chromium.Eval[[]string](d.Tab, `[...window.seen]`) {
		assert.NotRegexp(t, `^0 users`, text, "before the figures were there")
	}
	d.Allow("502 (Bad Gateway)")
	d.core.Close()
	for _, opened := range []string{"the page of before", "a page opened again"} {
		d.Wait("its page has no figures, "+opened, `document.querySelector("#tab-users .count")?.textContent === "–" &&
			[...document.querySelectorAll(".strip .value")].map((v) => v.textContent).join() === "–,–,–,–"`)
		d.do(`location.hash = "#/"`)
		d.Wait("only those of the other router, "+opened, total+` === "24 users online"`)
		d.Wait("its card has no figures", `[...document.querySelectorAll("[data-id=pppoe-core] .value")].map((v) => v.textContent).join() === "–,–,–"`)
		d.Navigate(d.p.base)
		d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
		d.signIn(apiKey)
		d.Wait("it is shown as away", `document.querySelector("[data-id=pppoe-core][data-state=down]")`)
		d.visit("pppoe-core")
	}
	d.lobby.Close()
	d.do(`location.hash = "#/"`)
	d.Wait("nobody is known", total+` === "– users online"`)
}

// Steps of the server's clock, in both directions, neither empty the graphs nor lengthen
// sessions.
func TestDashboardWhenTheClockOfTheServerSteps(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	// The clock of the server, as its events tell it.
	d.do(`window.step = 0; const parse = JSON.parse; JSON.parse = (text) => {
		const value = parse(text);
		if (typeof value?.ts === "number") value.ts += window.step;
		return value;
	}`)
	d.signIn(apiKey)
	d.live()
	points := `(document.querySelector("[data-id=pppoe-core] [data-figure=cpu] .line").getAttribute("d").match(/[ML]/g) ?? []).length`
	d.Wait("there is a graph", points+" >= 2")
	longest := `import("/assets/main.js").then(({ store: { table, uptime } }) => Math.max(...[...table("pppoe-core", "ppp_active").values()].map((row) => uptime(row) - row["uptime-seconds"])))`
	for _, step := range []int{-25200, 25200, -3600, 7, 86400} {
		d.do(fmt.Sprintf("window.step += %d", step))
		before := chromium.Eval[int](d.Tab, points)
		d.Wait("the graph goes on", fmt.Sprintf("%s > %d", points, before))
	}
	d.visit("pppoe-core")
	d.Wait("the users are there", longest+".then(Number.isFinite)")
	for i, step := range []int{-25200, 25200, 86400} {
		name := fmt.Sprint("after-step-", i)
		d.do(fmt.Sprintf("window.step += %d", step))
		d.core.AddPPP(name)
		d.Wait("the row comes", row(name))
		assert.Less(t, chromium.Eval[float64](d.Tab, longest), 120.0, "no session is longer by the step")
	}
	d.core.AddPPP("aaa-newcomer")
	d.Wait("who has just come has come just now", `/^\d+\ss$/.test(`+row("aaa-newcomer")+`?.children[6].textContent ?? "")`)
}

// Where events may be missing, the lists say so, also if nobody knows how many.
func TestDashboardShowsThatEventsMayBeMissing(t *testing.T) {
	t.Parallel()
	d := signedIn(t)
	d.visit("pppoe-core")
	d.hears()
	d.click("#tab-log")
	d.core.AddPPP("somebody-new") // which the router logs
	d.Wait("the log goes on", `document.querySelector("#panel-log").textContent.includes("somebody-new")`)
	_, addr := device(t, sim.Options{PPPUsers: 3, Identity: "gw-new", Personality: sim.HAP()})
	d.p.connect("pppoe-core", addr)
	// Where the log of the other router has lines already, they take the place of the old ones.
	d.Wait("there is a gap, or another log", `document.querySelector("#panel-log .lost")?.textContent === "Earlier events may be missing" ||
		document.querySelector("#panel-log li time") && !document.querySelector("#panel-log").textContent.includes("somebody-new")`)
}

// The head of a router says what watching takes of its line.
func TestDashboardShowsWhatWatchingTakes(t *testing.T) {
	t.Parallel()
	d := signedIn(t)
	d.visit("pppoe-core")
	d.Wait("the sum", `/watching takes [\d.,]+\s[kKM]i?B per minute/.test(document.querySelector(".routerhead").textContent)`)
	d.Wait("and the topics", `document.querySelector(".routerhead [title*=interfaces]") !== null`)
}
