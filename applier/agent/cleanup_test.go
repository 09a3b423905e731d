package agent_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/agent"
	"sluice/applier/desired"
	"sluice/validation"
)

// Kind of fault: cleanup, which ends Sluice on the node, waited for the cluster's consent to act. The lists are not Sluice's
// to apply then, but what it applied is its own to remove.
func TestCleanupRemovesWhatIsSluicesWhateverTheClusterSays(t *testing.T) {
	for name, change := range map[string]func(*desired.Inputs){
		"managed": func(*desired.Inputs) {},
		"unmanaged": func(in *desired.Inputs) {
			in.Network.Object.ManagementState = validation.Value{Kind: validation.String, Text: "Unmanaged"}
		},
		"removed": func(in *desired.Inputs) {
			in.Network.Object.ManagementState = validation.Value{Kind: validation.String, Text: "Removed"}
		},
		"another network type": func(in *desired.Inputs) {
			in.Network.Object.NetworkType = validation.Value{Kind: validation.String, Text: "Calico"}
		},
		"no Network":  func(in *desired.Inputs) { in.Network = nil },
		"no Node":     func(in *desired.Inputs) { in.NodeMissing = true },
		"no profiles": func(in *desired.Inputs) { in.ProfilesUnknown = "they are gone" },
		"a pause":     func(in *desired.Inputs) { in.Profiles = pausing(v1alpha1.FlowExportProfileSpec{}) },
	} {
		t.Run(name, func(t *testing.T) {
			sw := newSwitch()
			t.Run("applied", func(t *testing.T) { // by an agent that ends
				s := startAgentOn(t, sw, func(c *agent.Config) { c.Changes = sw.Changes() })
				s.set(network(t, netFlow(first)))
				settled(t, sw, first)
			})
			in := desired.Inputs{Network: network(t, netFlow(first))}
			change(&in)
			cleaning := startAgentOn(t, sw, func(c *agent.Config) { c.Mode = v1alpha1.ModeCleanup })
			cleaning.setAll(in)
			cleaning.await(t, v1alpha1.ConditionApplied, metav1.ConditionTrue, "CleanedUp")
			if sw.Exports(validation.NetFlow, first) {
				t.Error("the row is left")
			}
		})
	}
}

// The operator stops at Unmanaged and at other network types, and goes on at Removed. Sluice does the same.
func TestSluiceActsWhenTheOperatorDoes(t *testing.T) {
	text := func(s string) validation.Value { return validation.Value{Kind: validation.String, Text: s} }
	for name, test := range map[string]struct {
		change func(*validation.Object)
		acts   bool
	}{
		"Managed":       {func(o *validation.Object) { o.ManagementState = text("Managed") }, true},
		"Removed":       {func(o *validation.Object) { o.ManagementState = text("Removed") }, true},
		"Unmanaged":     {func(o *validation.Object) { o.ManagementState = text("Unmanaged") }, false},
		"OVNKubernetes": {func(o *validation.Object) { o.NetworkType = text("OVNKubernetes") }, true},
		"ovnkubernetes": {func(o *validation.Object) { o.NetworkType = text("ovnkubernetes") }, true},
		"OpenShiftSDN":  {func(o *validation.Object) { o.NetworkType = text("OpenShiftSDN") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, sw := startAgent(t)
			s.set(network(t, netFlow(first)))
			settled(t, sw, first)
			n := network(t, netFlow(second))
			test.change(&n.Object)
			s.set(n)
			if test.acts {
				settled(t, sw, second)
				return
			}
			s.await(t, v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonHandsOff)
			settled(t, sw, first)
		})
	}
}
