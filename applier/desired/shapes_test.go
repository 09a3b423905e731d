package desired_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/validation"
)

// Of a list that is not known any more, OVN-Kubernetes' rows are recognized by their columns: with and
// without what the ConfigMap sets. A profile's parameters are not OVN-Kubernetes'.
func TestShapesAreThoseOfOVNKubernetes(t *testing.T) {
	profile := v1alpha1.FlowExportProfile{Spec: v1alpha1.FlowExportProfileSpec{
		Export: new(false), NetFlow: &v1alpha1.NetFlowParameters{ActiveTimeout: new(int32(5))},
	}}
	in := desired.Inputs{
		Network: &desired.Network{}, Profiles: []v1alpha1.FlowExportProfile{profile},
		FlowsConfig: map[string]string{"sharedTarget": "192.0.2.1:4739", "cacheMaxFlows": "100", "sampling": "50"},
	}
	plain := ovs.Settings{ovs.CacheActiveTimeout: "60", ovs.Sampling: "400"}
	want := [3][]ovs.Settings{
		validation.NetFlow: {{ovs.ActiveTimeout: "60"}},
		validation.SFlow:   {{ovs.Agent: "ovn-k8s-mp0"}},
		validation.IPFIX:   {plain, {ovs.CacheActiveTimeout: "60", ovs.Sampling: "50", ovs.CacheMaxFlows: "100"}},
	}
	if diff := cmp.Diff(want, desired.New(in).Shapes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	in.FlowsConfig = nil
	if diff := cmp.Diff([]ovs.Settings{plain}, desired.New(in).Shapes[validation.IPFIX]); diff != "" {
		t.Errorf("without a ConfigMap (-want +got):\n%s", diff)
	}
	in.Profiles = nil
	if diff := cmp.Diff([3][]ovs.Settings{}, desired.New(in).Shapes); diff != "" {
		t.Errorf("on a node that exports (-want +got):\n%s", diff)
	}
}
