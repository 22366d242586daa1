package chromium

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// stepTime limits one step in a tab. It is long, for busy machines.
const stepTime = 90 * time.Second

// Tab is a page with its own cookies, storage and cache, as in a private window. It is
// used by the goroutine of its test and closed when the test ends. The test fails if
// the page logged an error, had an uncaught exception, or sent a request to another
// host, unless Allow permits it.
type Tab struct {
	t        testing.TB
	ctx      context.Context
	problems problems
	allowed  []string
}

// Open returns a new tab on about:blank. Without Chromium it skips the test, or fails it
// in CI. The browser has no windows, if there is such a program: a test that needs one calls
// OpenWindow.
func Open(t testing.TB) *Tab {
	t.Helper()
	return running(t).open(t)
}

// OpenApart is Open for somebody else: the tab knows nothing of what others have stored.
func OpenApart(t testing.TB) *Tab {
	t.Helper()
	return open(running(t).ctx, t, chromedp.WithNewBrowserContext())
}

// OpenWindow is Open in a browser of its own, with windows: a tab hides another, and
// service workers answer for pages.
func OpenWindow(t testing.TB) *Tab {
	t.Helper()
	return windows(t).open(t)
}

func (b *browser) open(t testing.TB) *Tab {
	t.Helper()
	return open(b.ctx, t, chromedp.WithNewWindow(false))
}

// Another opens another tab in the same window, with the same storage and the same six
// connections per server. In a window it hides this tab until Front.
func (t *Tab) Another() *Tab {
	t.t.Helper()
	return open(t.ctx, t.t, chromedp.WithNewWindow(false))
}

// Front shows the tab.
func (t *Tab) Front() {
	t.t.Helper()
	t.Do("come to the front", func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, page.BringToFront, cdp.Empty{})
		return chromedp.Void{}, err
	})
}

func open(parent context.Context, t testing.TB, option chromedp.ContextOption) *Tab {
	t.Helper()
	tab := &Tab{t: t}
	ctx, cancel := chromedp.NewContext(parent, option, chromedp.WithListener(tab.problems.note))
	tab.ctx = ctx
	late := time.AfterFunc(stepTime, cancel) // not a deadline, with which the tab would end
	err := chromedp.Do(ctx)
	late.Stop()
	if err != nil {
		cancel()
		t.Fatalf("chromium: open a tab: %v", err)
	}
	t.Cleanup(func() {
		tab.check()
		tab.forget()
		cancel()
	})
	return tab
}

// forget clears the storage of the page: the server of another test may have the same port.
func (t *Tab) forget() {
	ctx, cancel := context.WithTimeout(t.ctx, 2*time.Second)
	defer cancel()
	_, _ = chromedp.Run(ctx, chromedp.Evaluate[bool](`(localStorage.clear(), true)`)) // fails without a page
}

// During reports to a subtest until it ends, which may then fail alone.
func (t *Tab) During(sub testing.TB) {
	before := t.t
	t.t = sub
	sub.Cleanup(func() { t.t = before })
}

// Context returns the context for other actions of chromedp. It ends with the test,
// after the functions passed to Cleanup since Open.
func (t *Tab) Context() context.Context { return t.ctx }

// Allow permits problems that contain one of the texts, such as errors that the browser
// logs when a test stops the server.
func (t *Tab) Allow(texts ...string) { t.allowed = append(t.allowed, texts...) }

// Problems returns the problems so far that Allow does not permit.
func (t *Tab) Problems() []string { return t.problems.others(t.allowed) }

// Do runs steps one after the other; what describes them in a failure.
func (t *Tab) Do(what string, steps ...chromedp.Action[chromedp.Void]) {
	t.t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, stepTime)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.fatal(what, err)
	}
}

// Navigate opens a page and waits until it is loaded.
func (t *Tab) Navigate(url string) {
	t.t.Helper()
	t.Do("open "+url, chromedp.Navigate(url))
}

// Wait waits until the expression is truthy in the page, awaiting promises. It repeats
// the evaluation, also after an exception. The page repeats it for a second by itself: a
// message for each evaluation would cost more than the page.
func (t *Tab) Wait(what, expression string) {
	t.t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, stepTime)
	defer cancel()
	condition := chromedp.Evaluate[bool](`(async () => {
		for (const end = performance.now() + 1000;; await new Promise((done) => setTimeout(done, 50))) {
			const last = performance.now() > end;
			try {
				if (await (`+expression+`)) return true;
			} catch (error) {
				if (last) throw error;
			}
			if (last) return false;
		}
	})()`, chromedp.EvalAwaitPromise)
	for {
		ok, err := chromedp.Run(ctx, condition)
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			t.fatal("wait until "+what, fmt.Errorf("%s stayed false: %w", expression, cmp.Or(err, ctx.Err())))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Eval returns the value of an expression in the page, awaiting promises.
func Eval[T any](t *Tab, expression string) T {
	t.t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, stepTime)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.fatal("evaluate "+expression, err)
	}
	return value
}

// fatal ends the test, with a screenshot of the page.
func (t *Tab) fatal(what string, err error) {
	t.t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, 10*time.Second)
	defer cancel()
	file := filepath.Join(t.t.ArtifactDir(), "page.png")
	if picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil {
		_ = os.WriteFile(file, picture, 0o600)
	}
	t.t.Fatalf("chromium: %s: %v\nproblems of the page: %q\npicture, kept with -artifacts: %s", what, err, t.Problems(), file)
}

// check fails the test for the problems of the page.
func (t *Tab) check() {
	ctx, cancel := context.WithTimeout(t.ctx, stepTime)
	defer cancel()
	// After its answer, all earlier events of the page have been handled.
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void]("0")); err != nil {
		t.t.Errorf("chromium: no answer from the page at the end: %v", err)
	}
	for _, problem := range t.Problems() {
		t.t.Errorf("chromium: %s", problem)
	}
}
