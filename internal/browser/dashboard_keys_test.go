package browser_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/chromium"
)

// A key sees its routers alone, and what its role may not do is not offered. The
// tab fails the test on any answer that the browser complains of, so nothing that
// is refused was asked for either.
func TestDashboardOfFurtherKeys(t *testing.T) {
	const viewer, operator = "viewer-key-of-the-tests", "operator-key-of-the-tests"
	d := newDashboardOf(t, map[string]string{"API_KEYS": fmt.Sprintf(
		"name=night-shift role=viewer routers=pppoe-* hash=%s; name=shop role=operator routers=pppoe-* hash=%s",
		access.HashOf(viewer), access.HashOf(operator))})
	connect := `document.querySelector(".titled .primary") !== null`
	disconnect := `document.querySelector(".routerhead .danger") !== null`
	for _, tc := range []struct {
		role, key string
		console   string // what is in the place of the console
	}{
		{"viewer", viewer, `p.nothing`},
		{"operator", operator, `form`},
	} {
		d.signIn(tc.key)
		d.Wait("its router is live, for the "+tc.role, `document.querySelectorAll(".card[data-state=up]").length === 1 &&
			document.querySelector(".card [data-figure=online] .value").textContent === "60"`)
		assert.Equal(t, "60 users online", chromium.Eval[string](d.Tab, `document.querySelector(".titled .muted").textContent`))
		assert.NotContains(t, chromium.Eval[string](d.Tab, `document.body.textContent`), "hotspot-lobby", tc.role)
		assert.False(t, chromium.Eval[bool](d.Tab, connect), tc.role)
		d.visit("pppoe-core")
		assert.False(t, chromium.Eval[bool](d.Tab, disconnect), tc.role)
		d.Wait("its users are there", `document.querySelector("#panel-ppp_active .line .end")`)
		d.click("#tab-console")
		d.Wait("the console, for the "+tc.role, fmt.Sprintf(`document.querySelector("#panel-console %s")?.checkVisibility()`, tc.console))
		d.do(`location.hash = "#/"`)
		d.Wait("the fleet is shown", `document.querySelector(".cards")`)
		d.click("#signout")
		d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	}
	d.signIn(apiKey)
	d.live()
	assert.True(t, chromium.Eval[bool](d.Tab, connect), "the owner may connect")
}
