package ovs

// ProbeError says what a probe of a collector met.
type ProbeError struct {
	Cause ProbeCause
	Err   error
}

func (e *ProbeError) Error() string { return e.Err.Error() }

// Unwrap is the operating system's error.
func (e *ProbeError) Unwrap() error { return e.Err }

// ProbeCause is what a probe met.
type ProbeCause string

// The causes.
const (
	ProbeRefused ProbeCause = "Refused" // the collector's machine answers that nothing listens
	ProbeNoRoute ProbeCause = "NoRoute" // a socket can't be opened
	ProbeFailed  ProbeCause = "Failed"  // the datagram can't be sent, or something else answers
)
