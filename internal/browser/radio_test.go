package browser_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// The clients of a radio, of RouterOS 6 and 7, with the weakest at hand. A router without a
// radio is asked once.
func TestDashboardWireless(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	seven := sim.HEX()
	seven.Wireless = true
	hap, hapAddr := device(t, sim.Options{HotspotUsers: 5, Personality: sim.HAP()})
	_, hexAddr := device(t, sim.Options{PPPUsers: 3, Personality: seven})
	core, coreAddr := device(t, sim.Options{PPPUsers: 3})
	p.connect("hap", hapAddr)
	p.connect("hex", hexAddr)
	p.connect("core", coreAddr)
	d := newPhone(t, p)
	rows := `[...document.querySelectorAll("#panel-wireless .body .line")].map((l) => l.textContent.replaceAll("\u00a0", " "))`
	open := func(id string) {
		t.Helper()
		d.task()
		d.tap(card(id))
		d.Wait("it is shown", `document.querySelector("#tab-wireless")`)
		d.do(`document.querySelector("#tab-wireless").click()`)
	}
	open("hap")
	d.Wait("RouterOS 6", rows+`.length === 3 && document.querySelector("#tab-wireless .count").textContent === "3"`)
	assert.Contains(t, chromium.Eval[[]string](d.Tab, rows)[0], "-46 dBm", "the strongest first")
	d.tap(firstRow)
	d.Wait("its sheet", `document.querySelector(".sheet .facts")?.textContent.includes("02:00:5E:53:10:03") && document.querySelector(".sheet .facts").textContent.includes("192.168.88.22")`)
	open("hex")
	d.Wait("RouterOS 7", rows+`.length === 2 && `+rows+`[0].includes("-58 dBm") && `+rows+`[0].includes("865 Mbps")`)
	open("core")
	d.Wait("no radio", `document.querySelector("#panel-wireless .nothing:not([hidden])")?.textContent.includes("this router has none")`)
	// A menu that is missing is not read again. That of wifi is there, and empty.
	before := core.Stats().Commands["/system/resource/print"]
	d.Wait("time passes", `new Promise((done) => setTimeout(() => done(true), 6000))`) // more than the interval of the topics
	stats := core.Stats().Commands
	assert.Greater(t, stats["/system/resource/print"], before)
	for _, menu := range []string{"/interface/wireless", "/caps-man"} {
		assert.LessOrEqual(t, stats[menu+"/registration-table/print"], 1, "%s: one probe", menu)
	}
	assert.Equal(t, 1, hap.Stats().Commands["/interface/wifi/registration-table/print"], "one probe of what RouterOS 6 does not have")
}

// A concentrator has an interface for each session. They stay at the router until they are
// asked for.
func TestDashboardInterfacesOfSessions(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	core, addr := device(t, sim.Options{PPPUsers: 300})
	p.connect("core", addr)
	d := newPhone(t, p)
	d.tap(card("core"))
	d.tap(named("Interfaces"))
	count := `document.querySelector("#tab-interfaces .count").textContent`
	d.Wait("those of the router", count+` === "19" && /\d\s[kMG]?bps/.test(document.querySelector("#panel-interfaces .body").textContent)`)
	d.Wait("no table of all was asked for", `import("/assets/main.js").then(({ store }) => !store.has("core", "interfaces"))`)
	assert.Zero(t, core.Stats().Commands["/interface/listen"], "nor followed at the router")
	d.tap(`document.querySelector("#panel-interfaces .more input").parentNode`)
	d.Wait("all of them", `document.querySelector("#panel-interfaces .body") && import("/assets/main.js").then(({ store }) => store.table("core", "interfaces").size === 319)`)
	d.do(`document.querySelector("#panel-interfaces input[type=search]").value = "user-0124"; document.querySelector("#panel-interfaces input[type=search]").dispatchEvent(new Event("input"))`)
	d.Wait("one is found", firstRow+`?.textContent.includes("user-0124") && !document.querySelector("#panel-interfaces .mark:not(:empty)")`)
	d.tap(`document.querySelector("#panel-interfaces .more input").parentNode`)
	d.Wait("and without them", `import("/assets/main.js").then(({ store }) => !store.has("core", "interfaces"))`)
}

// The list of routers shows the traffic of each, and sorts by it.
func TestDashboardFleetShowsTraffic(t *testing.T) {
	t.Parallel()
	d := signedIn(t)
	d.Wait("each has a rate", `[...document.querySelectorAll(".card [data-figure=traffic] .value")].filter((v) => v.checkVisibility() && /\d\s[kMG]?bps/.test(v.textContent)).length === 2`)
	d.fill("#order", "traffic")
	d.Wait("the busiest first", `import("/assets/main.js").then(({ store }) => {
		const ids = [...document.querySelectorAll(".card")].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top || a.getBoundingClientRect().left - b.getBoundingClientRect().left).map((c) => c.dataset.id);
		return ids.length === 2 && store.routers.get(ids[0]).traffic.last() >= store.routers.get(ids[1]).traffic.last();
	})`)
}
