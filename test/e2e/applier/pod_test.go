package applier

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
	"sluice/test/harness/require"
)

// TestAnAgentInAPodSeesTheCollectors: in a pod /proc doesn't show ovs-vswitchd, and may show
// somebody else by its number.
func TestAnAgentInAPodSeesTheCollectors(t *testing.T) {
	require.Root(t, "a namespace of process IDs")
	f := newFleet(t, "node-a", "node-b")
	_, target := listen(t, f, false)
	export(t, `{"ipfix":{"collectors":["`+target+`"]}}`)
	startInPod(t, f, f.Nodes[0])
	// As if it ran in a pod itself. In its own the agent is number 1.
	startInPod(t, f, f.Nodes[1], "--ovs-rundir="+renumbered(t, f.Nodes[1], 1))
	for _, n := range f.Nodes {
		hasCondition(t, n.Name, "Exporting", "True", "SocketsOpen")
	}
	f.Nodes[1].StopVswitchd()
	hasCondition(t, f.Nodes[1].Name, "Exporting", "False", "VSwitchdDown")
}

func startInPod(t *testing.T, f *nodes.Fleet, n *node.Node, flags ...string) {
	t.Helper()
	a, err := f.StartAgentInPod(t.Context(), n, append([]string{"--poll=300ms"}, flags...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the agent on %s:\n%s", n.Name, a.Log())
		}
	})
}

// renumbered is a run directory whose ovs-vswitchd says that it has another process ID.
func renumbered(t *testing.T, n *node.Node, pid int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ovs-vswitchd.pid"), fmt.Appendln(nil, pid), 0o600); err != nil {
		t.Fatal(err)
	}
	control, err := filepath.Glob(filepath.Join(n.RunDir(), "ovs-vswitchd.*.ctl"))
	if err != nil || len(control) != 1 {
		t.Fatalf("control sockets: %v %v", control, err)
	}
	for old, name := range map[string]string{
		control[0]:                               fmt.Sprintf("ovs-vswitchd.%d.ctl", pid),
		filepath.Join(n.RunDir(), "br-int.mgmt"): "br-int.mgmt",
	} {
		if err := os.Symlink(old, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
