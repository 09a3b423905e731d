package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/sluice-project/sluice/test/cluster"
)

// A webhook that doesn't answer blocks edits of the lists and nothing else.
func TestOutage(t *testing.T) {
	reset(t)
	store(t, documented)
	if err := shared.sluice.Stop(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shared.start(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})

	must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"logLevel":"Debug"}}`}})
	must(t, cluster.Command{User: cluster.Operator, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":{"sFlow":{"collectors":["192.0.2.1:6343"]}}}}`}})
	must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"create", "configmap", "-n", "openshift-network-operator", "unrelated"}})
	must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"delete", "configmap", "-n", "openshift-network-operator", "unrelated"}})

	refused := merge(t, `{"netFlow":{"collectors":["192.0.2.1:2055"]}}`)
	if refused.OK() || !strings.Contains(refused.All(), "networks.mutate.sluice.dev") {
		t.Errorf("editing the list: exit status %d, printed %s", refused.Code, refused.All())
	}
	door := kubectl(t, cluster.Command{User: cluster.NetAdmin, Stdin: flowsConfig("sharedTarget: 192.0.2.1:4739"), Args: []string{"create", "-f", "-"}})
	if door.OK() || !strings.Contains(door.All(), "flows-config.mutate.sluice.dev") {
		t.Errorf("creating the ConfigMap: exit status %d, printed %s", door.Code, door.All())
	}

	must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"patch", "network.operator", "cluster", "--type=json", `-p=[{"op":"remove", "path":"/spec/exportNetworkFlows"}]`}})
	if got := stored(t); got != "" {
		t.Errorf("after the removal %s is stored", got)
	}
}
