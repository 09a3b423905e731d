package tenants

import (
	"testing"

	"sluice/test/harness/cluster"
	"sluice/test/harness/nodes"
	"sluice/test/harness/require"
)

// everySecond makes exporters report each packet soon.
const everySecond = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportProfile
metadata: {name: fast}
spec: {allowUnsampled: true, ipfix: {sampling: 1, cacheActiveTimeout: 1, cacheMaxFlows: 100}}
`

// startNode starts a node with a pod for each owner, which reports each packet soon. It has no agent. The test begins
// and ends without objects of tenants.
func startNode(t *testing.T, owners ...string) *nodes.Fleet {
	t.Helper()
	require.Root(t, "traffic between pods")
	reset(t)
	t.Cleanup(func() { reset(t) })
	program, err := cluster.BuildAgent(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f, err := nodes.Start(t.Context(), shared.ControlPlane, nodes.Options{Nodes: []string{"node-a"}, Program: program, Pods: len(owners)})
	t.Cleanup(func() {
		if err := f.Stop(); err != nil {
			t.Error(err)
		}
		must(t, cluster.Admin, "", "delete", "node", "--all", "--wait=false")
		must(t, cluster.Admin, "", "delete", "flowexportprofile", "--all")
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, owner := range owners {
		if err := f.Nodes[0].SetOwner(t.Context(), i+1, owner); err != nil {
			t.Fatal(err)
		}
	}
	must(t, cluster.Admin, everySecond, "apply", "-f", "-")
	return f
}

// startAgent starts the agent of the only node. If the test fails, its log is shown.
func startAgent(t *testing.T, f *nodes.Fleet) *nodes.Agent {
	t.Helper()
	agent, err := f.StartAgent(t.Context(), f.Nodes[0], "--hold-down=1s", "--resync=2s", "--poll=300ms")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the agent with the process ID %d:\n%s", agent.PID, agent.Log())
		}
	})
	return agent
}
