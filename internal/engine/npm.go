package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// NPM copies a folder and installs what its package-lock.json names, as [Modules] does. It
// returns the copy.
func NPM(t testing.TB, from string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	Modules(t, dir)
	return dir
}

// Modules makes dir/node_modules what dir/package-lock.json names, without running what
// packages bring along. Without node, npm or the registry it calls [Missing].
//
// npm takes longer to unpack the packages than most tests to use them, so that they are kept
// next to the build cache of Go, once for each package-lock.json, and node_modules is a
// link to them: tests only read there.
func Modules(t testing.TB, dir string) {
	t.Helper()
	Find(t, "node", "nodejs")
	npm := Find(t, "npm", "npm")
	caches, err := os.UserCacheDir()
	if err != nil { // no home: they are installed where they are used
		if err := ci(t, npm, dir); err != nil {
			Missing(t, "WITH the tools of npm", err.Error())
		}
		return
	}
	kept := filepath.Join(caches, "mikronec-npm")
	hash := sha256.New()
	fmt.Fprintln(hash, runtime.GOOS, runtime.GOARCH)
	for _, name := range named {
		text, err := os.ReadFile(filepath.Join(dir, name)) // #nosec G304 -- of a test
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(hash, "%d\n%s", len(text), text)
	}
	installed := filepath.Join(kept, hex.EncodeToString(hash.Sum(nil))[:32])
	if _, err := os.Stat(installed); err != nil {
		if err := keep(t, npm, dir, kept, installed); err != nil {
			Missing(t, "WITH the tools of npm", err.Error())
		}
	}
	if err := os.Symlink(filepath.Join(installed, "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
}

// named are the files that say what is installed.
var named = []string{"package.json", "package-lock.json"}

// keep installs the packages of dir in the folder installed of kept, which is there as a whole
// or not at all: tests of other packages may do the same at this time.
func keep(t testing.TB, npm, dir, kept, installed string) error {
	t.Helper()
	if err := os.MkdirAll(kept, 0o700); err != nil {
		return err
	}
	work, err := os.MkdirTemp(kept, "new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	for _, name := range named {
		text, err := os.ReadFile(filepath.Join(dir, name)) // #nosec G304 -- of a test
		if err == nil {
			err = os.WriteFile(filepath.Join(work, name), text, 0o600)
		}
		if err != nil {
			return err
		}
	}
	if err := ci(t, npm, work); err != nil {
		return err
	}
	if err := os.Rename(work, installed); err != nil {
		if _, other := os.Stat(installed); other != nil { // nobody else was faster
			return err
		}
	}
	return nil
}

// ci installs packages in dir/node_modules.
func ci(t testing.TB, npm, dir string) error {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), npm, "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts") // #nosec G204 -- npm as it was found in PATH
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w: %s", err, out)
	}
	return nil
}
