package profiles

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/validation/profile"
)

// maxConflicts is how many conflicts a status lists.
const maxConflicts = 10

// newStatus is the status of a profile. collectors says whether there are IPFIX collectors; it is nil
// if that is unknown.
func newStatus(p *v1alpha1.FlowExportProfile, use profile.Use, collectors *bool, now metav1.Time) *v1alpha1.FlowExportProfileStatus {
	s := &v1alpha1.FlowExportProfileStatus{
		ObservedGeneration: p.Generation,
		MatchedNodes:       int32(use.Matched),   //nolint:gosec // numbers of nodes
		EffectiveNodes:     int32(use.Effective), //nolint:gosec // numbers of nodes
	}
	for name, nodes := range use.Conflicts {
		s.Conflicts = append(s.Conflicts, v1alpha1.ProfileConflict{Profile: name, Nodes: int32(nodes)}) //nolint:gosec // numbers of nodes
	}
	slices.SortFunc(s.Conflicts, func(a, b v1alpha1.ProfileConflict) int { return cmp.Compare(a.Profile, b.Profile) })
	s.Conflicts = s.Conflicts[:min(len(s.Conflicts), maxConflicts)]
	conditions := []metav1.Condition{accepted(use), effective(use), conflict(s.Conflicts)}
	if p.Spec.Drops != nil {
		conditions = append(conditions, drops(p, collectors))
	}
	for _, c := range p.Status.Conditions {
		if slices.ContainsFunc(conditions, func(now metav1.Condition) bool { return now.Type == c.Type }) {
			s.Conditions = append(s.Conditions, *c.DeepCopy())
		}
	}
	for _, c := range conditions {
		c.ObservedGeneration, c.LastTransitionTime = p.Generation, now
		meta.SetStatusCondition(&s.Conditions, c)
	}
	return s
}

func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}

func accepted(use profile.Use) metav1.Condition {
	if use.Err != nil {
		return condition(v1alpha1.ConditionAccepted, metav1.ConditionFalse, v1alpha1.ReasonBadSelector,
			fmt.Sprintf("the profile selects no node, because its selector can't be read: %.500s", use.Err))
	}
	return condition(v1alpha1.ConditionAccepted, metav1.ConditionTrue, v1alpha1.ReasonAccepted, "the profile can be read")
}

// effective has no numbers in its message: they are in the status.
func effective(use profile.Use) metav1.Condition {
	no := func(reason, message string) metav1.Condition {
		return condition(v1alpha1.ConditionEffective, metav1.ConditionFalse, reason, message)
	}
	switch {
	case use.Err != nil:
		return no(v1alpha1.ReasonBadSelector, "see the condition Accepted")
	case use.Matched == 0:
		return no(v1alpha1.ReasonNoNodes, "no node has the labels that spec.nodeSelector requires")
	case use.Effective == 0:
		return no(v1alpha1.ReasonOverridden, "on all nodes that the profile selects, another one has a higher priority, or the same one and an earlier name")
	}
	return condition(v1alpha1.ConditionEffective, metav1.ConditionTrue, v1alpha1.ReasonApplies, "the profile applies on status.effectiveNodes nodes")
}

func conflict(conflicts []v1alpha1.ProfileConflict) metav1.Condition {
	if len(conflicts) == 0 {
		return condition(v1alpha1.ConditionProfileConflict, metav1.ConditionFalse, v1alpha1.ReasonNoConflict, "no other profile has the same priority and selects the same nodes")
	}
	return condition(v1alpha1.ConditionProfileConflict, metav1.ConditionTrue, v1alpha1.ReasonEqualPriority,
		"other profiles with the same priority select some of the same nodes, where the first one by name applies; see status.conflicts, and set different priorities")
}

func drops(p *v1alpha1.FlowExportProfile, collectors *bool) metav1.Condition {
	no := func(message string) metav1.Condition {
		return condition(v1alpha1.ConditionDropsExported, metav1.ConditionFalse, v1alpha1.ReasonNoCollectors, message)
	}
	switch {
	case p.Spec.Export != nil && !*p.Spec.Export:
		return no("the profile sets export: false, so no records of dropped packets are sent")
	case collectors == nil:
		return condition(v1alpha1.ConditionDropsExported, metav1.ConditionUnknown, v1alpha1.ReasonNotRead, "the collectors can't be read")
	case !*collectors:
		return no("no records of dropped packets are sent: neither ipfix of the Network.operator nor the ConfigMap ovs-flows-config has a collector")
	}
	return condition(v1alpha1.ConditionDropsExported, metav1.ConditionTrue, v1alpha1.ReasonCollectors, "records of dropped packets are sent to the IPFIX collectors")
}
