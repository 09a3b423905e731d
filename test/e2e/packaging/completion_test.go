package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// TestKubectlCompletesThePlugin: kubectl asks a program with a name of its own for the completions
// of a plugin. "make build" creates it as a link.
func TestKubectlCompletesThePlugin(t *testing.T) {
	assets, err := cluster.Assets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", dir, "./cmd/kubectl-sluice")
	build.Dir = file(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Symlink("kubectl-sluice", filepath.Join(dir, "kubectl_complete-sluice")); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"":               "status\tShow what every node exports",
		"status --outp":  "--output\t",
		"runbook Sluice": "SluiceAgentDown\n",
	} {
		complete := exec.CommandContext(t.Context(), filepath.Join(assets, "kubectl"), append([]string{"__complete", "sluice"}, strings.Split(args, " ")...)...)
		complete.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		out, err := complete.Output()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("sluice %s: %v: %s", args, err, out)
		}
	}
}
