// Package require skips tests where the machine lacks something, and fails them where it must not.
package require

import (
	"os"
	"os/exec"
	"testing"
)

// Variable is the environment variable that says that nothing may be skipped: "all". It is set
// where a green run has to mean that each test was run, as in .ci/run.
const Variable = "SLUICE_REQUIRE"

// Skip ends a test that this machine can't run; what it lacks is the reason.
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
