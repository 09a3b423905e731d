package profile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/validation/profile"
)

func of(name string, priority int32, selector metav1.LabelSelector) v1alpha1.FlowExportProfile {
	return v1alpha1.FlowExportProfile{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       v1alpha1.FlowExportProfileSpec{Priority: priority, NodeSelector: selector},
	}
}

func role(value string) metav1.LabelSelector {
	return metav1.LabelSelector{MatchLabels: map[string]string{"role": value}}
}

func TestEvaluate(t *testing.T) {
	bad := metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "role", Operator: "Eq", Values: []string{"edge"}}}}
	profiles := []v1alpha1.FlowExportProfile{
		of("all", 0, metav1.LabelSelector{}), of("edge-b", 5, role("edge")), of("edge-a", 5, role("edge")), of("none", 9, role("nowhere")), of("bad", 9, bad),
	}
	nodes := []map[string]string{{"role": "edge"}, {"role": "edge", "x": "y"}, {"role": "core"}, nil}
	got := profile.Evaluate(profiles, nodes)
	want := []profile.Use{
		{Matched: 4, Effective: 2},
		{Matched: 2, Conflicts: map[string]int{"edge-a": 2}},
		{Matched: 2, Effective: 2, Conflicts: map[string]int{"edge-b": 2}},
		{},
		{Err: cmpopts.AnyError},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateErrors()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// What is counted is what Select decides.
	effective := map[string]int{}
	for _, node := range nodes {
		if p := profile.Select(profiles, node); p != nil {
			effective[p.Name]++
		}
	}
	for i, p := range profiles {
		if effective[p.Name] != got[i].Effective {
			t.Errorf("%s: %d nodes, Select says %d", p.Name, got[i].Effective, effective[p.Name])
		}
	}
}
