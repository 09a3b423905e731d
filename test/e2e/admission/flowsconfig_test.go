package admission

import (
	"testing"

	"sluice/test/harness/cluster"
)

func flowsConfig(data string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ovs-flows-config, namespace: openshift-network-operator}\ndata:\n  " + data + "\n"
}

// The ConfigMap that the operator merges into the IPFIX targets is the second door.
func TestConfigMapIsGuarded(t *testing.T) {
	reset(t)
	apply := []string{"apply", "-f", "-"}
	golden(t, "configmap-hostname", kubectl(t, cluster.Command{User: cluster.NetAdmin, Stdin: flowsConfig("sharedTarget: collector.example.com:4739"), Args: apply}))
	golden(t, "configmap-flags", kubectl(t, cluster.Command{User: cluster.NetAdmin, Stdin: flowsConfig(`sharedTarget: "192.0.2.1:4739 --loglevel=5"`), Args: apply}))
	golden(t, "configmap-timeout", kubectl(t, cluster.Command{User: cluster.NetAdmin, Stdin: flowsConfig("nodePort: \"2055\"\n  cacheActiveTimeout: 2h"), Args: apply}))
	golden(t, "configmap-normalized", kubectl(t, cluster.Command{User: cluster.NetAdmin, Stdin: flowsConfig(`sharedTarget: " 192.0.2.1:4739,"`), Args: apply}))
	got := must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"get", "configmap", "-n", "openshift-network-operator", "ovs-flows-config", "-o", "jsonpath={.data.sharedTarget}"}}).Stdout
	if want := "192.0.2.1:4739"; got != want {
		t.Errorf("stored %q, want %q", got, want)
	}
	must(t, cluster.Command{User: cluster.NetAdmin, Args: []string{"delete", "configmap", "-n", "openshift-network-operator", "ovs-flows-config"}})
}

func TestOtherConfigMapsAreNotReviewed(t *testing.T) {
	for _, namespace := range []string{"default", "openshift-network-operator"} {
		args := []string{"create", "configmap", "-n", namespace, "my-flows-config", "--from-literal=sharedTarget=not an address", "--dry-run=server"}
		must(t, cluster.Command{User: cluster.NetAdmin, Args: args})
	}
	elsewhere := []string{"create", "configmap", "-n", "default", "ovs-flows-config", "--from-literal=sharedTarget=not an address", "--dry-run=server"}
	must(t, cluster.Command{User: cluster.NetAdmin, Args: elsewhere})
	// Its name is not there yet when the API server asks who looks at it.
	must(t, cluster.Command{User: cluster.NetAdmin, Stdin: generated, Args: []string{"create", "--dry-run=server", "-f", "-"}})
}

const generated = "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: ovs-, namespace: openshift-network-operator}\n"
