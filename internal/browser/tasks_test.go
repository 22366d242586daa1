package browser_test

import (
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// What an operator does on a phone at night, in as few taps as that may take. Typing is
// not counted; every task begins at all routers.
func TestTasksOnAPhone(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	core, addr := device(t, sim.Options{PPPUsers: 60, Identity: "core-1"})
	p.connect("pppoe-core", addr)
	_, lobby := device(t, sim.Options{HotspotUsers: 24, Seed: 3, Identity: "lobby", Personality: sim.HAP()})
	p.connect("hotspot-lobby", lobby)
	d := newPhone(t, p)

	t.Run("who uses most", func(t *testing.T) {
		d.during(t)
		for id := range map[string]bool{"pppoe-core": true, "hotspot-lobby": true} {
			d.task()
			d.tap(card(id))
			d.Wait("the first has a rate, and no other has more", `(() => {
				const units = { bps: 1, kbps: 1e3, Mbps: 1e6, Gbps: 1e9 };
				const rates = [...document.querySelectorAll("#panel-users .body .line .value")].map((v) => /^↓ ([\d.,]+)\s(\w+)$/.exec(v.textContent));
				return rates.length > 5 && rates.every((r) => r) && rates.map((r) => Number(r[1]) * units[r[2]]).every((n, i, all) => i === 0 || n <= all[i - 1]);
			})()`)
			d.Wait("it is on the first screen", firstRow+`.getBoundingClientRect().bottom < innerHeight`)
			d.took(1)
		}
	})
	t.Run("disconnect a user", func(t *testing.T) {
		d.during(t)
		for id, list := range map[string]int{"pppoe-core": 60, "hotspot-lobby": 24} {
			d.task()
			d.tap(card(id))
			d.Wait("its users are there", fmt.Sprintf(`document.querySelector("#tab-users .count").textContent === "%d" && %s`, list, firstRow))
			d.tap(firstRow)
			name := chromium.Eval[string](d.Tab, `document.querySelector("#sheet-title").textContent`) // rates sort others first meanwhile
			d.tap(named("Disconnect"))
			d.Wait("it says so", fmt.Sprintf(`!document.querySelector("dialog") && document.querySelector("#toast").textContent === %q`, name+" is disconnected."))
			d.Wait("the router has one less", fmt.Sprintf(`document.querySelector("#tab-users .count").textContent === "%d"`, list-1))
			d.took(3)
		}
	})
	t.Run("find a MAC address anywhere", func(t *testing.T) {
		d.during(t)
		d.task()
		d.tap(`document.querySelector("#search")`)
		d.types("02005e100008") // as on a sticker; the router has 02:00:5E:10:00:08
		d.tap(`document.querySelector(".people a")`)
		d.Wait("who it is", `document.querySelector(".sheet .facts")?.textContent.includes("02:00:5E:10:00:08") && location.hash.startsWith("#/router/pppoe-core/users")`)
		d.took(2)
	})
	t.Run("reboot a router", func(t *testing.T) {
		d.during(t)
		d.task()
		d.tap(card("pppoe-core"))
		d.tap(named("More"))
		d.tap(named("Reboot"))
		d.types("core-1")
		d.tap(named("Reboot"))
		d.Wait("it says that the router is back", `/^pppoe-core is back after \d+\ss\.$/.test(document.querySelector("#toast").textContent)`)
		assert.Equal(t, 1, core.Stats().Commands["/system/reboot"])
		d.took(4)
	})
	t.Run("DHCP lease of a host", func(t *testing.T) {
		d.during(t)
		d.task()
		d.tap(card("hotspot-lobby"))
		d.tap(named("DHCP leases"))
		d.tap(firstRow)
		d.Wait("its address can be copied", `/10\.\d+\.\d+\.\d+|192\.168/.test(document.querySelector(".sheet .facts").textContent)`)
		d.took(3)
	})
}

// firstRow is the first row of the open tab.
const firstRow = `document.querySelector("[role=tabpanel]:not([hidden]) .body .line")`

// A router that is down says why, and is tried again at once.
func TestTaskWhyIsItDown(t *testing.T) {
	t.Parallel()
	p := start(t, "", map[string]string{"RECONNECT_MIN": "1h", "RECONNECT_MAX": "1h"})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := listener.Addr().String()
	require.NoError(t, listener.Close())
	p.post("/connect", map[string]any{"router_id": "cabang", "host": addr, "user": user, "pass": password, "wait": false}, new(any))
	d := newPhone(t, p)
	d.Allow("502 (Bad Gateway)")
	d.task()
	d.tap(card("cabang"))
	d.Wait("the reason", `/cannot be reached.*Connection refused/s.test(document.querySelector(".routerhead .failure").textContent)`)
	listener, err = net.Listen("tcp", addr)
	require.NoError(t, err)
	router := sim.New(sim.Options{User: user, Password: password, Personality: sim.HEX(), PPPUsers: 3})
	served := make(chan error, 1)
	go func() { served <- router.Serve(listener) }()
	t.Cleanup(func() { router.Close(); assert.NoError(t, <-served) })
	d.tap(named("Retry now"))
	d.Wait("it is back", `document.querySelector(".routerhead").dataset.state === "up" && document.querySelector("#tab-users .count").textContent === "3"`)
	d.took(2)
}

// A new password is typed, and nothing else.
func TestTaskChangeThePassword(t *testing.T) {
	t.Parallel()
	p := start(t, "", map[string]string{"RECONNECT_MIN": "1h", "RECONNECT_MAX": "1h"})
	_, addr := device(t, sim.Options{PPPUsers: 3})
	p.post("/connect", map[string]any{"router_id": "cabang", "host": addr, "user": user, "pass": "old-password", "wait": false, "comment": "first floor"}, new(any))
	d := newPhone(t, p)
	d.Wait("the login is refused", `document.querySelector(".card[data-state=login_failed]")`)
	d.task()
	d.tap(card("cabang"))
	d.tap(named("Change password"))
	d.types(password)
	d.tap(named("Save"))
	d.Wait("it is back", `document.querySelector(".routerhead").dataset.state === "up"`)
	d.took(3)
	var got struct{ User, Comment string }
	p.get("/routers/cabang", &got)
	assert.Equal(t, user, got.User)
	assert.Equal(t, "first floor", got.Comment, "what was not typed stays")
}
