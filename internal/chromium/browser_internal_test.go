package chromium

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/engine"
)

// double is a test whose end is looked at.
type double struct {
	testing.TB
	cleanups        []func()
	errors          []string
	skipped, failed string
}

// ended is what a double panics with, where a test would end.
type ended struct{}

func (d *double) Helper()          {}
func (d *double) Cleanup(f func()) { d.cleanups = append(d.cleanups, f) }
func (d *double) Skip(args ...any) { d.skipped = args[0].(string); panic(ended{}) }
func (d *double) Fatal(args ...any) {
	d.failed = args[0].(string)
	panic(ended{})
}
func (d *double) Errorf(_ string, args ...any) { d.errors = append(d.errors, args[0].(string)) }

func TestATestFailsForWhatItsPageDid(t *testing.T) {
	d := &double{TB: t}
	tab := running(t).open(d)
	Eval[any](tab, `console.error("allowed"), console.error("not allowed to anybody")`)
	tab.Allow(`"allowed"`)
	for _, cleanup := range d.cleanups {
		cleanup()
	}
	assert.Equal(t, []string{`console.error: "not allowed to anybody"`}, d.errors)
}

func TestWithoutChromium(t *testing.T) {
	for name, tt := range map[string]struct {
		err              error
		ci, skip, failed string
	}{
		"at home":          {errNone, "", "NOT TESTED IN A BROWSER: chromium is not installed; ", ""},
		"in CI":            {errNone, "true", "", "chromium is not installed; "},
		"one that is sick": {errors.New("did not start"), "", "", "did not start"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CI", tt.ci)
			t.Setenv(engine.Require, "")
			d := &double{}
			assert.PanicsWithValue(t, ended{}, func() { missing(d, tt.err) })
			assert.Contains(t, d.skipped, tt.skip)
			assert.Contains(t, d.failed, tt.failed)
			assert.NotEqual(t, d.skipped == "", d.failed == "")
		})
	}
}

func TestFind(t *testing.T) {
	for name, tt := range map[string]struct {
		named     string
		installed []string
		path      string
		err       string
	}{
		"none":                    {"", nil, "", "chromium is not installed"},
		"the first name":          {"", []string{"google-chrome", "chromium"}, "/bin/chromium", ""},
		"another name":            {"", []string{"google-chrome"}, "/bin/google-chrome", ""},
		"the one of the variable": {"brave", []string{"chromium", "brave"}, "/bin/brave", ""},
		"a variable that is off":  {"brave", []string{"chromium"}, "", "CHROMIUM: "},
	} {
		t.Run(name, func(t *testing.T) {
			path, err := find(func(string) string { return tt.named }, func(name string) (string, error) {
				if slices.Contains(tt.installed, name) {
					return "/bin/" + name, nil
				}
				return "", exec.ErrNotFound
			}, Names...)
			assert.Equal(t, tt.path, path)
			if tt.err == "" {
				require.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, tt.err)
			}
			assert.Equal(t, tt.named == "" && tt.err != "", errors.Is(err, errNone), "a name that is wrong is no reason to skip")
		})
	}
}

// A browser that stops takes its processes and its profile with it.
func TestStopLeavesNothing(t *testing.T) {
	b, err := startFirst(Names...)
	missing(t, err)
	profile := profileOf(t, chromedp.FromContext(b.ctx).Browser.Process().Pid)
	require.NotEmpty(t, processes(t, profile))
	require.NoError(t, b.stop())
	require.Eventually(t, func() bool { return len(processes(t, profile)) == 0 }, time.Minute, 50*time.Millisecond)
	assert.NoDirExists(t, profile)
}

func TestABrowserThatDoesNotStart(t *testing.T) {
	_, err := start(filepath.Join(t.TempDir(), "chromium"))
	assert.ErrorContains(t, err, "start /")
	_, err = start("/bin/false")
	assert.ErrorContains(t, err, "start /bin/false: ")
}

func profileOf(t *testing.T, pid int) string {
	t.Helper()
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(line), "--user-data-dir=")
	profile, _, _ := strings.Cut(rest, "\x00")
	require.DirExists(t, profile)
	return profile
}

// processes lists those that have the profile on their command line.
func processes(t *testing.T, profile string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	var list []string
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && bytes.Contains(line, []byte(profile)) {
			list = append(list, file)
		}
	}
	return list
}
