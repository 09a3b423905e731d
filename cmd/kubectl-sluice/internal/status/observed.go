package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
)

// current reports whether a report is about the objects as they are: the Network.operator, the profile
// that applies to the node, and the ConfigMap.
func (c Cluster) current(n v1alpha1.NodeFlowExport) bool { return c.outdated(n) == "" }

// outdated says what else a report is about; empty if it is about the objects as they are.
func (c Cluster) outdated(n v1alpha1.NodeFlowExport) string {
	switch {
	case n.Status.ObservedGeneration != c.Generation:
		return fmt.Sprintf("the node reports generation %d; the current one is %d", n.Status.ObservedGeneration, c.Generation)
	case n.Status.NetworkUID != c.NetworkUID:
		return "the node reports about an earlier Network.operator of the same name"
	case c.InputsUnknown != "" || c.Generation == 0:
		return ""
	}
	labels, known := c.Labels[n.Name]
	want := desired.Observed(c.Profiles, labels, c.FlowsConfig)
	var got v1alpha1.ObservedInputs
	if n.Status.Observed != nil {
		got = *n.Status.Observed
	}
	if !known {
		// Without the node's labels, its profile is the one that the report names.
		want.ProfileUID, want.ProfileGeneration = "", 0
		for _, p := range c.Profiles {
			if p.Name == n.Status.Profile {
				want.ProfileUID, want.ProfileGeneration = string(p.UID), p.Generation
			}
		}
	}
	switch {
	case got.ProfileUID != want.ProfileUID:
		return "the node reports about another FlowExportProfile than the one that applies to it now"
	case got.ProfileGeneration != want.ProfileGeneration:
		return fmt.Sprintf("the node reports generation %d of its FlowExportProfile; the current one is %d", got.ProfileGeneration, want.ProfileGeneration)
	case got.FlowsConfig != want.FlowsConfig:
		return "the node reports about another version of the ConfigMap ovs-flows-config than the current one"
	}
	return ""
}

// upToDate reports whether a node's report is about the objects as they are, and the agent would see if
// they changed.
func (c Cluster) upToDate(n v1alpha1.NodeFlowExport) bool {
	return c.InputsUnknown == "" && c.current(n) && !is(n, v1alpha1.ConditionSynced, metav1.ConditionFalse)
}
