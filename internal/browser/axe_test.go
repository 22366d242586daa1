package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
	"github.com/aprakasa/mikronec/internal/engine"
)

// runAxe has axe-core look at the page with the rules of WCAG 2.2 AA and its best
// practices, and returns what it finds: the rule, the element and what is wrong. Moving
// things stand still meanwhile: text that fades in has too little contrast.
const runAxe = `(async (...rules) => {
	for (const a of document.getAnimations()) try { a.finish() } catch { a.cancel() }
	const { violations } = await axe.run(document, { resultTypes: ["violations"],
		runOnly: rules.length ? rules : ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
	return violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary));
})`

// axe is the text of axe-core.
func axe(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(engine.NPM(t, "testdata/axe"), "node_modules", "axe-core", "axe.min.js"))
	require.NoError(t, err)
	return string(text)
}

// ofColors are the rules that depend on colors, in which alone the themes differ.
const ofColors = `("color-contrast", "link-in-text-block")`

// axeFindsNothing in what is shown, light and dark.
func (d *dashboard) axeFindsNothing(view string) {
	d.t.Helper()
	assert.Empty(d.t, chromium.Eval[[]string](d.Tab, runAxe+`()`), "%s, the system's theme", view)
	d.click("#theme")
	assert.Empty(d.t, chromium.Eval[[]string](d.Tab, runAxe+ofColors), "%s, the other theme", view)
	d.click("#theme")
}

// axe-core finds nothing in any view, on a phone and on a desk, light and dark.
func TestAxeFindsNothing(t *testing.T) {
	t.Parallel()
	script := axe(t)
	for _, shape := range []struct {
		name string
		as   chromedp.Action[chromedp.Void]
	}{
		{"phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile)},
		{"desk", chromedp.EmulateViewport(1280, 860)},
	} {
		t.Run(shape.name, func(t *testing.T) {
			t.Parallel()
			d := newSmallDashboard(t)
			d.Do("take the shape", shape.as)
			d.do(script)
			d.Allow("422 (Unprocessable Entity)") // one command is wrong
			d.axeFindsNothing("the form to sign in")
			d.signIn(apiKey)
			d.live()
			busy(t, d.core)
			for _, view := range views {
				d.do(view.open)
				d.Wait(view.name+" is shown", view.shown)
				d.axeFindsNothing(view.name)
			}
		})
	}
}

// axe-core works as it is run here: it finds what is wrong.
func TestAxeFindsFaults(t *testing.T) {
	t.Parallel()
	d := newDashboard(t)
	d.do(axe(t))
	d.do(`document.querySelector("main").append(document.createElement("button"),
		Object.assign(document.createElement("h4"), { textContent: "too low" }),
		Object.assign(document.createElement("p"), { textContent: "faint", style: "color: #999; background: #fff" }))`)
	found := func(arguments string) (rules []string) {
		for _, finding := range chromium.Eval[[]string](d.Tab, runAxe+arguments) {
			rule, _, _ := strings.Cut(finding, ":")
			rules = append(rules, rule)
		}
		return rules
	}
	assert.Subset(t, found(`()`), []string{"button-name", "color-contrast", "heading-order"})
	assert.Equal(t, []string{"color-contrast"}, found(ofColors))
}
