// Package engine has programs that tests need: our own, which it builds, and proxies,
// browsers, the tools of Prometheus, which it finds. A test whose program is not installed
// is skipped on a developer's machine and fails in CI.
package engine

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Require is the environment variable that makes a missing program a failure, as
// CI=true does.
const Require = "MIKRONEC_REQUIRE_ENGINES"

// Build builds Mikronec into file, as make build does. It works in every package of the
// repository.
func Build(file, version string) error {
	cmd := exec.Command("go", "build", "-ldflags", "-s -w -X main.version="+version, "-o", file, "github.com/aprakasa/mikronec") // #nosec G204 -- of a test
	cmd.Env = Static()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build Mikronec: %w: %s", err, out)
	}
	return nil
}

// Static is the environment in which tests run the go command to build programs: the form of
// the release, so that what was compiled for one counts for all.
func Static() []string { return append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath") }

// Find returns the path of a program. If it is not installed, it calls [Missing]; pkg is
// the Debian package to install.
func Find(t testing.TB, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "WITH "+name, name+" is not installed; install the package "+pkg)
	}
	return path
}

// Missing skips a test whose program is missing, or fails it in CI and if [Require] is
// set.
func Missing(t testing.TB, with, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv(Require) != "" {
		t.Fatal(reason)
	}
	t.Skip("NOT TESTED " + with + ": " + reason)
}
