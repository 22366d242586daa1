//go:build measure

package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// The cost of an open page over 20 s: frames and tasks in milliseconds, and the heap
// in MB, measured after a garbage collection at the start and at the end. Figures
// depend on the load of the machine, so no test asserts them:
//
//	go test -tags measure -run Measure -v ./internal/browser

// settled waits, so that the figures do not include the cost of opening a view.
func (d *dashboard) settled() {
	d.t.Helper()
	d.Wait("it has settled", `new Promise((settled) => setTimeout(() => settled(true), 6000))`)
}

// work returns the milliseconds that the page has spent so far, by kind of work.
func (d *dashboard) work() map[string]int {
	d.t.Helper()
	list := map[string]int{}
	d.Do("ask for the page's work", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, performance.Enable, performance.EnableParams{}); err != nil {
			return err
		}
		got, err := cdp.Call(ctx, target, performance.GetMetrics, cdp.Empty{})
		for _, m := range got.Metrics {
			if name, ok := strings.CutSuffix(m.Name, "Duration"); ok {
				list[name] = int(m.Value * 1000)
			}
		}
		return err
	}))
	return list
}

// measured logs the figures of 20 s; each is run every second.
func (d *dashboard) measured(what, each string) {
	d.t.Helper()
	before := d.work()
	got := chromium.Eval[json.RawMessage](d.Tab, fmt.Sprintf(`(async () => {
		const frames = [], tasks = [], heap = [];
		new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => Math.round(e.duration)))).observe({ type: "longtask" });
		const weigh = setInterval(() => heap.push(Math.round(performance.memory.usedJSHeapSize / 1e5) / 10), 2000);
		let second = 0;
		const act = setInterval(() => { second++; %s }, 1000);
		const end = performance.now() + 20000;
		let last = performance.now();
		for (let now = last; now < end; now = await new Promise(requestAnimationFrame)) { frames.push(now - last); last = now; }
		clearInterval(weigh);
		clearInterval(act);
		frames.sort((a, b) => b - a);
		return { frames: frames.length, longest_frames: frames.slice(0, 5).map(Math.round), tasks_over_50: tasks, heap,
			lines_in_page: document.querySelectorAll(".body .line").length, cards: document.querySelectorAll(".card").length };
	})()`, each))
	require.NotEmpty(d.t, got)
	spent := d.work()
	for name := range spent {
		spent[name] -= before[name]
	}
	d.t.Logf("%s: %s, ms of work: %v", what, got, spent)
}

// steady logs the heap in MB after a garbage collection, each minute for ten of them, and the
// bytes that came over the network in one, while each is run every second.
func (d *dashboard) steady(what, each string) {
	d.t.Helper()
	w := listen(d.t, d.Tab)
	d.do(fmt.Sprintf(`{ let second = 0; window.acting = setInterval(() => { second++; %s }, 1000) }`, each))
	var heap []float64
	for range 11 {
		d.Do("weigh the heap", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			if _, err := cdp.Call(ctx, target, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
				return err
			}
			got, err := cdp.Call(ctx, target, runtime.GetHeapUsage, cdp.Empty{})
			heap = append(heap, math.Round(got.UsedSize/1e5)/10)
			return err
		}))
		time.Sleep(time.Minute)
	}
	d.do(`clearInterval(window.acting)`)
	w.mu.Lock()
	defer w.mu.Unlock()
	var came int64
	for _, n := range w.encoded {
		came += n
	}
	d.t.Logf("%s: heap in MB, each minute: %v; %d kB a minute over the network", what, heap, came/11/1000)
}

func measuring(t *testing.T, p *program) *dashboard {
	t.Helper()
	d := &dashboard{t: t, p: p, Tab: chromium.OpenWindow(t)}
	d.Navigate(p.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(apiKey)
	return d
}

// 5,000 rows of which 1 % change every second.
func TestMeasureATableOfThousands(t *testing.T) {
	p := start(t, "", map[string]string{"POLL_INTERVAL": "2s"})
	_, addr := device(t, sim.Options{PPPUsers: 5000, Churn: 0.6}) // a minute
	p.connect("big", addr)
	d := measuring(t, p)
	d.Wait("the router is there", `document.querySelector(".card")`)
	d.visit("big")
	d.Wait("the table is there", `document.querySelector(".rowcount").textContent === "5,000 rows"`)
	d.settled()
	d.measured("watched", "")
	d.measured("scrolled", `const body = document.querySelector("#panel-users .scroll"); body.scrollTop = (second % 10) * body.scrollHeight / 10`)
	d.measured("searched", `const search = document.querySelector("#panel-users input[type=search]"); search.value = ["", "user-1", "user-12", "0812"][second % 4];
		search.dispatchEvent(new Event("input", { bubbles: true }))`)
	d.steady("scrolled and searched", `const body = document.querySelector("#panel-users .scroll"); body.scrollTop = (second % 10) * body.scrollHeight / 10;
		const search = document.querySelector("#panel-users input[type=search]"); search.value = second % 20 < 10 ? "" : "user-1"; search.dispatchEvent(new Event("input", { bubbles: true }))`)
}

// The time from a login on the device to the row in the table. The router is polled
// every two seconds, the page is checked every 50 ms.
func TestMeasureHowLongAUserTakes(t *testing.T) {
	p := start(t, "", map[string]string{"POLL_INTERVAL": "2s"})
	router, addr := device(t, sim.Options{PPPUsers: 60})
	p.connect("r", addr)
	d := measuring(t, p)
	d.Wait("the router is there", `document.querySelector(".card")`)
	d.visit("r")
	d.settled()
	var took []time.Duration
	for i := range 20 {
		time.Sleep(time.Duration(i) * 97 * time.Millisecond) // spread over an interval
		name := fmt.Sprintf("aaa-%02d", i)
		began := time.Now()
		router.AddPPP(name)
		d.Wait(name+" is there", row(name))
		took = append(took, time.Since(began).Round(time.Millisecond))
		router.RemovePPP(name)
	}
	slices.Sort(took)
	t.Logf("from the device to the page: least %v, median %v, most %v", took[0], took[len(took)/2], took[len(took)-1])
}

// 500 routers with 12 users each, who connect and disconnect.
func TestMeasureAFleetOfHundreds(t *testing.T) {
	p := start(t, "", map[string]string{"POLL_INTERVAL": "2s", "ADDRESS_REQUESTS": "0", "KEY_REQUESTS": "0"})
	for i := range 500 {
		_, addr := device(t, sim.Options{PPPUsers: 12, Churn: 0.5, Seed: uint64(i)})
		p.connect(fmt.Sprintf("branch-%03d", i), addr)
	}
	d := measuring(t, p)
	d.Wait("all are there", `document.querySelector(".chip[data-state=up] .count").textContent === "500"`)
	d.settled()
	d.measured("watched", "")
	d.measured("scrolled", `scrollBy({ top: second < 10 ? 1500 : -1500, behavior: "smooth" })`)
	d.measured("jumped through", `scrollTo(0, (second % 10) * document.documentElement.scrollHeight / 10)`)
	d.measured("searched", `const search = document.querySelector("input[type=search]"); search.value = ["", "branch-1", "branch-12"][second % 3];
		search.dispatchEvent(new Event("input", { bubbles: true }))`)
	d.do(`const search = document.querySelector("input[type=search]"); search.value = ""; search.dispatchEvent(new Event("input", { bubbles: true }))`)
	d.steady("scrolled", `scrollTo(0, (second % 10) * document.documentElement.scrollHeight / 10)`)
}
