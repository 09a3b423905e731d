package applier

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
		kubectl(t, "delete", "node", "--all", "--wait=false")
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// reset makes the cluster want nothing.
func reset(t *testing.T) {
	t.Helper()
	kubectl(t, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":null}}`)
	kubectl(t, "delete", "flowexportprofiles,nodeflowexports", "--all")
	kubectl(t, "delete", "--namespace=sluice-agent", "leases", "--all")
	kubectl(t, "delete", "configmap", "--namespace=openshift-network-operator", "--ignore-not-found", "ovs-flows-config")
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
	command := cluster.Command{User: cluster.Admin, Stdin: manifest, Args: []string{"apply", "--server-side", "--force-conflicts", "-f", "-"}}
	if _, err := shared.Must(t.Context(), command); err != nil {
		t.Fatal(err)
	}
}

// export patches the lists of collectors.
func export(t *testing.T, flows string) {
	t.Helper()
	kubectl(t, "patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":`+flows+`}}`)
}

// startAgent starts an agent that looks often, so that tests need not wait.
func startAgent(t *testing.T, f *nodes.Fleet, n *node.Node, flags ...string) *nodes.Agent {
	t.Helper()
	flags = append([]string{"--hold-down=1s", "--resync=2s", "--poll=300ms"}, flags...)
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
	if err := nodes.Wait(t.Context(), 30*time.Second, condition); err != nil {
		t.Fatal(err)
	}
}

// report reads a node's report; nil if there is none.
func report(ctx context.Context, name string) (*v1alpha1.NodeFlowExport, error) {
	result, err := shared.Kubectl(ctx, cluster.Admin, "get", "nodeflowexport", name, "-o", "json", "--ignore-not-found")
	if err != nil || strings.TrimSpace(result.Stdout) == "" {
		return nil, err
	}
	var n v1alpha1.NodeFlowExport
	if err := json.Unmarshal([]byte(result.Stdout), &n); err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	return &n, nil
}

// hasCondition waits until a node's report says so, about the present generation of the
// Network.
func hasCondition(t *testing.T, node, kind, status, reason string) *v1alpha1.NodeFlowExport {
	t.Helper()
	generation := kubectl(t, "get", "network.operator", "cluster", "-o", "jsonpath={.metadata.generation}")
	var last *v1alpha1.NodeFlowExport
	eventually(t, func(ctx context.Context) string {
		n, err := report(ctx, node)
		if err != nil || n == nil {
			return fmt.Sprintf("no report of %s: %v", node, err)
		}
		last = n
		if fmt.Sprint(n.Status.ObservedGeneration) != generation {
			return fmt.Sprintf("the report is about generation %d, not %s", n.Status.ObservedGeneration, generation)
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
