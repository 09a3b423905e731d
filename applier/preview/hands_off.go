package preview

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/desired"
	"sluice/applier/ovs"
	"sluice/validation"
)

// changesNothing says why the agent of a report changes nothing, no matter what is planned; empty if it would change
// something. want is what the node is to export by the plan.
func changesNothing(status v1alpha1.NodeFlowExportStatus, want desired.State) string {
	applied := conditionOf(status, v1alpha1.ConditionApplied)
	switch applied.Reason {
	case v1alpha1.ReasonNotSynced, v1alpha1.ReasonNodeMissing, v1alpha1.ReasonBridgeMissing, v1alpha1.ReasonLockHeld, v1alpha1.ReasonLockUnavailable:
		if applied.Status != metav1.ConditionTrue {
			return applied.Message
		}
	case v1alpha1.ReasonConflict:
		// The agent begins again with whatever else is desired.
		if asReported(status, want) {
			return applied.Message
		}
	}
	return ""
}

// unseen says why the agent of a report may not see a change; empty if it sees all. Which of its watches fail, only the
// message says, and not each of them is needed for each change.
func unseen(status v1alpha1.NodeFlowExportStatus) string {
	if synced := conditionOf(status, v1alpha1.ConditionSynced); synced.Status == metav1.ConditionFalse {
		return synced.Message
	}
	return ""
}

// conditionOf is a condition of a report; the zero value if it has none of this type.
func conditionOf(status v1alpha1.NodeFlowExportStatus, kind string) metav1.Condition {
	if c := meta.FindStatusCondition(status.Conditions, kind); c != nil {
		return *c
	}
	return metav1.Condition{}
}

// asReported reports whether a node is to export what its agent knows already, so that nothing new is planned.
func asReported(status v1alpha1.NodeFlowExportStatus, want desired.State) bool {
	for _, f := range validation.Formats() {
		i := slices.IndexFunc(status.Formats, func(s v1alpha1.FormatStatus) bool { return string(s.Format) == f.Name() })
		var reported *v1alpha1.Export
		if i >= 0 {
			reported = status.Formats[i].Desired
		}
		if !sameExport(want.Exporters[f], reported) {
			return false
		}
	}
	return true
}

func sameExport(want *ovs.Exporter, reported *v1alpha1.Export) bool {
	if want == nil || reported == nil {
		return want == nil && reported == nil
	}
	parameters := map[string]string{}
	for column, value := range want.Settings {
		parameters[string(column)] = value
	}
	return slices.Equal(want.CanonicalTargets(), reported.Targets) && maps.Equal(parameters, reported.Parameters)
}
