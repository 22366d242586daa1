package browser_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

const demoKey = "demo-key-0123456789" // keys of the demo are accepted from a link

// Users open a tab for each router. A browser opens at most six connections to a
// server for all tabs, and a page has up to two streams. The ninth page is still live
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
	between.cut()
	tab.Wait("the page is live again", `document.body.dataset.stream === "resumed"`)
	require.Eventually(t, func() bool { return len(opened()) == 2 }, time.Minute, 20*time.Millisecond, "that of the router comes by itself")
	for i := range 6 { // polls of the interfaces
		seen(fmt.Sprint("siti-", i))
	}
	require.Len(t, opened(), 2, "opened once, and once more after the break")
	last := opened()[1]
	assert.NotEmpty(t, last.Header.Get("Last-Event-ID"))
	assert.NotContains(t, last.URL.String(), demoKey)
}
