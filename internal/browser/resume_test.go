package browser_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// resumption is a page with a stream through a proxy, and a direct one that keeps the
// server polling.
type resumption struct {
	*chromium.Tab
	t      *testing.T
	device *sim.Device
	server *program
	proxy  *proxy
	query  string
}

func newResumption(t *testing.T, query string) *resumption {
	t.Helper()
	_, origin := site(t)
	p := start(t, origin, map[string]string{"TICKET_SECRET": "the same after a restart"})
	d, addr := device(t, sim.Options{PPPUsers: 5})
	p.connect("r", addr)
	r := &resumption{Tab: page(t, origin), t: t, device: d, server: p, proxy: newProxy(t, p.base), query: query}
	r.Allow("net::ERR_") // connections are cut
	address := p.stream("/sse/r?" + query)
	watch(r.Tab, "direct", address)
	watch(r.Tab, "s", r.proxy.base+address[len(p.base):])
	r.Wait("both streams are open", `streams.s.source.readyState === 1 && streams.direct.source.readyState === 1`)
	return r
}

// come connects users one after the other, each in a change of its own.
func (r *resumption) come(names ...string) {
	r.t.Helper()
	for _, name := range names {
		r.device.AddPPP(name)
		r.Wait(name+" is seen", fmt.Sprintf(`came("direct", "message", "added").flat().some((row) => row?.name === %q)`, name))
	}
}

// lose cuts the stream and refuses its return.
func (r *resumption) lose() (lastID string) {
	r.t.Helper()
	lost := `streams.s.happened.filter((h) => h.type === "error").length`
	before := chromium.Eval[int](r.Tab, lost)
	r.proxy.lead("")
	r.proxy.cut()
	r.Wait("the page notices", fmt.Sprintf("%s > %d", lost, before))
	return chromium.Eval[string](r.Tab, `streams.s.events.at(-1).id`)
}

// back allows the browser to reconnect and returns the Last-Event-ID that it sent.
func (r *resumption) back(base string) (lastID string) {
	r.t.Helper()
	opened := chromium.Eval[int](r.Tab, `streams.s.happened.filter((h) => h.type === "open").length`)
	r.proxy.lead(base)
	r.Wait("the stream is open again", fmt.Sprintf(`streams.s.happened.filter((h) => h.type === "open").length > %d`, opened))
	requests := r.proxy.requests()
	return requests[len(requests)-1].Header.Get("Last-Event-ID")
}

const added = `came("s", "message", "added").flat().filter(Boolean).map((row) => row.name)`

// After a reconnect, missed events come first, then new ones: each once and in order,
// without a new snapshot.
func TestTheBrowserResumes(t *testing.T) {
	t.Parallel()
	r := newResumption(t, "topics=ppp_active&mode=delta")
	r.Wait("the table is there", `users().length === 5`)
	r.come("one")
	r.Wait("one is here", added+`.includes("one")`)
	last := r.lose()
	r.come("two", "three")
	assert.Equal(t, last, r.back(r.server.base))
	r.come("four")
	r.Wait("four is here", added+`.includes("four")`)
	last = r.lose()
	assert.Equal(t, last, r.back(r.server.base), "once more, having missed nothing")
	r.come("five")
	r.Wait("five is here", added+`.includes("five")`)

	assert.Equal(t, []string{"one", "two", "three", "four", "five"}, chromium.Eval[[]string](r.Tab, added))
	assert.Equal(t, []string{"snapshot", "delta", "delta", "delta", "delta", "delta"},
		chromium.Eval[[]string](r.Tab, `came("s", "message", "type")`))
	ids := chromium.Eval[[]string](r.Tab, `came("s", "message", "id")`)
	assert.Equal(t, ids, chromium.Eval[[]string](r.Tab, `came("direct", "message", "id")`), "as one who never was away")
	assert.Equal(t, ids, slices.Compact(slices.Clone(ids)))
	assert.Empty(t, chromium.Eval[[]string](r.Tab, `came("s", "reset", "topic")`))
}

// A restarted server has no earlier events: the browser gets a reset and a snapshot.
func TestTheBrowserComesBackToAnotherServer(t *testing.T) {
	t.Parallel()
	r := newResumption(t, "topics=ppp_active&mode=delta")
	r.Wait("the table is there", `users().length === 5`)
	chromium.Eval[any](r.Tab, `streams.direct.source.close()`)
	last := r.lose()
	r.server.stop()
	next := start(t, chromium.Eval[string](r.Tab, "location.origin"), map[string]string{"TICKET_SECRET": "the same after a restart"})
	_, addr := device(t, sim.Options{PPPUsers: 7}) // differs from before
	next.connect("r", addr)
	assert.Equal(t, last, r.back(next.base))
	r.Wait("the new table is there", `users().length === 7`)
	events := chromium.Eval[[]map[string]any](r.Tab, `streams.s.events.slice(-2)`)
	require.Len(t, events, 2)
	assert.Equal(t, "reset", events[0]["event"])
	assert.Equal(t, "ppp_active", events[0]["topic"])
	assert.Equal(t, "snapshot", events[1]["type"])
	assert.NotEqual(t, last, events[1]["id"], "another position, also with the same secret")
}

// A browser that was away for too long is told how many events are lost.
func TestTheBrowserWasAwayTooLong(t *testing.T) {
	t.Parallel()
	r := newResumption(t, "topics=sessions")
	seen := `came("direct", "message", "name").includes`
	await := func(name string) {
		t.Helper()
		r.Wait(name+" was seen", fmt.Sprintf("%s(%q)", seen, name))
	}
	calling := func(name string) { // a command that the device has counted need not listen yet
		t.Helper()
		for i := 0; !chromium.Eval[bool](r.Tab, fmt.Sprintf("%s(%q)", seen, fmt.Sprint(name, i-1))); i++ {
			r.device.AddPPP(fmt.Sprint(name, i))
			chromium.Eval[any](r.Tab, "new Promise((done) => setTimeout(done, 300))")
		}
	}
	calling("first-")
	r.Wait("the page has it, too", `came("s", "message", "name").length > 0`)
	r.lose()
	for i := range 1100 { // a thousand are kept
		r.device.AddPPP(fmt.Sprint("crowd-", i))
	}
	await("crowd-1099")
	r.back(r.server.base)
	r.Wait("the page is told", `came("s", "reset", "topic").includes("sessions")`)
	r.device.AddPPP("last")
	await("last")
	r.Wait("and goes on live", `came("s", "message", "name").includes("last")`)
	crowd := chromium.Eval[int](r.Tab, `came("s", "message", "name").filter((name) => name.startsWith("crowd-")).length`)
	assert.Zero(t, crowd, "nothing of before, which would look as if it were all")
}

// Browsers obey the retry time of the server: streams that reach their maximum age
// return after little more than a second. The retry time at the start is two seconds
// or more, and the default of Chromium is three.
func TestTheBrowserComesBackWhenTold(t *testing.T) {
	t.Parallel()
	_, origin := site(t)
	p := start(t, origin, map[string]string{"SSE_MAX_AGE": "1500ms"})
	_, addr := device(t, sim.Options{})
	p.connect("r", addr)
	tab := page(t, origin)
	watch(tab, "s", p.stream("/sse/r"))
	tab.Wait("the stream has ended and come back in less than two seconds", `streams.s.happened.some((h, i, all) =>
		h.type === "open" && all[i - 1]?.type === "error" && h.at - all[i - 1].at < 2000)`)
	assert.Contains(t, chromium.Eval[[]string](tab, `came("s", "end", "reason")`), "max_age")
}
