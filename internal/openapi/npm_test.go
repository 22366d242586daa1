package openapi_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aprakasa/mikronec/docs"
	"github.com/aprakasa/mikronec/internal/engine"
)

// project is a copy of testdata/npm with the document and what it needs installed, at
// pinned versions.
type project struct{ dir string }

func install(t *testing.T) project {
	t.Helper()
	p := project{engine.NPM(t, filepath.Join("testdata", "npm"))}
	require.NoError(t, os.WriteFile(filepath.Join(p.dir, "openapi.json"), docs.OpenAPI, 0o600))
	return p
}

// run runs a program of a package, and returns what it writes to its standard output.
func (p project) run(ctx context.Context, t *testing.T, program string, args ...string) (out string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(ctx, filepath.Join(p.dir, "node_modules", ".bin", program), args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true", "NO_UPDATE_NOTIFIER=1")
	var problems strings.Builder
	cmd.Stderr = &problems
	text, err := cmd.Output()
	if err != nil {
		t.Logf("%s: %v\n%s%s", program, err, text, problems.String())
	}
	return string(text), err == nil
}

// The document is valid for those who check it, and generators make clients of it that
// compile.
func TestToolsOfNPM(t *testing.T) {
	p := install(t)
	t.Run("validators", func(t *testing.T) {
		t.Run("redocly", func(t *testing.T) {
			t.Parallel()
			out, ok := p.run(t.Context(), t, "redocly", "lint", "openapi.json", "--config", "redocly.yaml", "--format", "json")
			require.True(t, ok)
			var report struct {
				Totals struct{ Errors, Warnings, Ignored int }
			}
			require.NoError(t, json.Unmarshal([]byte(out), &report), out)
			assert.Zero(t, report.Totals.Errors+report.Totals.Warnings, out)
			assert.Equal(t, 4, report.Totals.Ignored, "those of .redocly.lint-ignore.yaml")
		})
		t.Run("spectral", func(t *testing.T) {
			t.Parallel()
			out, ok := p.run(t.Context(), t, "spectral", "lint", "openapi.json", "--ruleset", "spectral.yaml", "--format", "text", "--fail-severity", "hint")
			assert.True(t, ok, out)
		})
		t.Run("swagger-parser", func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "node", "validate.mjs")
			cmd.Dir = p.dir
			out, err := cmd.CombinedOutput()
			assert.NoError(t, err, string(out))
		})
	})
	t.Run("generators", func(t *testing.T) {
		for program, args := range map[string][]string{
			"openapi-typescript": {"openapi.json", "-o", "gen/openapi-typescript.ts"},
			"openapi-ts":         {"-i", "openapi.json", "-o", "gen/hey-api", "-c", "@hey-api/client-fetch"},
			"orval":              {"--config", "orval.config.cjs"},
		} {
			t.Run(program, func(t *testing.T) {
				t.Parallel()
				_, ok := p.run(t.Context(), t, program, args...)
				assert.True(t, ok)
			})
		}
	})
	for _, file := range []string{"openapi-typescript.ts", "hey-api/sdk.gen.ts", "orval.ts"} {
		assert.FileExists(t, filepath.Join(p.dir, "gen", file))
	}
	out, ok := p.run(t.Context(), t, "tsc", "-p", ".")
	assert.True(t, ok, "what was generated, and use.ts, compiles\n%s", out)
}
