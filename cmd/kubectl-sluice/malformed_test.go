package main

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/cmd/kubectl-sluice/internal/status"
)

// Kind of fault: what is malformed is not listed, and then looks like a list that is empty. Without an agent that
// reports it, status alone can say so.
func TestAStoredMalformedCollectorIsAProblemWithoutAgents(t *testing.T) {
	network := func(collector string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "operator.openshift.io/v1", "kind": "Network", "metadata": map[string]any{"name": "cluster", "generation": int64(7)},
			"spec": map[string]any{"exportNetworkFlows": map[string]any{"netFlow": map[string]any{"collectors": []any{collector}}}},
		}}
	}
	config := func(key, value string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "ovs-flows-config", "namespace": "openshift-network-operator"},
			"data": map[string]any{key: value},
		}}
	}
	for name, c := range map[string]struct {
		network, config *unstructured.Unstructured
		says            []string
	}{
		"the Network": {
			network("10.0.0.05:99"), nil,
			[]string{`cluster: Malformed: Network.operator cluster: netFlow.collectors[0]: "10.0.0.05:99" an octet has a leading zero`, `write "10.0.0.5:99"`, `NetFlow  malformed: "10.0.0.05:99"`},
		},
		"a target of the ConfigMap": {
			network("10.0.0.5:99"), config("sharedTarget", "10.0.0.1:4739,collector:4739"),
			[]string{`cluster: Malformed: ConfigMap ovs-flows-config: data.sharedTarget: "collector:4739"`, `IPFIX    off; ConfigMap ovs-flows-config: 10.0.0.1:4739; malformed: "collector:4739"`},
		},
		"a port of the ConfigMap": {
			network("10.0.0.5:99"), config("nodePort", "0"),
			[]string{`cluster: Malformed: ConfigMap ovs-flows-config: data.nodePort: "0"`, `IPFIX    off; ConfigMap ovs-flows-config: malformed: "0"`},
		},
		"another key of the ConfigMap": {
			network("10.0.0.5:99"), config("cacheActiveTimeout", "2h"),
			[]string{`cluster: Malformed: ConfigMap ovs-flows-config: data.cacheActiveTimeout: "2h"`, "IPFIX    off\n"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := status.Cluster{Nodes: []string{"a"}}
			if err := setNetwork(&cluster, c.network); err != nil {
				t.Fatal(err)
			}
			setFlowsConfig(&cluster, c.config)
			var text strings.Builder
			if err := (status.View{}).Write(&text, cluster); err != nil {
				t.Fatal(err)
			}
			for _, want := range c.says {
				if !strings.Contains(text.String(), want) {
					t.Errorf("it does not say %q:\n%s", want, text.String())
				}
			}
			if v := cluster.Verdict(); v.Level != status.LevelProblem || v.Title != "1 problem" || len(cluster.Summarize().Problems) != 1 {
				t.Errorf("%+v", v)
			}
			if err := setNetwork(&cluster, network("10.0.0.5:99")); err != nil {
				t.Fatal(err)
			}
			if setFlowsConfig(&cluster, nil); len(cluster.Summarize().Problems) != 0 {
				t.Errorf("a problem that is gone stays: %+v", cluster.Summarize().Problems)
			}
		})
	}
}
