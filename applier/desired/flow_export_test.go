package desired_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
)

// The agent sends nothing to the node itself, no matter what is stored and what the status says.
func TestReadFlowExport(t *testing.T) {
	for collector, want := range map[string]bool{
		"10.20.0.5:4739": true, "[2001:db8::5]:4739": true,
		"127.0.0.1:4739": false, "[::1]:4739": false, "169.254.169.254:80": false, "[ff02::1]:4739": false, "[::ffff:127.0.0.1]:4739": false,
		"0.0.0.1:4739": false, "255.255.255.255:4739": false, "10.20.0.5:0": false, "x": false,
	} {
		f := v1alpha1.FlowExport{
			ObjectMeta: metav1.ObjectMeta{Name: "siem", Namespace: "team-a", Generation: 1},
			Spec:       v1alpha1.FlowExportSpec{IPFIX: v1alpha1.FlowExportIPFIX{Collectors: []v1alpha1.FlowExportCollector{v1alpha1.FlowExportCollector(collector)}}},
			Status:     &v1alpha1.FlowExportStatus{Conditions: []metav1.Condition{{Type: v1alpha1.ConditionAccepted, Status: metav1.ConditionTrue, ObservedGeneration: 1}}},
		}
		if _, accepted, err := desired.ReadFlowExport(f); accepted != want || (err == nil) != want {
			t.Errorf("%s: accepted %t, error %v", collector, accepted, err)
		}
	}
}
