package board

import (
	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// runbook is the alert whose page says what to do about a reason; empty if none does.
func runbook(reason string) string {
	switch reason {
	case status.ReasonAgentDown, status.ReasonOutOfScope, status.ReasonNodeNotReady, status.ReasonClockAhead, status.ReasonClockBehind, status.ReasonClocksDiffer, status.ReasonOutdated:
		return "SluiceAgentDown"
	case status.ReasonNoReport:
		return "SluiceAgentsMissing"
	case v1alpha1.ReasonRefused, v1alpha1.ReasonNotOpen:
		return "SluiceCollectorNotOpen"
	case v1alpha1.ReasonForeignExport:
		return "SluiceForeignExport"
	case v1alpha1.ReasonForeignWrite, v1alpha1.ReasonGaveUp, v1alpha1.ReasonConflict, v1alpha1.ReasonHeldDown,
		v1alpha1.ReasonRateLimited:
		return "SluiceExportOverwritten"
	case v1alpha1.ReasonSocketMissing, v1alpha1.ReasonPermissionDenied, v1alpha1.ReasonConnectionRefused,
		v1alpha1.ReasonToolMissing, v1alpha1.ReasonTimedOut, v1alpha1.ReasonReadFailed:
		return "SluiceOVSUnreachable"
	case v1alpha1.ReasonPacketsLost, v1alpha1.ReasonFlowTableFull, v1alpha1.ReasonSlowRevalidation, v1alpha1.ReasonHighSampling:
		return "SluicePerformanceRisk"
	case v1alpha1.ReasonBridgeMissing, v1alpha1.ReasonDropsFailed, v1alpha1.ReasonDropsUnknown, v1alpha1.ReasonMalformed, v1alpha1.ReasonOwnDuplicate,
		v1alpha1.ReasonPending, v1alpha1.ReasonHandsOff, v1alpha1.ReasonObserveOnly, v1alpha1.ReasonWriteFailed,
		v1alpha1.ReasonNotApplied, v1alpha1.ReasonVSwitchdBehind, v1alpha1.ReasonVSwitchdDown, v1alpha1.ReasonVSwitchdHangs,
		v1alpha1.ReasonNodeMissing, v1alpha1.ReasonNetworkMissing, v1alpha1.ReasonLockHeld, v1alpha1.ReasonLockUnavailable:
		return "SluiceExportNotApplied"
	case v1alpha1.ReasonNotSynced, v1alpha1.ReasonWatchFailed:
		return "SluiceAgentWatchSilent"
	}
	return ""
}
