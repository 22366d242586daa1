package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/aprakasa/mikronec/internal/engine"
)

// double is a test whose end is looked at.
type double struct {
	testing.TB
	skipped, failed string
}

// ended is what a double panics with, where a test would end.
type ended struct{}

func (d *double) Helper()          {}
func (d *double) Skip(args ...any) { d.skipped = args[0].(string); panic(ended{}) }
func (d *double) Fatal(args ...any) {
	d.failed = args[0].(string)
	panic(ended{})
}

func TestWithoutTheEngine(t *testing.T) {
	const reason = "caddy is not installed; install the package caddy"
	for name, tt := range map[string]struct{ ci, require, skip, failed string }{
		"at home":         {"", "", "NOT TESTED WITH caddy: " + reason, ""},
		"in CI":           {"true", "", "", reason},
		"where asked for": {"", "1", "", reason},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", t.TempDir())
			t.Setenv("CI", tt.ci)
			t.Setenv(engine.Require, tt.require)
			d := &double{}
			assert.PanicsWithValue(t, ended{}, func() { engine.Find(d, "caddy", "caddy") })
			assert.Equal(t, tt.skip, d.skipped)
			assert.Equal(t, tt.failed, d.failed)
		})
	}
}

func TestFindsWhatIsThere(t *testing.T) {
	t.Setenv("CI", "true")
	assert.Equal(t, "/bin/sh", engine.Find(t, "/bin/sh", "dash"))
}
