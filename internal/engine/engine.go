// Package engine finds the programs of others that tests run ours with: proxies,
// browsers, the tools of Prometheus. A machine without one is no reason to fail
// a newcomer's tests, but is one where the answer counts.
package engine

import (
	"os"
	"os/exec"
	"testing"
)

// Require is the variable that makes a missing engine a failure, like CI=true.
const Require = "MIKRONEC_REQUIRE_ENGINES"

// Find returns the path of a program that pkg, a package of Debian, holds; see
// [Missing] for what happens to t where there is none.
func Find(t testing.TB, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "WITH "+name, "there is no "+name+": install the package "+pkg)
	}
	return path
}

// Missing ends a test that has nothing to run with: it is skipped, and fails in
// CI and where [Require] is set.
func Missing(t testing.TB, with, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv(Require) != "" {
		t.Fatal(reason)
	}
	t.Skip("NOT TESTED " + with + ": " + reason)
}
