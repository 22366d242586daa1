//go:build measure

package browser_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// What 5,000 rows of which 1 % change every second cost the page: frames and
// tasks over 20 s, in milliseconds, and the heap meanwhile, in MB. Figures
// depend on what else the machine does, so no test asserts them:
//
//	go test -tags measure -run Measure -v ./internal/browser
func TestMeasureATableOfThousands(t *testing.T) {
	p := start(t, "", map[string]string{"POLL_INTERVAL": "2s"})
	_, addr := device(t, sim.Options{PPPUsers: 5000, Churn: 0.6}) // a minute
	p.connect("big", addr)
	d := &dashboard{t: t, p: p, Tab: chromium.Open(t)}
	d.Navigate(p.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(apiKey)
	d.Wait("the router is there", `document.querySelector(".card")`)
	d.visit("big")
	d.Wait("the table is there", `document.querySelector(".gridbar").textContent === "5,000 rows"`)
	d.Wait("it has settled", `new Promise((settled) => setTimeout(() => settled(true), 6000))`)
	got := chromium.Eval[json.RawMessage](d.Tab, `(async () => {
		const frames = [], tasks = [], heap = [];
		new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => Math.round(e.duration)))).observe({ type: "longtask" });
		const weigh = setInterval(() => heap.push(Math.round(performance.memory.usedJSHeapSize / 1e5) / 10), 2000);
		const end = performance.now() + 20000;
		let last = performance.now();
		for (let now = last; now < end; now = await new Promise(requestAnimationFrame)) { frames.push(now - last); last = now; }
		clearInterval(weigh);
		frames.sort((a, b) => b - a);
		return { frames: frames.length, longest_frames: frames.slice(0, 5).map(Math.round), tasks_over_50: tasks, heap,
			lines_in_page: document.querySelectorAll("#panel-ppp_active .body .line").length };
	})()`)
	require.NotEmpty(t, got)
	t.Logf("%s", got)
}
