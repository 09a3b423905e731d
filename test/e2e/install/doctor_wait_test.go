package install

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// waited runs "doctor --wait" in a cluster that stays broken.
func waited(t *testing.T, plugin, user, timeout string, wantCode int, texts ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), plugin, "doctor", "--wait", "--timeout", timeout)
	command.Env = append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig(user))
	out, err := command.CombinedOutput()
	if command.ProcessState == nil {
		t.Fatal(err)
	}
	if code := command.ProcessState.ExitCode(); code != wantCode {
		t.Errorf("doctor --wait: exit status %d, want %d", code, wantCode)
	}
	for _, part := range append(texts, "checks passed") {
		if !strings.Contains(string(out), part) {
			t.Errorf("doctor --wait does not say %q:\n%s", part, out)
		}
	}
}

// waiting is "doctor --wait" while what is broken is fixed.
type waiting struct {
	command   *exec.Cmd
	out, says *cluster.Log
}

func startWaiting(t *testing.T, plugin string) waiting {
	t.Helper()
	w := waiting{exec.CommandContext(t.Context(), plugin, "doctor", "--wait", "--timeout", "3m"), &cluster.Log{}, &cluster.Log{}}
	w.command.Env = append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig(cluster.Admin))
	w.command.Stdout, w.command.Stderr = w.out, w.says
	if err := w.command.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		if text := w.says.String(); !strings.Contains(text, "Waiting for registration-mutating, ") {
			return "doctor --wait does not say what it waits for: " + text
		}
		return ""
	})
	return w
}

// ends waits until all checks pass.
func (w waiting) ends(t *testing.T) {
	t.Helper()
	if err := w.command.Wait(); err != nil {
		t.Errorf("doctor --wait: %v\n%s%s", err, w.says.String(), w.out.String())
	}
	if text := w.out.String(); !strings.Contains(text, "checks passed\n") || strings.Contains(text, "bad ") || strings.Contains(w.says.String(), "Not all") {
		t.Errorf("the last output is not the one in which all is well:\n%s%s", w.says.String(), text)
	}
}
