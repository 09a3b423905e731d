package desired_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
)

func TestObservedDiffersWithEachInput(t *testing.T) {
	profile := func(name, uid string, generation int64, priority int32) v1alpha1.FlowExportProfile {
		return v1alpha1.FlowExportProfile{
			ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(uid), Generation: generation},
			Spec:       v1alpha1.FlowExportProfileSpec{Priority: priority, NodeSelector: metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}},
		}
	}
	node := map[string]string{"a": "b"}
	seen := map[v1alpha1.ObservedInputs]int{}
	for i, o := range []v1alpha1.ObservedInputs{
		desired.Observed(nil, node, nil),
		desired.Observed(nil, node, map[string]string{}),
		desired.Observed(nil, node, map[string]string{"a": "b:c"}),
		desired.Observed(nil, node, map[string]string{"a:b": "c"}),
		desired.Observed([]v1alpha1.FlowExportProfile{profile("p", "1", 1, 0)}, node, nil),
		desired.Observed([]v1alpha1.FlowExportProfile{profile("p", "1", 2, 0)}, node, nil),
		desired.Observed([]v1alpha1.FlowExportProfile{profile("p", "2", 1, 0)}, node, nil),
		desired.Observed([]v1alpha1.FlowExportProfile{profile("p", "1", 1, 0), profile("q", "3", 1, 5)}, node, nil),
	} {
		if other, ok := seen[o]; ok {
			t.Errorf("inputs %d and %d are both %+v", other, i, o)
		}
		seen[o] = i
	}
	if got := desired.Observed([]v1alpha1.FlowExportProfile{profile("p", "1", 1, 0)}, nil, nil); got != (v1alpha1.ObservedInputs{}) {
		t.Errorf("a profile that does not select the node: %+v", got)
	}
}
