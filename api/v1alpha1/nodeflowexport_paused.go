package v1alpha1

import (
	"slices"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
)

// Paused reports whether a FlowExportProfile pauses the agent: the profile sets the mode Observe, and the agent was
// started to enforce.
func (s *NodeFlowExportStatus) Paused() bool {
	return s.Mode == ModeObserve && s.AgentMode == ModeEnforce
}

// OnlyPaused reports whether the desired configuration is not applied for no other reason than that the agent is
// paused. A pause is no reason to go on with an export that is not to be, or to a collector that was removed: that is
// not covered.
func (s *NodeFlowExportStatus) OnlyPaused() bool {
	applied := apimeta.FindStatusCondition(s.Conditions, ConditionApplied)
	return s.Paused() && applied != nil && applied.Reason == ReasonObserveOnly &&
		(s.Drops == nil || s.Drops.State == DropsSampling) &&
		!slices.ContainsFunc(s.Formats, FormatStatus.exportsUndesired)
}

// exportsUndesired reports whether a format is exported that is not to be, or to a collector that is not desired.
func (f FormatStatus) exportsUndesired() bool {
	switch {
	case f.Applied == nil:
		return false
	case f.Desired == nil || f.Applied.OmittedTargets > 0:
		return true
	}
	return slices.ContainsFunc(f.Applied.Targets, func(target string) bool { return !slices.Contains(f.Desired.Targets, target) })
}
