package server_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/docs"
	"github.com/aprakasa/mikronec/internal/engine"
	"github.com/aprakasa/mikronec/internal/sim"
)

// oapiCodegen is run at a fixed version and is in no go.mod: the tools of this repository
// need none of its modules.
const oapiCodegen = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"

// The client that oapi-codegen makes of the document compiles, and understands the program.
func TestAClientOfOAPICodegen(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "oapi-codegen"))))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "openapi.json"), docs.OpenAPI, 0o600))
	inDir := func(name string, args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		cmd.Env = engine.Static()
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := inDir("go", "mod", "download"); err != nil {
		engine.Missing(t, "WITH oapi-codegen", "go mod download: "+out)
	}
	out, err := inDir("go", "run", oapiCodegen, "-generate", "types,client", "-package", "main", "-o", "client.go", "openapi.json")
	require.NoError(t, err, out)
	out, err = inDir("go", "build", "-o", "client", ".")
	require.NoError(t, err, out)

	p := start(t, nil)
	_, addr := device(t, sim.Options{Identity: "kantor"})
	p.connect("a", addr)
	out, err = inDir("./client", p.base, testKey)
	require.NoError(t, err, out)
	assert.Equal(t, "kantor\nunknown_router\ntrue budi\n", out)
}
