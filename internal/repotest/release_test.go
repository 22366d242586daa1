package repotest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRelease makes a release for one processor under two names, since the standard
// library and all modules would be compiled once more for another. make lint-platforms
// checks the types of the program for the others.
func TestRelease(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "make", "--no-print-directory", "release",
		"VERSION=v1.2.3-test", "PLATFORMS=linux/amd64 linux/amd64/7", "RELEASE="+dir)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))

	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	require.NoError(t, err)
	var listed []string
	for line := range strings.Lines(string(sums)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		listed = append(listed, name)
		b, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		got := sha256.Sum256(b)
		assert.Equal(t, hex.EncodeToString(got[:]), sum, name)
	}
	plain, versioned := "mikronec_v1.2.3-test_linux_amd64", "mikronec_v1.2.3-test_linux_amd64v7"
	assert.ElementsMatch(t, []string{plain, plain + ".cdx.json", versioned, versioned + ".cdx.json"}, listed)

	for _, name := range []string{plain, versioned} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Less(t, info.Size(), int64(24<<20), "%s is under 24 MiB", name)
		text, err := os.ReadFile(filepath.Join(dir, name+".cdx.json"))
		require.NoError(t, err)
		var bom struct {
			Metadata struct {
				Component struct{ Name, Version string }
			}
			Components []struct{ Name, Version string }
		}
		require.NoError(t, json.Unmarshal(text, &bom))
		assert.Equal(t, "v1.2.3-test", bom.Metadata.Component.Version)
		var names []string
		for _, c := range bom.Components {
			names = append(names, c.Name)
		}
		assert.Subset(t, names, []string{"std", "github.com/go-chi/chi/v5", "github.com/klauspost/compress"})
		assert.NotContains(t, names, "github.com/stretchr/testify", "what only tests need is not shipped")
	}
	version, err := exec.CommandContext(t.Context(), filepath.Join(dir, plain), "version").Output()
	require.NoError(t, err)
	assert.Equal(t, "mikronec v1.2.3-test\n", string(version))
}
