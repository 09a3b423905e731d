// Package require skips tests if the machine lacks something, or fails them if tests must not be
// skipped.
package require

import (
	"os"
	"os/exec"
	"testing"
)

// Variable is an environment variable. With the value "all", no test may be skipped. .ci/run sets it, so
// that success means that every test ran.
const Variable = "SLUICE_REQUIRE"

// Skip ends a test that this machine can't run. reason is what it lacks.
func Skip(t testing.TB, reason ...any) {
	t.Helper()
	if os.Getenv(Variable) == "all" {
		t.Fatal(append([]any{Variable + "=all, but:"}, reason...)...)
	}
	t.Skip(reason...)
}

// Root skips a test without root.
func Root(t testing.TB, what string) {
	t.Helper()
	if os.Geteuid() != 0 {
		Skip(t, "needs root for", what)
	}
}

// Programs skips a test without programs in PATH.
func Programs(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			Skip(t, "needs a program:", err)
		}
	}
}
