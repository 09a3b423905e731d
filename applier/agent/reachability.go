package agent

import (
	"errors"

	"sluice/api/v1alpha1"
	"sluice/applier/ovs"
)

// unreachable sorts the error of a read of Open vSwitch: the reason for a condition, and a
// message that says what to do.
func unreachable(err error) (reason, message string) {
	tool, ok := errors.AsType[*ovs.ToolError](err)
	if !ok {
		return v1alpha1.ReasonReadFailed, err.Error()
	}
	advice := ""
	switch tool.Cause {
	case ovs.CauseSocketMissing:
		reason, advice = v1alpha1.ReasonSocketMissing, "is ovsdb-server running, and is its run directory mounted?"
	case ovs.CausePermissionDenied:
		reason, advice = v1alpha1.ReasonPermissionDenied, "the agent must run as root, with SELinux as spc_t"
	case ovs.CauseConnectionRefused:
		reason, advice = v1alpha1.ReasonConnectionRefused, "ovsdb-server is not running"
	case ovs.CauseToolMissing:
		reason, advice = v1alpha1.ReasonToolMissing, "the agent's image must contain the Open vSwitch tools"
	case ovs.CauseTimedOut:
		reason, advice = v1alpha1.ReasonTimedOut, "ovsdb-server does not respond"
	case ovs.CauseUnknown:
		return v1alpha1.ReasonReadFailed, err.Error()
	}
	return reason, err.Error() + "; " + advice
}
