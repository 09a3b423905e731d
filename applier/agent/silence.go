package agent

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
)

// silent reports whether ovs-vswitchd does not answer, although it can be asked.
func silent(r *reconciliation) bool {
	return r.vswitchd != nil && r.vswitchd.Cause != ovs.DaemonUnknown
}

// silentCollector is the state of each collector while ovs-vswitchd does not answer: sockets and counters that were
// seen before prove nothing.
func silentCollector(r *reconciliation) (state v1alpha1.CollectorState, reason string) {
	if r.vswitchd.Cause == ovs.DaemonDown {
		return v1alpha1.CollectorNotOpen, notRunning
	}
	return v1alpha1.CollectorUnknown, notAnswering
}

// silenceFor says why nothing is sent for FlowExports, or why it is not known: records that were sent before prove nothing.
func silenceFor(r *reconciliation) (reason, message string) {
	if r.vswitchd.Cause == ovs.DaemonDown {
		return v1alpha1.ReasonVSwitchdDown, notRunning
	}
	return v1alpha1.ReasonVSwitchdHangs, notAnswering
}

const (
	notRunning   = "ovs-vswitchd is not running; see its service and its log on the node"
	notAnswering = "ovs-vswitchd is running, but does not answer; see its log on the node"
)

// silence is a condition while ovs-vswitchd does not answer: whatever is stored, it applies nothing.
// One that does not run sends nothing. One that hangs may have applied everything before, and some
// of its threads may go on.
func silence(r *reconciliation, kind string) metav1.Condition {
	if r.vswitchd.Cause == ovs.DaemonDown {
		return condition(kind, metav1.ConditionFalse, v1alpha1.ReasonVSwitchdDown, notRunning)
	}
	status := metav1.ConditionUnknown
	if kind == v1alpha1.ConditionApplied && r.pending > 0 {
		status = metav1.ConditionFalse // the last change is known not to be applied
	}
	return condition(kind, status, v1alpha1.ReasonVSwitchdHangs, notAnswering)
}
