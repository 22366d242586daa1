package engine

import (
	"os"
	"os/exec"
	"testing"
)

// NPM copies a folder and installs what its package-lock.json names, without running what
// packages bring along. It returns the copy. Without node, npm or the registry it calls
// [Missing].
func NPM(t testing.TB, from string) (dir string) {
	t.Helper()
	Find(t, "node", "nodejs")
	npm := Find(t, "npm", "npm")
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), npm, "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts") // #nosec G204 -- npm as it was found in PATH
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		Missing(t, "WITH the tools of npm", "npm ci: "+string(out))
	}
	return dir
}
