package tenants

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
)

// A user who may not read the FlowExports of a namespace gets the command that grants this right: once it was run,
// what was refused works, and no other namespace can be read.
func TestTheCommandThatGrantsTheRightOfATenant(t *testing.T) {
	reset(t)
	plugin, err := cluster.BuildPlugin(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	run := func(forbidden bool, args ...string) string {
		t.Helper()
		out, _ := exec.CommandContext(t.Context(), plugin, append(args, "--kubeconfig="+shared.Kubeconfig(bob))...).CombinedOutput() // the text is checked
		if got := strings.Contains(string(out), "is forbidden"); got != forbidden {
			t.Fatalf("%v: forbidden: %t:\n%s", args, got, out)
		}
		return string(out)
	}
	granted := regexp.MustCompile(`(?m)^  kubectl (-n team-a create rolebinding (\S+) .*)$`)
	for _, command := range []string{"status", "verify"} {
		out := run(true, command, "-n", "team-a")
		found := granted.FindStringSubmatch(out)
		if found == nil {
			t.Fatalf("%s names no command that grants the right:\n%s", command, out)
		}
		must(t, cluster.Admin, "", strings.Fields(found[1])...)
		eventually(t, func() string {
			if result := kubectl(t, bob, "", "auth", "can-i", "list", "flowexports.sluice.dev", "-n", "team-a"); !result.OK() {
				return "the binding is not in effect"
			}
			return ""
		})
		run(false, command, "-n", "team-a")
		if result := kubectl(t, bob, "", "auth", "can-i", "list", "pods", "-n", "team-a"); result.OK() {
			t.Error("the command grants more than it must")
		}
		must(t, cluster.Admin, "", "-n", "team-a", "delete", "rolebinding", found[2])
		eventually(t, func() string {
			if result := kubectl(t, bob, "", "auth", "can-i", "list", "flowexports.sluice.dev", "-n", "team-a"); result.OK() {
				return "the binding is still in effect"
			}
			return ""
		})
	}
}
