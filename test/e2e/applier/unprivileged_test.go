package applier

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

// startUnprivileged starts an agent as nobody, who may not use Open vSwitch's socket.
func startUnprivileged(t *testing.T, f *nodes.Fleet, n *node.Node) {
	t.Helper()
	// The folders on the way to the program, the kubeconfig and the socket must be open.
	for _, dir := range []string{shared.Dir, n.Dir(), n.RunDir()} {
		if err := os.Chmod(dir, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(agentProgram, 0o755); err != nil {
		t.Fatal(err)
	}
	a, err := f.StartAgentAs(t.Context(), n, "nobody", "--poll=300ms")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the agent:\n%s", a.Log())
		}
	})
}

func mapText(m map[string]string) []string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, fmt.Sprintf("%s %s", k, m[k]))
	}
	return list
}
