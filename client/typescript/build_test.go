package typescript_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/client/typescript"
	"github.com/aprakasa/mikronec/internal/engine"
)

// run executes a program in a folder and returns what it printed.
func run(t *testing.T, dir, program string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// The built files are those of the sources and of docs/openapi.json: they are built once more, by the tools of the
// versions in package-lock.json, and compared.
func TestTheBuiltClientIsUpToDate(t *testing.T) {
	engine.Find(t, "node", "nodejs")
	npm := engine.Find(t, "npm", "npm")
	dir := filepath.Join(t.TempDir(), "client", "typescript")
	for _, name := range []string{"package.json", "package-lock.json", "tsconfig.json", "types.mjs", "../../docs/openapi.json"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	require.NoError(t, os.CopyFS(filepath.Join(dir, "src"), os.DirFS("src")))
	engine.Modules(t, dir)
	out, err := run(t, dir, npm, "run", "--silent", "build")
	require.NoError(t, err, out)
	for name, built := range map[string][]byte{"client.js": typescript.Client, "client.d.ts": typescript.Declarations} {
		want, err := os.ReadFile(filepath.Join(dir, "dist", name))
		require.NoError(t, err)
		assert.Equal(t, string(want), string(built), "%s: run make client", name)
	}
}

// The client by itself, without a server: its tests are in JavaScript, and need nothing but Node.
func TestTheClientInNode(t *testing.T) {
	node := engine.Find(t, "node", "nodejs")
	tests, err := filepath.Glob("test/*.test.mjs")
	require.NoError(t, err)
	require.NotEmpty(t, tests)
	out, err := run(t, ".", node, append([]string{"--test"}, tests...)...)
	require.NoError(t, err, out)
	assert.Contains(t, out, "# fail 0")
}
