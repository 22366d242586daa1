package browser_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

const demoKey = "demo-key-0123456789" // which a link may carry

// People open a tab for each router. A browser has six connections to the
// server for all of them, and a page has up to two streams; still the ninth page
// is live at once, since those that nobody looks at give theirs back.
func TestDashboardInManyTabs(t *testing.T) {
	p := start(t, "", map[string]string{"MY_API_KEY": demoKey})
	d, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("r", addr)
	d.AddPPP("budi")
	live := func(tab *chromium.Tab, name string) {
		t.Helper()
		tab.Wait("the page is live", `document.body.dataset.stream === "live"`)
		tab.Wait(name+" is there", fmt.Sprintf(`document.querySelector("#main").textContent.includes(%q)`, name))
	}
	first := chromium.Open(t)
	tab := first
	for i := range 9 {
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

// The stream of one router goes on after a break, with what the page has: it
// does not break again for a change that it cannot place.
func TestDashboardGoesOnWithARouter(t *testing.T) {
	p := start(t, "", map[string]string{"MY_API_KEY": demoKey})
	d, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("r", addr)
	between := newProxy(t, p.base)
	opened := func() (n int) {
		for _, req := range between.requests() {
			if req.URL.Path == "/sse/r" {
				n++
			}
		}
		return n
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
	between.cut()
	tab.Wait("the page is live again", `document.body.dataset.stream === "resumed"`)
	for i := range 6 { // readings of the interfaces
		seen(fmt.Sprint("siti-", i))
	}
	assert.Equal(t, 2, opened(), "opened once, and once more after the break")
	last := between.requests()[len(between.requests())-1]
	assert.NotEmpty(t, last.URL.Query().Get("last_event_id"))
	assert.False(t, strings.Contains(last.URL.String(), url.QueryEscape(demoKey)))
}
