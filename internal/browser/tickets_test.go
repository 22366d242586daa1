package browser_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
	"github.com/aprakasa/mikronec/internal/ticket"
)

// A refused EventSource stays closed, and receives no event.
func TestTicketsOfABrowser(t *testing.T) {
	t.Parallel()
	const secret = "a secret for tickets only"
	_, origin := site(t)
	p := start(t, origin, map[string]string{"TICKET_SECRET": secret})
	_, addr := device(t, sim.Options{})
	p.connect("r", addr)
	tab := page(t, origin)
	watch(tab, "good", p.stream("/sse/r"))
	tab.Wait("a ticket opens the stream", `came("good", "message", "router_id").includes("r")`)

	now := time.Now()
	sign := func(secret string, from, to time.Duration) string {
		signer := ticket.New([]byte(secret))
		token, err := signer.Issue(ticket.Claims{
			Routers: ticket.All(), Topics: ticket.All(), Issued: now.Add(from), Expires: now.Add(to), Key: signer.Tags(apiKey)[0],
		})
		require.NoError(t, err)
		return url.QueryEscape(token)
	}
	watch(tab, "mine", p.base+"/sse/r?ticket="+sign(secret, 0, time.Minute))
	tab.Wait("the ones made here are good otherwise", `came("mine", "message", "id").length > 0`)
	for name, query := range map[string]string{
		"expired": "ticket=" + sign(secret, -time.Hour, -time.Minute),
		"forged":  "ticket=" + sign(strings.Repeat("x", 32), 0, time.Minute),
		"cut":     "ticket=" + sign(secret, 0, time.Minute)[:40],
		"none":    "",
		// The key itself, under any parameter name.
		"key":     "ticket=" + apiKey,
		"apikey":  "api_key=" + apiKey,
		"header":  "X-API-Key=" + apiKey,
		"keyname": "key=" + apiKey,
	} {
		t.Run(name, func(t *testing.T) {
			tab.During(t)
			// The message of the browser for a 401.
			tab.Allow("status of 401 (Unauthorized) " + p.base)
			watch(tab, name, p.base+"/sse/r?"+query)
			tab.Wait("the stream is refused", "streams."+name+".source.readyState === EventSource.CLOSED")
			assert.Empty(t, chromium.Eval[[]any](tab, "streams."+name+".events"))
		})
	}
}

// The page of docs/streaming.md, unchanged except for the URL of the server: it shows
// the users live, requests a new ticket when the old one has expired, and resumes.
func TestThePageOfTheDocument(t *testing.T) {
	t.Parallel()
	mux, origin := site(t)
	p := start(t, origin, nil)
	d, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("cabang-jakarta-01", addr)
	between := newProxy(t, p.base)
	html := strings.ReplaceAll(codeBlock(t, "html"), "http://localhost:8080", between.base)
	require.Contains(t, html, between.base)
	mux.HandleFunc("GET /users.html", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(html))
	})
	mux.HandleFunc("GET /my-backend/ticket", p.backendOf(1, writeJSON))

	tab := chromium.Open(t)
	tab.Allow("/favicon.ico", "net::ERR_", "status of 401 (Unauthorized) "+between.base)
	tab.Navigate(origin + "/users.html")
	tab.Wait("the users are shown", `document.querySelectorAll("#users li").length === 3 && document.querySelector("#state").textContent === "live"`)
	d.AddPPP("budi")
	tab.Wait("who comes appears", `document.querySelector("#users").textContent.includes("budi 10.")`)

	first := between.requests()[0].URL
	require.Eventually(t, func() bool { return statusOf(t, p.base+first.String()) == http.StatusUnauthorized }, time.Minute, 100*time.Millisecond)
	between.cut()
	tab.Wait("the page notices", `document.querySelector("#state").textContent === "lost, trying again"`)
	d.RemovePPP("budi")
	d.AddPPP("siti")
	tab.Wait("the page is live again", `document.querySelector("#state").textContent === "live"`)
	tab.Wait("who went is gone and who came is there", `document.querySelectorAll("#users li").length === 4 &&
		document.querySelector("#users").textContent.includes("siti 10.") && !document.querySelector("#users").textContent.includes("budi")`)
	requests := between.requests()
	last := requests[len(requests)-1].URL.Query()
	assert.NotEqual(t, first.Query().Get("ticket"), last.Get("ticket"), "a new ticket")
	assert.NotEmpty(t, last.Get("last_event_id"))

	d.Reboot()
	tab.Wait("the state of the router is shown", `!["live", "lost, trying again"].includes(document.querySelector("#state").textContent)`)
}

func statusOf(t *testing.T, address string) int {
	t.Helper()
	resp, err := http.Get(address)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}
