// Package chromium runs tests of pages in a real, headless Chromium: one browser for a
// test binary, one with windows for each test that needs them, and a tab for each test. Tabs
// share cookies, which know no ports, and, until their test ends, the storage of an origin:
// each test needs a server of its own. A test fails if its page logs an error or sends a
// request to another host.
//
// A package that uses it calls Main, which stops the browser:
//
//	func TestMain(m *testing.M) { os.Exit(chromium.Main(m)) }
package chromium

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/aprakasa/mikronec/internal/engine"
)

// Names are the names of the program, in the order of the search.
var Names = []string{"chromium", "chromium-browser", "google-chrome"}

// shells are names of the same engine without windows, which takes half the time of the
// processor. In it all tabs are in front, and service workers answer for no page.
var shells = []string{"chromium-headless-shell", "chrome-headless-shell"}

// startTime and stopTime limit the start and stop of the browser, on a machine that is
// busy with compiling.
const (
	startTime = 2 * time.Minute
	stopTime  = 30 * time.Second
)

// errNone means that no browser is installed.
var errNone = errors.New("chromium is not installed; install the package chromium, or set CHROMIUM to the program")

// shared is the browser without windows of the test binary. The lock is held while it
// starts, so that other tests wait for it.
var shared struct {
	mu      sync.Mutex
	main    bool     // Main is running, and will stop the browser; guarded by mu
	browser *browser // nil before the first start, and after one that failed; guarded by mu
	err     error    // of the first start, which is not repeated; guarded by mu
}

// Main runs the tests, stops the browser that they shared, and returns the exit status.
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

// running returns the browser of the test binary, and starts it at the first call. Without
// one, it calls engine.Missing.
func running(t testing.TB) *browser {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if !shared.main {
		t.Fatal("chromium: this package has no TestMain that calls chromium.Main")
	}
	if shared.browser == nil && shared.err == nil {
		shared.browser, shared.err = startFirst(slices.Concat(shells, Names)...)
	}
	missing(t, shared.err)
	return shared.browser
}

// windows starts a browser with windows, which ends with the test: one that does nothing
// any more takes an eighth of a processor.
func windows(t testing.TB) *browser {
	t.Helper()
	b, err := startFirst(Names...)
	missing(t, err)
	t.Cleanup(func() {
		if err := b.stop(); err != nil {
			t.Errorf("chromium: %v", err)
		}
	})
	return b
}

// startFirst starts the first of the names that is installed.
func startFirst(names ...string) (*browser, error) {
	path, err := find(os.Getenv, exec.LookPath, names...)
	if err != nil {
		return nil, err
	}
	return start(path)
}

// missing ends the test if err is not nil.
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

// find returns the path of the program that CHROMIUM names, or of the first of the names that
// is installed.
func find(getenv func(string) string, lookPath func(string) (string, error), names ...string) (string, error) {
	if named := getenv("CHROMIUM"); named != "" {
		path, err := lookPath(named)
		if err != nil {
			return "", fmt.Errorf("CHROMIUM: %w", err)
		}
		return path, nil
	}
	for _, name := range names {
		if path, err := lookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNone
}

// browser is a running Chromium with a temporary profile.
type browser struct {
	ctx    context.Context
	cancel context.CancelFunc // ends the process and waits for it
}

func start(path string) (*browser, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		// Neither the page nor the browser can reach other hosts.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
		chromedp.Flag("disable-component-update", true),
		chromedp.DisableGPU,
		// All pages are of this machine, and so of one site: they share a process, which
		// compiles their scripts once. A process for each took a quarter more.
		chromedp.Flag("process-per-site", true),
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

// stop closes the browser and waits for its processes.
func (b *browser) stop() error {
	ctx, cancel := context.WithTimeout(b.ctx, stopTime)
	defer cancel()
	err := chromedp.Cancel(ctx)
	b.cancel()
	if err != nil {
		return fmt.Errorf("close the browser: %w", err)
	}
	return nil
}
