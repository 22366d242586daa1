package textfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/textfile"
)

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		size  int
		wrong string
	}{
		"empty":        {0, ""},
		"at the limit": {10, ""},
		"above it":     {11, "is larger than 10 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("x", c.size)), 0o600))
			text, err := textfile.Read(path, 10)
			if c.wrong != "" {
				require.ErrorContains(t, err, path+" "+c.wrong)
				return
			}
			require.NoError(t, err)
			assert.Len(t, text, c.size)
		})
	}
	_, err := textfile.Read(filepath.Join(t.TempDir(), "none"), 10)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = textfile.Read(t.TempDir(), 10)
	require.Error(t, err, "a folder")
}
