package page

import (
	"context"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
	"sluice/test/harness/cluster"
)

const (
	netflow = "192.168.1.99:2055"
	ipfix   = "192.168.1.99:4739"
	second  = "10.0.0.5:4739"
	lists   = `{"netFlow":{"collectors":["` + netflow + `"]},"sFlow":null,"ipfix":{"collectors":["` + ipfix + `","` + second + `"]}}`
)

func nodeName(i int) string { return fmt.Sprintf("worker-%04d", i) }

// fleet gives the cluster a number of nodes with agents, and removes all others. Each test begins with it.
func fleet(t *testing.T, n int) {
	t.Helper()
	result := must(t, cluster.Command{User: cluster.Admin, Args: []string{"get", "network.operator", "--no-headers", "-o", "name"}})
	if result.Stdout == "" {
		must(t, cluster.Command{User: cluster.Operator, Stdin: cluster.NetworkManifest(), Args: []string{"create", "-f", "-"}})
	}
	ctx := t.Context()
	for _, r := range []schema.GroupVersionResource{kube.NodeFlowExports(), kube.Nodes(), kube.Policies(), kube.Profiles()} {
		if err := shared.client.Resource(r).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := shared.client.Resource(kube.Leases()).Namespace(v1alpha1.AgentNamespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
		t.Fatal(err)
	}
	store(t, lists)
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(16)
	for i := range n {
		work.Go(func() error { return addNode(ctx, nodeName(i)) })
	}
	if err := work.Wait(); err != nil {
		t.Fatal(err)
	}
}

func addNode(ctx context.Context, name string) error {
	node := object("v1", "Node", name)
	node.SetLabels(map[string]string{"kubernetes.io/os": "linux"})
	if _, err := shared.client.Resource(kube.Nodes()).Create(ctx, node, metav1.CreateOptions{}); err != nil {
		return err
	}
	lease := object("coordination.k8s.io/v1", "Lease", name)
	lease.Object["spec"] = map[string]any{"renewTime": time.Now().UTC().Format(metav1.RFC3339Micro), "leaseDurationSeconds": int64(7200)}
	if _, err := shared.client.Resource(kube.Leases()).Namespace(v1alpha1.AgentNamespace).Create(ctx, lease, metav1.CreateOptions{}); err != nil {
		return err
	}
	stored, err := shared.client.Resource(kube.NodeFlowExports()).Create(ctx, object("sluice.dev/v1alpha1", "NodeFlowExport", name), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return report(ctx, stored, healthy)
}

func object(version, kind, name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": version, "kind": kind, "metadata": map[string]any{"name": name}}}
}

// health is what a node reports: whether a collector refuses, and the message of that.
type health struct{ refuses, message string }

var healthy = health{}

// report stores the report of a node about the current lists.
func report(ctx context.Context, n *unstructured.Unstructured, h health) error {
	network, err := shared.client.Resource(kube.Networks()).Get(ctx, "cluster", metav1.GetOptions{})
	if err != nil {
		return err
	}
	now := time.Now().UTC().Format(time.RFC3339)
	condition := func(kind, status, reason, message string) any {
		return map[string]any{"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": now}
	}
	exporting := condition("Exporting", "True", "SocketsOpen", "there is a socket for every collector")
	if h.refuses != "" {
		exporting = condition("Exporting", "False", "Refused", h.message)
	}
	collector := func(target, state string) any {
		c := map[string]any{"target": target, "state": state, "since": now}
		if target == h.refuses {
			c["state"], c["reason"] = "Refused", h.message
		}
		return c
	}
	n.Object["status"] = map[string]any{
		"observedGeneration": network.GetGeneration(), "networkUID": string(network.GetUID()), "mode": "Enforce", "bridge": "br-int", "ovsVersion": "3.1.0",
		"formats": []any{
			map[string]any{"format": "NetFlow", "summary": "1 idle", "class": "InSync", "collectors": []any{collector(netflow, "Idle")}},
			map[string]any{"format": "IPFIX", "summary": "2 sending", "class": "InSync", "collectors": []any{collector(ipfix, "Sending"), collector(second, "Sending")}},
		},
		"conditions": []any{
			condition("Applied", "True", "InSync", "Open vSwitch has the desired configuration"), exporting, condition("Drifted", "False", "None", "no changes by others"),
			condition("Conflict", "False", "None", "no changes by others"), condition("OVSReachable", "True", "Connected", "the server answers"),
			condition("PerformanceRisk", "False", "None", "no performance risk detected"),
		},
	}
	_, err = shared.client.Resource(kube.NodeFlowExports()).UpdateStatus(ctx, n, metav1.UpdateOptions{})
	return err
}

// change lets nodes report something else.
func change(t *testing.T, h health, names ...string) {
	t.Helper()
	for _, name := range names {
		n, err := shared.client.Resource(kube.NodeFlowExports()).Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := report(t.Context(), n, h); err != nil {
			t.Fatal(err)
		}
	}
}
