package agent_test

import (
	"net/netip"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
)

// The agent is the only one who knows the node's address and both objects.
func TestACollectorThatStopsOVNKubernetesIsReported(t *testing.T) {
	s, sw := startAgent(t)
	worker := desired.Node{Name: "worker-1", Address: netip.MustParseAddr("192.0.2.10")}
	inputs := desired.Inputs{
		Node: worker, Network: network(t, `{"ipfix":{"collectors":["192.0.2.10:4739"]}}`),
		FlowsConfig: map[string]string{"nodePort": "4739", "cacheMaxFlows": "0"},
	}
	s.setAll(inputs)
	c := s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonOwnDuplicate)
	if !strings.Contains(c.Message, "192.0.2.10:4739 is the node's own address") || !strings.Contains(c.Message, "ovnkube-node will not start again on this node") {
		t.Error(c.Message)
	}
	if _, writes := sw.Calls(); writes == 0 {
		t.Error("the collectors were not applied")
	}
	inputs.FlowsConfig = map[string]string{"nodePort": "2055"}
	s.setAll(inputs)
	s.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, v1alpha1.ReasonInSync)
}
