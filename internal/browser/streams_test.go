package browser_test

import (
	"fmt"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// One stream for ten routers leaves connections for other requests. Six streams use all
// connections of a browser to one server: the seventh request hangs.
func TestOneStreamForManyRouters(t *testing.T) {
	t.Parallel()
	_, origin := site(t)
	p := start(t, origin, nil)
	for i := range 10 {
		_, addr := device(t, sim.Options{Identity: fmt.Sprint("r", i)})
		p.connect(fmt.Sprint("r", i), addr)
	}
	tab := page(t, origin)
	watch(tab, "all", p.stream("/sse?router=*"))
	tab.Wait("all routers are seen", `new Set(came("all", "message", "router_id")).size === 10`)
	watch(tab, "two", p.stream("/sse?router=r3&router=r7"))
	tab.Wait("both routers are seen", `came("two", "message", "router_id").length > 6`)
	assert.ElementsMatch(t, []string{"r3", "r7"}, chromium.Eval[[]string](tab, `[...new Set(came("two", "message", "router_id"))]`))
	health := fmt.Sprintf("fetch(%q, {signal: AbortSignal.timeout(TIME)}).then((r) => r.status, (e) => e.name)", p.base+"/healthz")
	assert.Equal(t, float64(200), chromium.Eval[any](tab, withTime(health, 60_000)), "ten routers leave room for more")

	for i := range 4 {
		watch(tab, fmt.Sprint("one", i), p.stream(fmt.Sprint("/sse/r", i)))
	}
	for i := range 4 {
		tab.Wait("each stream is live", fmt.Sprintf(`came("one%d", "message", "id").length > 0`, i))
	}
	assert.Equal(t, "TimeoutError", chromium.Eval[any](tab, withTime(health, 1000)), "six streams do not")
	chromium.Eval[any](tab, `streams.one0.source.close()`)
	assert.Equal(t, float64(200), chromium.Eval[any](tab, withTime(health, 60_000)))
}

func withTime(expression string, milliseconds int) string {
	return strings.ReplaceAll(expression, "TIME", strconv.Itoa(milliseconds))
}

// A page of the same origin needs no CORS, for example behind a proxy that serves page
// and streams under one name.
func TestAPageOfTheSameOrigin(t *testing.T) {
	t.Parallel()
	mux, origin := site(t)
	p := start(t, "", nil)
	_, addr := device(t, sim.Options{PPPUsers: 3})
	p.connect("r", addr)
	base, err := url.Parse(p.base)
	require.NoError(t, err)
	mux.Handle("/sse/", httputil.NewSingleHostReverseProxy(base))
	tab := page(t, origin)
	watch(tab, "s", p.stream("/sse/r")[len(p.base):])
	tab.Wait("the users are there", `came("s", "message", "ppp_active").filter((users) => users.length === 3).length > 2`)
}

// A page of another origin needs it.
func TestAPageOfAnOriginThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	_, origin := site(t)
	p := start(t, "https://dash.example", nil)
	_, addr := device(t, sim.Options{})
	p.connect("r", addr)
	tab := page(t, origin)
	tab.Allow("CORS policy", "net::ERR_FAILED")
	watch(tab, "s", p.stream("/sse/r"))
	tab.Wait("the browser refuses", `streams.s.source.readyState === EventSource.CLOSED`)
	assert.Empty(t, chromium.Eval[[]any](tab, "streams.s.events"))
}

// After each event, the client of docs/streaming.md has the same table as the server:
// the snapshot of a later viewer is equal.
func TestChangesMakeTheSameTable(t *testing.T) {
	t.Parallel()
	_, origin := site(t)
	p := start(t, origin, nil)
	d, addr := device(t, sim.Options{PPPUsers: 40})
	p.connect("r", addr)
	address := p.stream("/sse/r?topics=ppp_active,interfaces&mode=delta&volatile=1")
	tab := page(t, origin)
	watch(tab, "old", address)
	tab.Wait("both tables are there", `came("old", "message", "type").length >= 2`)

	for i := range 6 {
		name := fmt.Sprint("guest-", i)
		d.AddPPP(name)
		tab.Wait(name+" is there", fmt.Sprintf(`users().includes(%q)`, name))
		if i%2 == 0 {
			d.RemovePPP(name)
			tab.Wait(name+" is gone", fmt.Sprintf(`!users().includes(%q)`, name))
		}
		comment := fmt.Sprint("comment ", i)
		p.post("/run", map[string]any{"router_id": "r", "args": []string{"/interface/set", "=numbers=*1", "=comment=" + comment}}, new(any))
		tab.Wait("the row changes", fmt.Sprintf(`[...tables["r/interfaces"].values()].some((row) => row.comment === %q)`, comment))

		// A new viewer gets the state after the newest event. With one topic it has the
		// id of that event.
		for _, topic := range []string{"ppp_active", "interfaces"} {
			viewer := fmt.Sprint("new", i, topic)
			watch(tab, viewer, p.stream("/sse/r?topics="+topic+"&mode=delta&volatile=1"))
			state := fmt.Sprintf(`streams.%s.events.find((e) => e.type === "snapshot")`, viewer)
			mine := fmt.Sprintf(`streams.old.tables["r/%s/" + %s.id]`, topic, state)
			tab.Wait("both have it", state+" && "+mine)
			same := chromium.Eval[[2][]map[string]any](tab, fmt.Sprintf("[%s, %s.rows]", mine, state))
			assert.NotEmpty(t, same[0])
			assert.ElementsMatch(t, same[1], same[0], "%s, round %d", topic, i)
			chromium.Eval[any](tab, fmt.Sprintf("streams.%s.source.close()", viewer))
		}
	}
	kinds := chromium.Eval[[]string](tab, `came("old", "message", "type")`)
	assert.Equal(t, 2, count(kinds, "snapshot"), "one for each topic; the rest are changes")
	assert.Greater(t, count(kinds, "delta"), 12)
	for _, field := range []string{"added", "changed", "removed"} {
		assert.NotZero(t, chromium.Eval[int](tab, fmt.Sprintf(`came("old", "message", %q).flat().filter(Boolean).length`, field)), field)
	}
}

func count(list []string, word string) (n int) {
	for _, w := range list {
		if w == word {
			n++
		}
	}
	return n
}
