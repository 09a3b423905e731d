// Package profile selects the FlowExportProfile of a node, and finds out what each profile is good
// for.
package profile

import (
	"cmp"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"sluice/api/v1alpha1"
)

// Select is the profile that applies to a node with these labels; nil for none. The highest
// priority wins, and of equal ones the first by name. A selector that can't be read selects nothing.
func Select(profiles []v1alpha1.FlowExportProfile, nodeLabels map[string]string) *v1alpha1.FlowExportProfile {
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
	return slices.MinFunc(matching, before)
}

// before orders profiles: the one that applies is the first.
func before(a, b *v1alpha1.FlowExportProfile) int {
	return cmp.Or(cmp.Compare(b.Spec.Priority, a.Spec.Priority), cmp.Compare(a.Name, b.Name))
}

// Use is what a profile is good for.
type Use struct {
	// Err says why the selector can't be read.
	Err error
	// Matched is how many nodes the profile selects, and Effective on how many of them it
	// applies.
	Matched, Effective int
	// Conflicts are the profiles with the same priority that select some of its nodes, too, and how
	// many nodes these are.
	Conflicts map[string]int
}

// ranked is a profile with its selector.
type ranked struct {
	profile  *v1alpha1.FlowExportProfile
	selector labels.Selector
	use      *Use
}

// Evaluate finds out what profiles are good for on nodes with these labels. The result has the order
// of the profiles.
func Evaluate(profiles []v1alpha1.FlowExportProfile, nodes []map[string]string) []Use {
	uses := make([]Use, len(profiles))
	var list []ranked
	for i := range profiles {
		selector, err := metav1.LabelSelectorAsSelector(&profiles[i].Spec.NodeSelector)
		if err != nil {
			uses[i].Err = fmt.Errorf("spec.nodeSelector: %w", err)
			continue
		}
		list = append(list, ranked{&profiles[i], selector, &uses[i]})
	}
	slices.SortFunc(list, func(a, b ranked) int { return before(a.profile, b.profile) })
	var matching []ranked
	for _, node := range nodes {
		matching = matching[:0]
		for _, r := range list {
			if r.selector.Matches(labels.Set(node)) {
				matching = append(matching, r)
			}
		}
		count(matching)
	}
	return uses
}

// count counts a node for the profiles that select it, the one that applies first.
func count(matching []ranked) {
	for i, r := range matching {
		r.use.Matched++
		if i == 0 {
			r.use.Effective++
		}
		for j, other := range matching {
			if i == j || r.profile.Spec.Priority != other.profile.Spec.Priority {
				continue
			}
			if r.use.Conflicts == nil {
				r.use.Conflicts = map[string]int{}
			}
			r.use.Conflicts[other.profile.Name]++
		}
	}
}
