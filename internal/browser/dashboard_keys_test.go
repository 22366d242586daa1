package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/access"
	"github.com/aprakasa/mikronec/internal/chromium"
)

// A key sees only its own routers, and the page does not offer what its role may not
// do. It does not request that either: a refused request would fail the test.
func TestDashboardOfFurtherKeys(t *testing.T) {
	t.Parallel()
	const viewer, operator = "viewer-key-of-the-tests", "operator-key-of-the-tests"
	d := newDashboardOf(t, map[string]string{"API_KEYS": fmt.Sprintf(
		"name=night-shift role=viewer routers=pppoe-* hash=%s; name=shop role=operator routers=pppoe-* hash=%s",
		access.HashOf(viewer), access.HashOf(operator))})
	connect := `document.querySelector(".titled .primary") !== null`
	disconnect := `document.querySelector(".routerhead .edit") !== null`
	for _, tc := range []struct {
		role, key string
		holder    string
		terminal  string // what the tab of the terminal shows
	}{
		{"viewer", viewer, "night-shift · viewer", `p.nothing`},
		{"operator", operator, "shop · operator", `form`},
	} {
		d.signIn(tc.key)
		d.Wait("it says whose key it is", fmt.Sprintf(`document.querySelector("#who").textContent === %q`, tc.holder))
		d.Wait("its router is live, for the "+tc.role, `document.querySelectorAll(".card[data-state=up]").length === 1 &&
			document.querySelector(".card [data-figure=online] .value").textContent === "60"`)
		d.Wait("the sum of all users", `document.querySelector(".titled .muted").textContent === "60 users online"`)
		assert.NotContains(t, chromium.Eval[string](d.Tab, `document.body.textContent`), "hotspot-lobby", tc.role)
		assert.False(t, chromium.Eval[bool](d.Tab, connect), tc.role)
		d.visit("pppoe-core")
		assert.False(t, chromium.Eval[bool](d.Tab, disconnect), tc.role)
		d.Wait("its users are there", `document.querySelector("#panel-users .line .end")`)
		d.click("#tab-terminal")
		d.Wait("the terminal, for the "+tc.role, fmt.Sprintf(`document.querySelector("#panel-terminal %s")?.checkVisibility()`, tc.terminal))
		d.do(`location.hash = "#/"`)
		d.Wait("the fleet is shown", `document.querySelector(".cards")`)
		d.click("#signout")
		d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	}
	d.signIn(apiKey)
	d.live()
	assert.True(t, chromium.Eval[bool](d.Tab, connect), "the owner may connect")
}

// When the key is revoked, the open page returns to the form to sign in, which says
// why and accepts another key.
func TestDashboardWhenItsKeyIsTakenAway(t *testing.T) {
	t.Parallel()
	const first, second = "first-key-of-the-tests", "second-key-of-the-tests"
	file := filepath.Join(t.TempDir(), "keys")
	write := func(secret string) {
		line := fmt.Sprintf("name=noc role=viewer routers=* hash=%s\n", access.HashOf(secret))
		require.NoError(t, os.WriteFile(file, []byte(line), 0o600))
	}
	write(first)
	d := newDashboardOf(t, map[string]string{"API_KEYS_FILE": file})
	d.Allow("401 (Unauthorized)", "net::ERR_") // the stream is cut, the next requests are refused
	d.signIn(first)
	d.live()
	d.visit("pppoe-core")
	write(second)
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	d.Wait("it says why nobody is signed in", `document.querySelector(".failure")?.dataset.code === "key_ended" &&
		/session has ended.*no longer valid.*new key/.test(document.querySelector("#signin-error").textContent)`)
	assert.True(t, chromium.Eval[bool](d.Tab, `document.activeElement.id === "key" && document.querySelector("#who").hidden &&
		document.querySelector("#banner").textContent === "" && !document.body.textContent.includes("user-0")`), "nothing of before is left")
	d.signIn(second)
	d.Wait("the view is that of before", `document.querySelector("h1").textContent === "pppoe-core" && `+row("user-0")) // the view is new, and sorts by rate
}

// An open page follows changes of the role of its key.
func TestDashboardWhenTheRoleOfItsKeyChanges(t *testing.T) {
	t.Parallel()
	const secret = "one-key-of-the-tests"
	file := filepath.Join(t.TempDir(), "keys")
	write := func(role string) {
		line := fmt.Sprintf("name=noc role=%s routers=* hash=%s\n", role, access.HashOf(secret))
		require.NoError(t, os.WriteFile(file, []byte(line), 0o600))
	}
	write("viewer")
	d := newDashboardOf(t, map[string]string{"API_KEYS_FILE": file})
	d.Allow("net::ERR_", "401 (Unauthorized)") // the stream is cut, and what is asked at that moment refused
	d.signIn(secret)
	d.live()
	for _, role := range []string{"admin", "viewer"} {
		write(role)
		require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
		d.Wait("the role is "+role, fmt.Sprintf(`document.querySelector("#who").textContent === "noc · %s"`, role))
		d.Wait("offers are those of "+role, fmt.Sprintf(`(document.querySelector(".titled .primary") !== null) === %t`, role == "admin"))
		d.live()
	}
}

// Every view shows that the server is read-only and that the key expires soon.
func TestDashboardSaysWhatAKeyIsGoodFor(t *testing.T) {
	t.Parallel()
	const short, long = "short-key-of-the-tests", "long-key-of-the-tests"
	soon, late := time.Now().Add(30*time.Hour), time.Now().Add(30*24*time.Hour)
	d := newDashboardOf(t, map[string]string{"READ_ONLY": "on", "API_KEYS": fmt.Sprintf(
		"name=short role=admin routers=* expires=%s hash=%s; name=long role=admin routers=* expires=%s hash=%s",
		soon.UTC().Format(time.RFC3339), access.HashOf(short), late.UTC().Format(time.RFC3339), access.HashOf(long))})
	notes := `[...document.querySelectorAll("#notes p")].map((p) => p.textContent).join()`
	d.signIn(short)
	d.live()
	d.Wait("both are said", fmt.Sprintf(`/read-only.*valid until .*%d/.test(%s)`, soon.Year(), notes))
	d.fill("#language", "id")
	d.Wait("in Indonesian, too", fmt.Sprintf(`/hanya untuk melihat.*berlaku sampai/.test(%s)`, notes))
	d.fill("#language", "en")
	d.click("#signout")
	d.Wait("nobody is told anything", notes+` === ""`)
	d.signIn(long)
	d.live()
	said := chromium.Eval[string](d.Tab, notes)
	assert.Contains(t, said, "read-only")
	assert.NotContains(t, said, "valid until")
}
