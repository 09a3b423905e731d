package runbooks

import (
	"context"
	"strings"
	"testing"

	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

const (
	onNode       = "oc debug node/NODE -- chroot /host "
	statusOfNode = "kubectl sluice status --node NODE -o wide"
	agentLogs    = "kubectl -n sluice-agent logs $POD --since=30m"
)

// TestPagesAboutNodes has a node with an agent that then loses its rights.
func TestPagesAboutNodes(t *testing.T) {
	f, err := nodes.Start(t.Context(), shared, nodes.Options{Nodes: []string{"worker-1"}, Dummy: true, Program: agentProgram})
	t.Cleanup(func() {
		if err := f.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := f.StartAgent(t.Context(), f.Nodes[0], "--resync=2s", "--poll=300ms")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the agent:\n%s", a.Log())
		}
	})
	if r := patch(t, cluster.Operator, `{"ipfix":{"collectors":["192.0.2.1:4739"]}}`); !r.OK() {
		t.Fatal(r.All())
	}
	must(t, shared, "", "wait", "--for=create", "--timeout=60s", "nfe/worker-1")
	must(t, shared, "", "wait", "--for=condition=Applied", "--timeout=60s", "nfe/worker-1")
	if err := f.Nodes[0].Traffic(t.Context(), 500); err != nil {
		t.Fatal(err)
	}
	for page, command := range map[string]string{
		"SluiceNoIPFIXRecords":  "ovs-vsctl list IPFIX",
		"SluiceIPFIXSendErrors": "ovs-ofctl dump-ipfix-bridge br-int",
	} {
		shows(t, page, onNode+command, run(t, shared, command, f.Nodes[0].Env()...))
	}

	vsctl(t, f.Nodes[0], "--", "--id=@n", "create", "NetFlow", `targets="203.0.113.9:2055"`, "--", "set", "bridge", "br-int", "netflow=@n")
	shows(t, "SluiceForeignExport", statusOfNode, problem(t, "ForeignWrite", "203.0.113.9:2055"))
	vsctl(t, f.Nodes[0], "clear", "bridge", "br-int", "netflow")
	vsctl(t, f.Nodes[0], "set", "IPFIX", "br-int", `targets="203.0.113.9:4739"`)
	shows(t, "SluiceExportOverwritten", statusOfNode, problem(t, "HeldDown", "203.0.113.9:4739"))

	must(t, shared, "", "delete", "clusterrolebinding", "sluice-agent")
	t.Cleanup(func() {
		if err := shared.InstallAgents(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	if r := patch(t, cluster.Operator, `null`); !r.OK() {
		t.Fatal(r.All())
	}
	shows(t, "SluiceReportNotStored", agentLogs, line(t, a.Log, "forbidden", "nodeflowexports"))
	f.Server.Cut() // the watches begin again
	shows(t, "SluiceAgentWatchSilent", agentLogs, line(t, a.Log, "watch failed; retrying", "forbidden", "networks"))
}

// problem waits until the status has a problem with all parts, and returns it under the heading of the section.
func problem(t *testing.T, parts ...string) string {
	t.Helper()
	status := func() string {
		return run(t, shared, strings.Replace(statusOfNode, "NODE", "worker-1", 1)+" || [ $? = 1 ]")
	}
	return "Problems:\n" + line(t, status, parts...)
}

func vsctl(t *testing.T, n *node.Node, args ...string) {
	t.Helper()
	if _, err := n.Vsctl(t.Context(), args...); err != nil {
		t.Fatal(err)
	}
}
