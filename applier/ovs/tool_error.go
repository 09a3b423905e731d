package ovs

import (
	"fmt"
	"strings"
)

// ToolError says that a program of Open vSwitch or OVN failed.
type ToolError struct {
	Program string
	// Stderr is the last line of the program's standard error.
	Stderr string
	// Cause is why the program failed, as far as that is known.
	Cause Cause
	Err   error
}

// Cause is why a program failed.
type Cause string

// The causes. CauseUnknown is any other.
const (
	CauseUnknown           Cause = ""
	CauseToolMissing       Cause = "ToolMissing"       // there is no such program
	CauseSocketMissing     Cause = "SocketMissing"     // the server's socket does not exist
	CausePermissionDenied  Cause = "PermissionDenied"  // the socket may not be opened
	CauseConnectionRefused Cause = "ConnectionRefused" // no server listens on the socket
	CauseTimedOut          Cause = "TimedOut"          // time was up: a write may or may not have been committed
)

func (e *ToolError) Error() string {
	switch {
	case e.Cause == CauseTimedOut:
		return e.Program + " got no answer in time"
	case e.Stderr != "":
		return fmt.Sprintf("%s: %s", e.Program, e.Stderr)
	}
	return fmt.Sprintf("%s: %v", e.Program, e.Err)
}

func (e *ToolError) Unwrap() error { return e.Err }

// ParseComplaint reads the last line of a program's standard error, without the program's
// name and, where it is a log line, the time, module and level; and the cause that it tells.
// The programs put the operating system's error (strerror(3)) in parentheses.
func ParseComplaint(program, stderr string) (string, Cause) {
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	last := lines[len(lines)-1]
	if parts := strings.SplitN(last, "|", 5); len(parts) == 5 {
		last = parts[4]
	}
	last = strings.TrimPrefix(last, program+": ")
	for text, cause := range map[string]Cause{
		"(No such file or directory)": CauseSocketMissing,
		"(Permission denied)":         CausePermissionDenied,
		"(Connection refused)":        CauseConnectionRefused,
	} {
		if strings.Contains(last, text) {
			return last, cause
		}
	}
	return last, CauseUnknown
}
