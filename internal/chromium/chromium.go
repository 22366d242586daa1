// Package chromium lets tests look at pages in a real Chromium, headless: one
// browser for a test binary, a tab of its own for each test. A tab fails its
// test where the page logs an error or turns to another host than this one.
//
// A package that uses it hands its tests to Main, which stops the browser:
//
//	func TestMain(m *testing.M) { os.Exit(chromium.Main(m)) }
package chromium

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/aprakasa/mikronec/internal/engine"
)

// Names are what Chromium is called, in the order of looking for it.
var Names = []string{"chromium", "chromium-browser", "google-chrome"}

// startTime is for a browser on a machine that compiles meanwhile, stopTime for
// one that closes its files.
const (
	startTime = 2 * time.Minute
	stopTime  = 30 * time.Second
)

// errNone says that the tests have nothing to run in.
var errNone = errors.New("there is no Chromium: install the package chromium, or name the program in CHROMIUM")

// shared is the browser of the test binary. The lock is held while it starts:
// the other tests wait for it.
var shared struct {
	mu      sync.Mutex
	main    bool     // Main runs the tests, and will stop the browser; guarded by mu
	browser *browser // nil before the first test that asks; guarded by mu
	err     error    // why there is none, the second try would fail like the first; guarded by mu
}

// Main runs the tests and stops the browser that they used, if they did.
// It returns the exit status.
func Main(m *testing.M) int {
	shared.mu.Lock()
	shared.main = true
	shared.mu.Unlock()
	status := m.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.browser != nil {
		if err := shared.browser.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "chromium:", err)
			status = max(status, 1)
		}
	}
	return status
}

// running returns the browser of the test binary, started by the first who asks.
// Where there is none, engine.Missing says what happens to the test.
func running(t testing.TB) *browser {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if !shared.main {
		t.Fatal("chromium: this package has no TestMain that calls chromium.Main")
	}
	if shared.browser == nil && shared.err == nil {
		var path string
		if path, shared.err = find(os.Getenv, exec.LookPath); shared.err == nil {
			shared.browser, shared.err = start(path)
		}
	}
	missing(t, shared.err)
	return shared.browser
}

// missing ends a test that has no browser because of err, if that is not nil.
func missing(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errNone):
		engine.Missing(t, "IN A BROWSER", err.Error())
	default:
		t.Fatal("chromium: " + err.Error())
	}
}

// find returns the path of the program.
func find(getenv func(string) string, lookPath func(string) (string, error)) (string, error) {
	if named := getenv("CHROMIUM"); named != "" {
		path, err := lookPath(named)
		if err != nil {
			return "", fmt.Errorf("the program that CHROMIUM names: %w", err)
		}
		return path, nil
	}
	for _, name := range Names {
		if path, err := lookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNone
}

// browser is a running Chromium with a profile that is gone afterwards.
type browser struct {
	ctx    context.Context
	cancel context.CancelFunc // ends the process, and returns when it is gone
}

func start(path string) (*browser, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		// Neither the page nor the browser itself gets beyond this host.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
		chromedp.Flag("disable-component-update", true),
		chromedp.DisableGPU,
		chromedp.WindowSize(1280, 800),
	)
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancelBrowser := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	b := &browser{ctx: ctx, cancel: func() { cancelBrowser(); cancelAllocator() }}
	late := time.AfterFunc(startTime, b.cancel)
	err := chromedp.Do(ctx)
	if !late.Stop() {
		err = fmt.Errorf("%s did not start within %v", path, startTime)
	} else if err != nil {
		b.cancel()
		err = fmt.Errorf("start %s: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// stop closes the browser and waits until its processes are gone.
func (b *browser) stop() error {
	ctx, cancel := context.WithTimeout(b.ctx, stopTime)
	defer cancel()
	err := chromedp.Cancel(ctx)
	b.cancel()
	if err != nil {
		return fmt.Errorf("the browser did not close by itself: %w", err)
	}
	return nil
}
