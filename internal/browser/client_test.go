package browser_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// A page of another origin takes the client from the server, with a ticket of its backend in
// place of the key, and holds what the router has through restarts of the server. Each gap is
// told.
func TestTheClientInAPageSurvivesRestarts(t *testing.T) {
	mux, origin := site(t)
	settings := map[string]string{"DATA_DIR": t.TempDir(), "TICKET_SECRET": "a secret for tickets only"}
	p := start(t, origin, settings)
	_, settings["PORT"], _ = net.SplitHostPort(strings.TrimPrefix(p.base, "http://"))
	mux.HandleFunc("/ticket", p.backendOf(60, writeText))
	d, addr := device(t, sim.Options{PPPUsers: 10})
	p.connect("a", addr)
	tab := page(t, origin)
	tab.Allow("net::ERR_", "503 (Service Unavailable)") // while the server is away, or stops
	chromium.Eval[bool](tab, fmt.Sprintf(`(() => {
		window.held = { resets: 0, again: 0, error: null };
		const ticket = async () => {
			const r = await fetch("/ticket");
			if (!r.ok) throw new Error(await r.text());
			return r.text();
		};
		import(%q).then(async ({ Mikronec }) => {
			const client = new Mikronec({ url: %q, ticket });
			const watch = client.watch({ routers: "*", topics: ["ppp_active"], mode: "delta", backOff: { firstMs: 50, mostMs: 200 } });
			window.users = () => [...(watch.tables.get("a", "ppp_active")?.values() ?? [])].map((row) => row.name).sort().join();
			for await (const e of watch) {
				if (e.event === "reset") held.resets++;
				if (e.event === "state" && e.resumed) held.again++;
			}
		}).catch((error) => (held.error = String(error)));
		return true;
	})()`, p.base+"/client.js", p.base))
	equal := func(what string) {
		t.Helper()
		var reply []struct{ Name string }
		p.post("/run", map[string]any{"router_id": "a", "args": []string{"/ppp/active/print"}}, &reply)
		tab.Wait("the page has what the router has "+what, fmt.Sprintf(`window.held.error !== null || window.users?.().split(",").length === %d`, len(reply)))
		for _, user := range reply {
			assert.Contains(t, chromium.Eval[string](tab, `window.held.error ?? window.users()`), user.Name, what)
		}
	}
	equal("at first")
	for i := range 2 {
		p.stop()
		d.AddPPP(fmt.Sprint("meanwhile-", i))
		p = start(t, origin, settings)
		tab.Wait("the watch goes on", fmt.Sprintf(`window.held.again === %d && window.held.resets === %d`, i+1, i+1))
		equal("after a restart")
	}
}

// The page of docs/clients.md, as it is, shows the users of the router.
func TestThePageOfTheClientsDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/clients.md")
	require.NoError(t, err)
	_, html, found := strings.Cut(string(text), "\n```html\n")
	require.True(t, found)
	html, _, _ = strings.Cut(html, "\n```\n")
	mux, origin := site(t)
	p := start(t, origin, nil)
	d, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("cabang-jakarta-01", addr)
	mux.HandleFunc("/clients.html", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, strings.ReplaceAll(html, "http://localhost:8080", p.base))
	})
	mux.HandleFunc("/my-backend/ticket", p.backendOf(60, writeJSON))
	tab := chromium.Open(t)
	tab.Allow("favicon.ico")
	tab.Navigate(origin + "/clients.html")
	tab.Wait("it is live", `document.querySelector("#state").textContent === "live" && document.querySelectorAll("#users li").length === 3`)
	d.AddPPP("budi")
	tab.Wait("it follows", `[...document.querySelectorAll("#users li")].some((li) => li.textContent.startsWith("budi "))`)
}
