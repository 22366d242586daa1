// Package engine finds programs that tests need: proxies, browsers, the tools of
// Prometheus. A test whose program is not installed is skipped on a developer's machine
// and fails in CI.
package engine

import (
	"os"
	"os/exec"
	"testing"
)

// Require is the environment variable that makes a missing program a failure, as
// CI=true does.
const Require = "MIKRONEC_REQUIRE_ENGINES"

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
