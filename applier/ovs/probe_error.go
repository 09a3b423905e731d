package ovs

import "net/netip"

// ProbeError says what a probe of a collector met.
type ProbeError struct {
	Cause ProbeCause
	Err   error
	// Via is the machine that answered, if another one than the collector did.
	Via netip.Addr
}

func (e *ProbeError) Error() string { return e.Err.Error() }

// Unwrap is the operating system's error.
func (e *ProbeError) Unwrap() error { return e.Err }

// ProbeCause is what a probe met.
type ProbeCause string

// The causes. A socket without IP_RECVERR, such as those of ovs-vswitchd, notices neither NoNeighbor nor Unreachable.
const (
	ProbeRefused     ProbeCause = "Refused"     // the collector's machine answers that nothing listens
	ProbeNoRoute     ProbeCause = "NoRoute"     // a socket can't be opened, or the node has no route
	ProbeNoNeighbor  ProbeCause = "NoNeighbor"  // the next machine on the way does not answer, so that nothing leaves the node
	ProbeUnreachable ProbeCause = "Unreachable" // a machine on the way answers that it can't reach the collector
	ProbeProhibited  ProbeCause = "Prohibited"  // a machine on the way answers that it does not let datagrams pass
	ProbeFiltered    ProbeCause = "Filtered"    // this machine itself rejects the datagram, as its packet filter says
	ProbeFailed      ProbeCause = "Failed"      // the datagram can't be sent, or something else answers
)
