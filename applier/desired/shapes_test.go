package desired_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/validation"
)

// Of a list and a ConfigMap that are not known any more, OVN-Kubernetes' rows are recognized by their columns. A
// profile's parameters are not OVN-Kubernetes'.
func TestShapesAreThoseOfOVNKubernetes(t *testing.T) {
	profile := v1alpha1.FlowExportProfile{Spec: v1alpha1.FlowExportProfileSpec{
		Export: new(false), NetFlow: &v1alpha1.NetFlowParameters{ActiveTimeout: new(int32(5))},
	}}
	want := [3]*ovs.Shape{
		validation.NetFlow: {Fixed: ovs.Settings{ovs.ActiveTimeout: "60"}},
		validation.SFlow:   {Fixed: ovs.Settings{ovs.Agent: "ovn-k8s-mp0"}},
		validation.IPFIX:   {Any: []ovs.ColumnName{ovs.CacheActiveTimeout}, Optional: []ovs.ColumnName{ovs.Sampling, ovs.CacheMaxFlows}},
	}
	in := desired.Inputs{Network: &desired.Network{}, Profiles: []v1alpha1.FlowExportProfile{profile}}
	for _, config := range []map[string]string{nil, {"sharedTarget": "192.0.2.1:4739", "cacheMaxFlows": "100", "sampling": "50"}} {
		in.FlowsConfig = config
		if diff := cmp.Diff(want, desired.New(in).Shapes); diff != "" {
			t.Errorf("with the ConfigMap %v (-want +got):\n%s", config, diff)
		}
	}
	in.Profiles = nil
	if diff := cmp.Diff([3]*ovs.Shape{}, desired.New(in).Shapes); diff != "" {
		t.Errorf("on a node that exports (-want +got):\n%s", diff)
	}
}

// The row of an earlier ConfigMap is the cluster's, whatever its values are. One with another column, or without
// one that OVN-Kubernetes always sets, is not.
func TestTheRowOfAnEarlierConfigMapIsTheClusters(t *testing.T) {
	off := v1alpha1.FlowExportProfile{Spec: v1alpha1.FlowExportProfileSpec{Export: new(false)}}
	shape := desired.New(desired.Inputs{Network: &desired.Network{}, Profiles: []v1alpha1.FlowExportProfile{off}}).Shapes[validation.IPFIX]
	for name, c := range map[string]struct {
		settings  ovs.Settings
		removable bool
	}{
		"defaults":                      {ovs.Settings{ovs.Sampling: "400", ovs.CacheActiveTimeout: "60"}, true},
		"another sampling":              {ovs.Settings{ovs.Sampling: "1", ovs.CacheActiveTimeout: "60"}, true},
		"all parameters":                {ovs.Settings{ovs.Sampling: "20", ovs.CacheActiveTimeout: "400", ovs.CacheMaxFlows: "400"}, true},
		"a sampling of 0":               {ovs.Settings{ovs.CacheActiveTimeout: "60"}, true}, // it leaves the column out
		"without a timeout":             {ovs.Settings{ovs.Sampling: "400"}, false},
		"with an observation domain":    {ovs.Settings{ovs.Sampling: "400", ovs.CacheActiveTimeout: "60", ovs.ObservationDomain: "7"}, false},
		"of another program altogether": {ovs.Settings{ovs.ObservationDomain: "7"}, false},
	} {
		row := ovs.Row{UUID: "row", Exporter: ovs.Exporter{Format: validation.IPFIX, Targets: []string{"192.0.2.1:4739"}, Settings: c.settings}}
		if got := ovs.Classify(nil, &row, ovs.Evidence{Shape: shape}); got.Removable() != c.removable {
			t.Errorf("%s: a row is %s", name, got.Class)
		}
	}
}
