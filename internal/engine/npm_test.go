package engine_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/engine"
)

// shelf has a node and an npm that installs a copy of package-lock.json, or fails if it is
// "broken", and notes each time that it runs.
type shelf struct {
	t          *testing.T
	kept, runs string
}

func newShelf(t *testing.T) *shelf {
	bin, caches, runs := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "runs")
	for name, script := range map[string]string{
		"node": "exit 1",
		"npm":  `echo run >>"$RUNS"; mkdir node_modules; cp package-lock.json node_modules/; ! grep -q broken package-lock.json`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700))
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("XDG_CACHE_HOME", caches)
	t.Setenv("HOME", caches)
	t.Setenv("RUNS", runs)
	t.Setenv("CI", "true")
	return &shelf{t, filepath.Join(caches, "mikronec-npm"), runs}
}

// project is a folder with a package-lock.json.
func (s *shelf) project(lock string) (dir string) {
	s.t.Helper()
	dir = s.t.TempDir()
	require.NoError(s.t, os.WriteFile(filepath.Join(dir, "package.json"), []byte("{}"), 0o600))
	require.NoError(s.t, os.WriteFile(filepath.Join(dir, "package-lock.json"), []byte(lock), 0o600))
	return dir
}

func (s *shelf) ran() int {
	s.t.Helper()
	text, err := os.ReadFile(s.runs)
	require.NoError(s.t, err)
	return len(text) / len("run\n")
}

func TestPackagesAreInstalledOnceForEachLock(t *testing.T) {
	s := newShelf(t)
	for _, want := range []struct {
		lock string
		ran  int
	}{{"one", 1}, {"two", 2}, {"one", 2}, {"two", 2}} {
		text, err := os.ReadFile(filepath.Join(engine.NPM(t, s.project(want.lock)), "node_modules", "package-lock.json"))
		require.NoError(t, err)
		assert.Equal(t, want.lock, string(text))
		assert.Equal(t, want.ran, s.ran())
	}
}

func TestWhatCouldNotBeInstalledIsNotKept(t *testing.T) {
	s := newShelf(t)
	for try := range 2 {
		d := &double{TB: t}
		assert.PanicsWithValue(t, ended{}, func() { engine.Modules(d, s.project("broken")) })
		assert.Contains(t, d.failed, "npm ci: exit status 1")
		assert.Equal(t, try+1, s.ran())
	}
	entries, err := os.ReadDir(s.kept)
	require.NoError(t, err)
	assert.Empty(t, entries)
}
