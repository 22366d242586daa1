package browser_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/sim"
)

// withHistory is a server before p that has kept a day: value is that of a series so long
// ago, nil where nothing was measured.
func withHistory(t *testing.T, p *program, value func(series string, ago time.Duration) *uint64) *program {
	t.Helper()
	return p.answering(t, map[string]http.HandlerFunc{"GET /routers/{id}/history": func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		back, err := time.ParseDuration(q.Get("from"))
		assert.NoError(t, err)
		seconds, err := strconv.Atoi(q.Get("step"))
		assert.NoError(t, err)
		now, step := time.Now(), time.Duration(seconds)*time.Second
		from, series := now.Add(-back).Truncate(step), map[string][]*uint64{}
		for name := range strings.SplitSeq(strings.ReplaceAll(q.Get("series"), "interface/*", "interface/ether1/rx,interface/ether1/tx"), ",") {
			for at := from; at.Before(now); at = at.Add(step) {
				series[name] = append(series[name], value(name, now.Sub(at)))
			}
		}
		w.Header().Set("Content-Type", "application/json")
		assert.NoError(t, json.NewEncoder(w).Encode(map[string]any{"success": true, "from": from.UTC(), "step": seconds, "series": series}))
	}})
}

// evening is a day whose evening was busy, 14 to 16 hours ago, and of which the server has
// not seen the hours 5 to 7.
func evening(series string, ago time.Duration) *uint64 {
	hours := ago.Hours()
	switch {
	case hours > 5 && hours < 7:
		return nil
	case strings.HasSuffix(series, "/rx") && hours > 14 && hours < 16:
		return new(uint64(300e6))
	case strings.HasPrefix(series, "interface/"):
		return new(uint64(20e6))
	}
	return new(uint64(40))
}

// at touches the graph of the open panel at a share of its width, and returns what it says.
func (d *phone) at(share float64) string {
	d.t.Helper()
	return chromium.Eval[string](d.Tab, fmt.Sprintf(`(() => {
		const canvas = document.querySelector("dialog .graph") ?? document.querySelector("#graph .graph");
		canvas.scrollIntoView({ block: "center" });
		const box = canvas.getBoundingClientRect();
		canvas.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, pointerType: "touch", clientX: box.left + %f * box.width, clientY: box.top + box.height / 2 }));
		return canvas.parentNode.querySelector(".hint").textContent.replaceAll("\u00a0", " ");
	})()`, share))
}

func TestTaskTrafficOfYesterdayEvening(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	_, addr := device(t, sim.Options{PPPUsers: 60, Identity: "core-1"})
	p.connect("pppoe-core", addr)
	d := newPhone(t, withHistory(t, p, evening))
	d.task()
	d.tap(card("pppoe-core"))
	d.tap(named("Interfaces"))
	d.tap(`[...document.querySelectorAll("#panel-interfaces .body .line")].find((l) => l.querySelector(".name").textContent === "ether1")`)
	d.Wait("its graph of a day is there", `document.querySelector("dialog [data-span=day][aria-pressed=true]") && document.querySelector("dialog .graph").checkVisibility()`)
	d.took(3)
	d.Wait("the graph is filled", `document.querySelector("dialog .graphnote").hidden`)
	require.Eventually(t, func() bool { return strings.HasSuffix(d.at(1-15.0/24), " · Rx 300 Mbps · Tx 20 Mbps") }, time.Minute, 50*time.Millisecond, "the evening")
	assert.Regexp(t, `^\d\d:\d\d · Rx 20 Mbps · Tx 20 Mbps$`, d.at(1-20.0/24))
	assert.Regexp(t, `^\d\d:\d\d · Rx – · Tx –$`, d.at(1-6.0/24), "where nothing was measured")
}

// A figure folds open to a graph of ten minutes, an hour and a day, which are filled at
// once. A gap is drawn as a gap.
func TestDashboardGraphs(t *testing.T) {
	t.Parallel()
	p := start(t, "", nil)
	_, addr := device(t, sim.Options{PPPUsers: 60, Identity: "core-1"})
	p.connect("pppoe-core", addr)
	d := newPhone(t, withHistory(t, p, evening))
	d.tap(card("pppoe-core"))
	d.tap(`document.querySelector(".strip [data-figure=cpu]")`)
	d.Wait("there is a graph", `document.querySelector("#graph .graph").checkVisibility()`)
	// drawn is how much of the graph above the times is covered at a share of its width.
	drawn := func(share float64) int {
		return chromium.Eval[int](d.Tab, fmt.Sprintf(`(() => {
			const canvas = document.querySelector("#graph .graph");
			const { data } = canvas.getContext("2d").getImageData(Math.floor(canvas.width * %f), 0, 1, Math.floor(canvas.height * 0.85));
			return data.filter((v, i) => i %% 4 === 3 && v > 0).length;
		})()`, share))
	}
	for _, span := range []string{"minutes", "hour", "day"} {
		d.tap(fmt.Sprintf(`document.querySelector("#graph [data-span=%s]")`, span))
		require.Eventually(t, func() bool { return drawn(0.3) > 40 && drawn(0.85) > 40 }, time.Minute, 50*time.Millisecond, "%s: it is filled", span)
		assert.Contains(t, d.at(0.3), " · 40%", span)
	}
	var gap []int
	for _, hours := range []float64{5.5, 5.9, 6.3, 6.7} {
		gap = append(gap, drawn(1-hours/24))
	}
	slices.Sort(gap)
	assert.Less(t, gap[2], 10, "the gap, but for a line of the hours: %v", gap)
	assert.Regexp(t, `^\d\d:\d\d · –$`, d.at(1-5.9/24))
	for figure, text := range map[string]string{"memory": `\d%`, "online": ` · 80`, "traffic": `Rx 20 Mbps · Tx 20 Mbps`} { // users: 40 and 40
		d.do(fmt.Sprintf(`document.querySelector(".strip [data-figure=%s]").click()`, figure))
		if figure == "traffic" {
			d.do(`const choice = document.querySelector("#graph select"); choice.value = "ether1"; choice.dispatchEvent(new Event("change"))`)
		}
		require.Eventually(t, func() bool { return regexp.MustCompile(text).MatchString(d.at(0.2)) }, time.Minute, 50*time.Millisecond, figure)
	}
	d.Navigate(d.p.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(apiKey)
	d.tap(card("pppoe-core"))
	d.Wait("the line of ten minutes is filled at once", `[...document.querySelectorAll(".strip .spark .line")].every((line) => line.getBBox().width > 80)`)
}

// Without history the page says so, and shows what it has seen.
func TestDashboardGraphsWithoutHistory(t *testing.T) {
	t.Parallel()
	d := signedIn(t)
	d.visit("pppoe-core")
	d.click(".strip [data-figure=online]")
	d.click("#graph [data-span=day]")
	d.Wait("it is said", `!document.querySelector(".graphnote").hidden && document.querySelector(".graphnote").textContent.includes("HISTORY=24h") && document.querySelector(".graph").hidden`)
	d.click("#graph [data-span=minutes]")
	d.Wait("and what is known is shown", `document.querySelector(".graphnote").hidden && document.querySelector(".graph").width > 50`)
}
