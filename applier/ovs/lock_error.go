package ovs

// LockError says why an agent does not have the lock of its node.
type LockError struct {
	Cause LockCause
	// Path is the lock's file.
	Path string
	Err  error
}

func (e *LockError) Error() string {
	if e.Cause == LockHeld {
		return "another agent on this node has the lock " + e.Path
	}
	return "the lock of the node can't be used: " + e.Err.Error()
}

// Unwrap is the operating system's error.
func (e *LockError) Unwrap() error { return e.Err }

// LockCause is why a lock was not taken.
type LockCause string

// The causes.
const (
	LockHeld        LockCause = "Held"        // by another process
	LockUnavailable LockCause = "Unavailable" // the file can't be opened
)
