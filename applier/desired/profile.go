package desired

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"sluice/api/v1alpha1"
)

// selectProfile is the profile that applies to a node with these labels; nil for none. The
// highest priority wins, and of equal ones the first by name. A selector that can't be read
// selects nothing.
func selectProfile(profiles []v1alpha1.FlowExportProfile, nodeLabels map[string]string) *v1alpha1.FlowExportProfile {
	var matching []*v1alpha1.FlowExportProfile
	for i := range profiles {
		selector, err := metav1.LabelSelectorAsSelector(&profiles[i].Spec.NodeSelector)
		if err == nil && selector.Matches(labels.Set(nodeLabels)) {
			matching = append(matching, &profiles[i])
		}
	}
	if len(matching) == 0 {
		return nil
	}
	return slices.MinFunc(matching, func(a, b *v1alpha1.FlowExportProfile) int {
		return cmp.Or(cmp.Compare(b.Spec.Priority, a.Spec.Priority), cmp.Compare(a.Name, b.Name))
	})
}
