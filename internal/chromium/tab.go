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

// stepTime bounds one step in a tab. It is generous: the tests run on machines
// that do other things.
const stepTime = 90 * time.Second

// Tab is a page with cookies, storage and cache of its own, as in a private
// window. The goroutine of its test owns it. It closes with the test, which
// fails if the page logged an error, threw an exception that nothing caught or
// asked another host, unless Allow was told.
type Tab struct {
	t        testing.TB
	ctx      context.Context
	problems problems
	allowed  []string
}

// Open returns a new tab on about:blank. Where there is no Chromium, it skips
// the test, which fails instead in CI.
func Open(t testing.TB) *Tab {
	t.Helper()
	return running(t).open(t)
}

func (b *browser) open(t testing.TB) *Tab {
	t.Helper()
	return open(b.ctx, t, chromedp.WithNewBrowserContext())
}

// Another returns a tab beside this one, in front of it: in the same window, with
// the same storage and the same six connections to a server. This one is hidden
// until Front.
func (t *Tab) Another() *Tab {
	t.t.Helper()
	return open(t.ctx, t.t, chromedp.WithNewWindow(false))
}

// Front shows the tab that others hide.
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
	late := time.AfterFunc(stepTime, cancel) // and no deadline: the tab would end with it
	err := chromedp.Do(ctx)
	late.Stop()
	if err != nil {
		cancel()
		t.Fatalf("chromium: open a tab: %v", err)
	}
	t.Cleanup(func() {
		tab.check()
		cancel()
	})
	return tab
}

// Context is for actions of chromedp that Tab has no method for. It ends with
// the test, after the functions given to Cleanup since Open.
func (t *Tab) Context() context.Context { return t.ctx }

// Allow names parts of problems that do not fail the test, such as the errors
// that the browser logs itself where a server is gone on purpose.
func (t *Tab) Allow(texts ...string) { t.allowed = append(t.allowed, texts...) }

// Problems returns what would fail the test by now, without what is allowed.
func (t *Tab) Problems() []string { return t.problems.others(t.allowed) }

// Do makes steps one after the other; what says for a failure what they are for.
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

// Wait waits until the expression is truthy in the page, awaiting promises. It
// asks again and again, also where the page has not got that far yet and the
// expression throws.
func (t *Tab) Wait(what, expression string) {
	t.t.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, stepTime)
	defer cancel()
	condition := chromedp.Evaluate[bool]("(async () => !!("+expression+"))()", chromedp.EvalAwaitPromise)
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

// fatal ends the test. A picture of the page tells more than the error.
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

// check fails the test for what the page should not have done.
func (t *Tab) check() {
	ctx, cancel := context.WithTimeout(t.ctx, stepTime)
	defer cancel()
	// Behind its answer, everything that the page did before has been noted.
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void]("0")); err != nil {
		t.t.Errorf("chromium: the page does not answer at the end: %v", err)
	}
	for _, problem := range t.Problems() {
		t.t.Errorf("chromium: %s", problem)
	}
}
