package ovs

// DaemonError says why ovs-vswitchd does not answer.
type DaemonError struct {
	Cause DaemonCause
	Err   error
}

func (e *DaemonError) Error() string { return e.Err.Error() }

// Unwrap is the cause's own error.
func (e *DaemonError) Unwrap() error { return e.Err }

// DaemonCause is why ovs-vswitchd does not answer.
type DaemonCause string

// The causes.
const (
	DaemonDown    DaemonCause = "Down"    // it does not run
	DaemonHangs   DaemonCause = "Hangs"   // it runs, but does not answer in time
	DaemonUnknown DaemonCause = "Unknown" // it can't be asked
)
