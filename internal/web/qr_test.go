package web_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/internal/engine"
)

// A decoder of others reads every code: each version, each length, and text that is not
// ASCII.
func TestQRCodesAreRead(t *testing.T) {
	dir := engine.NPM(t, filepath.Join("testdata", "npm"))
	encoder, err := os.ReadFile(filepath.Join("src", "qr.js"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "qr.mjs"), encoder, 0o600))
	cmd := exec.CommandContext(t.Context(), engine.Find(t, "node", "nodejs"), "decode.mjs", filepath.Join(dir, "qr.mjs")) // #nosec G204 -- files of this test
	cmd.Dir = dir
	out, err := cmd.Output()
	require.NoError(t, err)
	var got struct {
		Texts, Capacity int
		Wrong           []string
		Versions        []int
		TooLong         any
	}
	require.NoError(t, json.Unmarshal(out, &got))
	assert.Empty(t, got.Wrong)
	assert.Equal(t, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, got.Versions)
	assert.Equal(t, 213, got.Capacity, "that of version 10-M")
	assert.Equal(t, got.Capacity+4, got.Texts)
	assert.Nil(t, got.TooLong)
}
