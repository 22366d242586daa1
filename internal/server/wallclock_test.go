//go:build !wallclock

package server_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Nothing that the program measures depends on the wall clock, which an operator
// or NTP may step at any time. The clock of this machine is not this test's to
// step, so TestASteppedWallClock runs on a standard library whose time.Now adds
// a step to the wall clock, and to nothing else.
func TestIntervalsUseTheMonotonicClock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := exec.CommandContext(t.Context(), "go", "env", "GOROOT")
	out, err := env.Output()
	require.NoError(t, err)
	original := filepath.Join(strings.TrimSpace(string(out)), "src", "time", "time.go")
	source, err := os.ReadFile(original)
	require.NoError(t, err)
	for _, change := range []struct{ before, after string }{
		{"\t_ \"unsafe\" // for go:linkname\n", "\t\"internal/runtime/atomic\"\n\t_ \"unsafe\" // for go:linkname\n"},
		{"\tsec, nsec, mono := runtimeNow()\n", "\tsec, nsec, mono := runtimeNow()\n\tsec += atomic.Loadint64(&wallStep)\n"},
		{"func Now() Time {\n", "// StepWall moves the wall clock by seconds.\nfunc StepWall(seconds int64) { atomic.Xaddint64(&wallStep, seconds) }\n\nvar wallStep int64\n\nfunc Now() Time {\n"},
	} {
		require.Equal(t, 1, bytes.Count(source, []byte(change.before)), "time.go of this Go has another form: %q", change.before)
		source = bytes.Replace(source, []byte(change.before), []byte(change.after), 1)
	}
	stepped := filepath.Join(dir, "time.go")
	require.NoError(t, os.WriteFile(stepped, source, 0o600))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{original: stepped}})
	require.NoError(t, err)
	file := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(file, overlay, 0o600))

	run := exec.CommandContext(t.Context(), "go", "test", "-overlay", file, "-tags", "wallclock",
		"-count", "1", "-v", "-run", "^TestASteppedWallClock$", ".")
	text, err := run.CombinedOutput()
	require.NoError(t, err, string(text))
	require.Contains(t, string(text), "--- PASS: TestASteppedWallClock")
}
