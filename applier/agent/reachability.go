package agent

import (
	"errors"

	"sluice/applier/ovs"
)

// unreachable sorts the error of a read of Open vSwitch: the reason for a condition, and a
// message that says what to do.
func unreachable(err error) (reason, message string) {
	tool, ok := errors.AsType[*ovs.ToolError](err)
	if !ok {
		return "ReadFailed", err.Error()
	}
	advice := map[ovs.Cause]string{
		ovs.CauseSocketMissing:     "is ovsdb-server running, and its run directory mounted?",
		ovs.CausePermissionDenied:  "the agent must run as root, and where SELinux is on as spc_t",
		ovs.CauseConnectionRefused: "ovsdb-server is not running",
		ovs.CauseToolMissing:       "the agent's image must hold the Open vSwitch tools",
		ovs.CauseTimedOut:          "ovsdb-server hangs",
	}[tool.Cause]
	if advice == "" {
		return "ReadFailed", err.Error()
	}
	return string(tool.Cause), err.Error() + "; " + advice
}
