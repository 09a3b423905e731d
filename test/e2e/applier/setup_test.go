package applier

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"sluice/api/v1alpha1"
	"sluice/test/harness/cluster"
	"sluice/test/harness/node"
	"sluice/test/harness/nodes"
)

// newFleet makes nodes that end with the test, on a cluster that wants nothing.
func newFleet(t *testing.T, names ...string) *nodes.Fleet {
	t.Helper()
	return newFleetOf(t, node.ChosenRelease(), names...)
}

// newFleetOf is newFleet with the Open vSwitch and OVN of a Debian release.
func newFleetOf(t *testing.T, release node.Release, names ...string) *nodes.Fleet {
	t.Helper()
	reset(t)
	f, err := nodes.Start(t.Context(), shared, nodes.Options{Nodes: names, Release: release, Program: agentProgram})
	t.Cleanup(func() {
		if err := f.Stop(); err != nil {
			t.Error(err)
		}
		reset(t)
		if err := shared.Client.DeleteAllOf(context.WithoutCancel(t.Context()), &corev1.Node{}); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// reset makes the cluster want nothing.
func reset(t *testing.T) {
	t.Helper()
	export(t, "null")
	ctx, inAgents := context.WithoutCancel(t.Context()), client.InNamespace(cluster.AgentNamespace)
	config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "openshift-network-operator", Name: "ovs-flows-config"}}
	if err := errors.Join(
		shared.Client.DeleteAllOf(ctx, &v1alpha1.FlowExportProfile{}), shared.Client.DeleteAllOf(ctx, &v1alpha1.NodeFlowExport{}),
		shared.Client.DeleteAllOf(ctx, &coordinationv1.Lease{}, inAgents),
		client.IgnoreNotFound(shared.Client.Delete(ctx, config)),
	); err != nil {
		t.Fatal(err)
	}
}

func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	result, err := shared.Must(context.WithoutCancel(t.Context()), cluster.Command{User: cluster.Admin, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	return result.Stdout
}

func apply(t *testing.T, manifest string) {
	t.Helper()
	if err := shared.ApplyObjects(t.Context(), manifest); err != nil {
		t.Fatal(err)
	}
}

// export patches the lists of collectors.
func export(t *testing.T, flows string) {
	t.Helper()
	if _, err := shared.PatchNetwork(context.WithoutCancel(t.Context()), `{"spec":{"exportNetworkFlows":`+flows+`}}`); err != nil {
		t.Fatal(err)
	}
}

// startAgent starts an agent that looks often, so that tests need not wait.
func startAgent(t *testing.T, f *nodes.Fleet, n *node.Node, flags ...string) *nodes.Agent {
	t.Helper()
	flags = append([]string{"--hold-down=1s", "--resync=2s", "--poll=300ms", "--flowexport-linger=2s"}, flags...)
	a, err := f.StartAgent(t.Context(), n, flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the agent on %s:\n%s", n.Name, a.Log())
			t.Logf("its report: %s", kubectl(t, "get", "nodeflowexport", n.Name, "-o", "json", "--ignore-not-found"))
		}
	})
	return a
}

// eventually waits for a condition that says what is missing.
func eventually(t *testing.T, condition func(context.Context) string) {
	t.Helper()
	if err := nodes.Wait(t.Context(), 2*time.Minute, condition); err != nil {
		t.Fatal(err)
	}
}

// hasCondition waits until a node's report says so, about the present generation of the
// Network.
func hasCondition(t *testing.T, node, kind, status, reason string) *v1alpha1.NodeFlowExport {
	t.Helper()
	generation, err := shared.NetworkGeneration(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var last *v1alpha1.NodeFlowExport
	eventually(t, func(ctx context.Context) string {
		n, err := shared.Report(ctx, node)
		if err != nil || n == nil {
			return fmt.Sprintf("no report of %s: %v", node, err)
		}
		last = n
		if n.Status.ObservedGeneration != generation {
			return fmt.Sprintf("the report is about generation %d, not %d", n.Status.ObservedGeneration, generation)
		}
		for _, c := range n.Status.Conditions {
			if c.Type == kind {
				if string(c.Status) == status && (reason == "" || c.Reason == reason) {
					return ""
				}
				return fmt.Sprintf("%s: condition %s is %s (%s: %s), not %s (%s)", node, kind, c.Status, c.Reason, c.Message, status, reason)
			}
		}
		return "no condition " + kind
	})
	return last
}

// vsctl runs ovs-vsctl on a node.
func vsctl(t *testing.T, n *node.Node, args ...string) string {
	t.Helper()
	out, err := n.Vsctl(context.WithoutCancel(t.Context()), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manifest.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
