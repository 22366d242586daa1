package browser_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/chromium"
)

// A page that is opened while the server is away says so, in both languages, and the page
// can be installed.
func TestDashboardSaysThatTheServerIsAway(t *testing.T) {
	p := start(t, "", nil)
	way := newProxy(t, p.base)
	tab := chromium.OpenWindow(t)
	tab.Allow("net::ERR_")
	tab.Navigate(way.base)
	tab.Wait("the service worker is there", `navigator.serviceWorker.ready.then((r) => r.active?.state === "activated")`)
	manifest := chromium.Eval[map[string]any](tab, `fetch(document.querySelector("link[rel=manifest]").href).then((r) => r.json())`)
	assert.Equal(t, "standalone", manifest["display"])
	broken := chromium.Eval[[]string](tab, `(async () => {
		const at = document.querySelector("link[rel=manifest]").href;
		const { icons } = await (await fetch(at)).json();
		const list = await Promise.all(icons.map(async ({ src, type }) => [src, type, await fetch(new URL(src, at))]));
		return list.filter(([, type, r]) => !r.ok || r.headers.get("Content-Type") !== type).map(([src]) => src);
	})()`)
	assert.Empty(t, broken, "icons")
	tab.Navigate(way.base)
	tab.Wait("the service worker answers", `navigator.serviceWorker.controller?.state === "activated"`)
	way.lead("")
	way.cut()
	tab.Navigate(way.base)
	tab.Wait("it is said", `document.body.innerText.includes("The server cannot be reached") && document.body.innerText.includes("Server tidak bisa dihubungi")`)
	way.lead(p.base)
	chromium.Eval[any](tab, `document.querySelector("a").click()`)
	tab.Wait("and then the page is there", `document.activeElement?.id === "key"`)
}
