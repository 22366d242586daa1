package browser_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/chromium"
)

// phone is the page on a phone of 390 by 844 with touch. It counts taps.
type phone struct {
	*dashboard
	taps int
}

// newPhone opens the page on a phone, signed in as the owner, at all routers.
func newPhone(t *testing.T, p *program) *phone {
	t.Helper()
	d := &phone{dashboard: &dashboard{t: t, p: p, Tab: chromium.Open(t)}}
	d.Do("be a phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	d.Navigate(p.base)
	d.Wait("the page asks for a key", `document.activeElement.id === "key"`)
	d.signIn(apiKey)
	d.Wait("routers are shown", `document.querySelector(".card")`)
	return d
}

// task begins a task at all routers: taps are counted from here.
func (d *phone) task() {
	d.t.Helper()
	d.do(`document.querySelector("dialog")?.close(); location.hash = "#/"`)
	d.Wait("all routers are shown", `document.querySelector(".card")`)
	d.taps = 0
}

// tap taps what the expression finds, with a finger in its middle. It has to be in sight,
// large enough, and not covered.
func (d *phone) tap(expression string) {
	d.t.Helper()
	d.Wait("something can be tapped", expression)
	d.do(expression + `?.scrollIntoView({ block: "nearest" })`)
	at := chromium.Eval[[]float64](d.Tab, fmt.Sprintf(`new Promise((done) => {
		// It is nowhere while another list takes its place.
		const place = () => { const b = (%[1]s)?.getBoundingClientRect(); return b ? [b.x + b.width / 2, b.y + b.height / 2, b.width, b.height] : [0, 0, 0, 0]; };
		const moves = () => document.getAnimations().some((a) => a.playState === "running" && a.effect.target?.contains(%[1]s) && a.effect.getComputedTiming().endTime < Infinity);
		// What has come meanwhile may have moved it: it has to stay where it is, as it does for who looks first.
		const settle = (before, still, n) => requestAnimationFrame(() => {
			const now = place();
			still = now[2] && !moves() && now.join() === before.join() ? still + 1 : 0;
			if (still === 12 || n > 120 && now[2]) done(now); else settle(now, still, n + 1);
		});
		settle(place(), 0, 0);
	})`, expression))
	require.True(d.t, at[2] >= 24 && at[3] >= 24, "%s is %v by %v pixels", expression, at[2], at[3])
	// A menu that was closed covers it for a moment.
	d.Wait(expression+" is not covered", fmt.Sprintf(`(() => { const hit = document.elementFromPoint(%f, %f); const wanted = %s; return wanted === hit || wanted.contains(hit) || hit?.contains(wanted); })()`, at[0], at[1], expression))
	touch := func(kind input.DispatchTouchEventType, points ...*input.TouchPoint) chromedp.Action[chromedp.Void] {
		return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
			return err
		})
	}
	d.Do("tap "+expression, touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: at[0], Y: at[1]}), touch(input.DispatchTouchEventTypeTouchEnd))
	d.taps++
}

// types types into what has the focus, which the page gave it.
func (d *phone) types(text string) {
	d.t.Helper()
	d.Wait("something can be typed into", `document.activeElement?.matches("input")`)
	d.Do("type", chromedp.KeyEvent(text))
}

// took compares the number of taps of a task.
func (d *phone) took(taps int) {
	d.t.Helper()
	assert.Equal(d.t, taps, d.taps, "taps")
}

// card and named are what a finger looks for: a router, and a button with this text, which
// may have a number after it.
func card(id string) string { return fmt.Sprintf(`document.querySelector(".card[data-id=%s]")`, id) }

func named(text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("dialog button, .routerhead button, .tablist button, .menulist button, .titled button, #settings button, .toprow button")].filter((b) => b.checkVisibility()).find((b) => [b.textContent.trim(), b.firstElementChild?.textContent.trim(), b.getAttribute("aria-label")].includes(%q))`, text)
}
