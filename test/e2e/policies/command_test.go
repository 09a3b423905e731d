package policies

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// "kubectl sluice policies" says what is in force, what is not and why, and who was denied.
func TestThePoliciesCommand(t *testing.T) {
	reset(t)
	plugin, err := cluster.BuildPlugin(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, int) {
		var out bytes.Buffer
		command := exec.CommandContext(t.Context(), plugin, append([]string{"policies"}, args...)...)
		command.Env = append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig(cluster.Admin))
		command.Stdout, command.Stderr = &out, &out
		if err := command.Run(); err != nil && command.ProcessState == nil {
			t.Fatal(err)
		}
		return out.String(), command.ProcessState.ExitCode()
	}
	says := func(code int, want ...string) {
		t.Helper()
		eventually(t, func() string {
			out, got := run()
			for _, w := range want {
				if got != code || !strings.Contains(out, w) {
					return "it ends with another status, or does not say " + w + ":\n" + out
				}
			}
			return ""
		})
	}
	says(0, "There are no policies", "No policy restricts which collectors")
	apply(t, level("shown", "Deny"))
	says(0, "OK (context ", "1 of 1 policy is in force.", "shown")
	refused(t, patch(t, mary, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`))
	says(0, "Denied lately:", "shown: Denied ", "192.0.2.1:2055")
	must(t, cluster.Admin, `{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: broken}, spec: {allow: [{destinations: [10.20.0.1/16]}]}}`, "create", "-f", "-")
	says(1, "1 problem (context ", "broken: Unreadable: ", "1 of 2 policies are in force.")
	if out, code := run("nowhere"); code != 2 || !strings.Contains(out, "there is no FlowExportPolicy nowhere") {
		t.Errorf("exit status %d:\n%s", code, out)
	}
	if out, code := run("shown", "-o", "json"); code != 0 || !strings.Contains(out, `"kind": "PoliciesReport"`) || !strings.Contains(out, `"inForce": 1`) {
		t.Errorf("exit status %d:\n%s", code, out)
	}
}
