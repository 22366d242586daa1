package browser_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// shared is the link that the sheet shows.
func (d *phone) shared() string {
	d.t.Helper()
	d.Wait("there is a code to scan", `document.querySelector(".sheet .qr path")?.getAttribute("d").length > 1000 && document.querySelector(".sheet .qr").getBoundingClientRect().width > 200`)
	return chromium.Eval[string](d.Tab, `document.querySelector(".sheet .link").textContent`)
}

// Somebody gets a link to look at a router, opens it with one tap, and loses it again.
func TestTaskShareReadOnly(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	for _, id := range []string{"cabang", "pusat"} {
		_, addr := device(t, sim.Options{PPPUsers: 3})
		p.connect(id, addr)
	}
	d := newPhone(t, p)
	d.task()
	d.tap(card("cabang"))
	d.tap(named("More"))
	d.tap(named("Share"))
	d.tap(named("Create link"))
	link := d.shared()
	d.took(4)
	require.True(t, strings.HasPrefix(link, p.base+"/#invite=mi_"), link)

	guest := &phone{dashboard: &dashboard{t: t, p: p, Tab: chromium.OpenApart(t)}}
	guest.Do("be a phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	guest.Allow("401 (Unauthorized)")
	guest.Navigate(link)
	guest.Wait("it is invited, and the token is gone from the address", `document.querySelector(".invite h1")?.textContent === "You are invited" && location.hash === ""`)
	assert.Equal(t, 1, chromium.Eval[int](d.Tab, `document.querySelectorAll(".given li").length`), "the link was not used by opening it")
	guest.tap(`document.querySelector(".invite .primary")`)
	guest.Wait("its router is live, and no other", `document.querySelectorAll(".card").length === 1 && document.querySelector(".card[data-id=cabang][data-state=up]")`)
	assert.Equal(t, 1, guest.taps)
	assert.True(t, chromium.Eval[bool](guest.Tab, `/^guest-\w{6} · viewer$/.test(document.querySelector("#who").textContent) && document.querySelector("#share").hidden`))
	guest.Navigate(p.base)
	guest.Wait("it stays signed in on this phone", `document.querySelector(".card[data-id=cabang][data-state=up]")`)
	guest.Navigate(strings.Replace(link, "/#", "/?again#", 1))
	guest.tap(`document.querySelector(".invite .primary")`)
	guest.Wait("a link works once", `document.querySelector(".invite .failure")?.dataset.code === "invitation_over"`)
	guest.tap(`document.querySelector(".invite .quiet")`)
	guest.Wait("who had a key keeps it", `document.querySelector(".card[data-id=cabang][data-state=up]")`)

	d.task()
	d.tap(`document.querySelector("#menu")`)
	d.tap(named("Share"))
	d.Wait("the key is listed", `/View only · cabang · until/.test(document.querySelector(".given li")?.textContent)`)
	d.tap(`document.querySelector(".given li button")`)
	d.Wait("it is gone", `document.querySelectorAll(".given li").length === 0 && /^guest-\w{6} was taken back\.$/.test(document.querySelector("#toast").textContent)`)
	d.took(3)
	guest.Allow("net::ERR_")
	guest.Wait("the guest is signed out at once", `document.querySelector(".failure")?.dataset.code === "key_ended" && !document.querySelector(".card")`)
	guest.Navigate(p.base)
	guest.Wait("and its key is forgotten", `document.activeElement.id === "key"`)
}

// All routers of the key are shared from the frame; an operator shares nothing.
func TestShareAllRouters(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	_, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("cabang 1", addr)
	var made struct{ Key string }
	p.post("/keys", map[string]any{"name": "boss", "role": "admin", "routers": []string{"cabang*"}, "expires": "2127-01-31"}, &made)
	d := &phone{dashboard: &dashboard{t: t, p: p, Tab: chromium.Open(t)}}
	d.Do("be a phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	d.Navigate(p.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(made.Key)
	d.Wait("routers are shown", `document.querySelector(".card")`)
	d.taps = 0
	d.tap(`document.querySelector("#menu")`)
	d.tap(named("Share"))
	d.do(`document.querySelector("#s-life").value = ""; document.querySelector("#s-role").value = "operator"`)
	d.tap(named("Create link"))
	d.shared()
	d.tap(named("Copy link"))
	d.took(4)
	var list []struct {
		Role    string
		Routers []string
		Expires int64
	}
	p.get("/invitations", &list)
	require.Len(t, list, 1)
	assert.Equal(t, "operator", list[0].Role)
	assert.Equal(t, []string{"cabang*"}, list[0].Routers)
	assert.EqualValues(t, 4957113600, list[0].Expires, "as long as the key that made it")
	d.do(`document.querySelector("dialog").close(); location.hash = "#/router/cabang%201"`)
	d.tap(named("More"))
	d.tap(named("Share"))
	d.do(fmt.Sprintf(`document.querySelector("#s-name").value = %q`, "tech"))
	d.tap(named("Create link"))
	d.shared()
	p.get("/invitations", &list)
	require.Len(t, list, 2)
	assert.Equal(t, []string{"cabang*1"}, list[1].Routers, "a blank is any text")
}
