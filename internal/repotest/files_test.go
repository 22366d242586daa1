package repotest_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Files of the program have at most 300 lines: a longer one has more than one subject.
func TestFilesAreShort(t *testing.T) {
	const most, least = 300, 100
	files := 0
	for _, folder := range []string{"..", filepath.Join(root, "client")} {
		require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Name() == "node_modules" {
				return filepath.SkipDir
			}
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			text, err := os.ReadFile(path)
			assert.LessOrEqual(t, bytes.Count(text, []byte("\n")), most, path)
			return err
		}))
	}
	assert.Greater(t, files, least, "the files were found")
}
