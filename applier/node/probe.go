package node

import (
	"context"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"sluice/applier/ovs"
)

// Probe asks whether datagrams to a collector can arrive: it connects a UDP socket to it, sends an
// empty datagram, and waits for an answer of its machine that nothing listens, or of the network that
// the machine can't be reached. The error is an *ovs.ProbeError. No error is no proof that a collector
// listens: a machine that is off in another network, or a firewall, may answer nothing.
func Probe(ctx context.Context, target netip.AddrPort, wait time.Duration) error {
	dialed, err := (&net.Dialer{}).DialContext(ctx, "udp", target.String())
	if err != nil {
		return &ovs.ProbeError{Cause: ovs.ProbeNoRoute, Err: errnoOf(err)}
	}
	defer dialed.Close()
	stop := context.AfterFunc(ctx, func() { _ = dialed.Close() })
	defer stop()
	s, err := probeSocketOf(dialed, target)
	if err != nil {
		return &ovs.ProbeError{Cause: ovs.ProbeFailed, Err: errnoOf(err)}
	}
	met := s.ask(wait)
	if met == nil || ctx.Err() != nil {
		return nil
	}
	return met
}

// ask sends an empty datagram and waits for what comes back.
func (s *probeSocket) ask(wait time.Duration) *ovs.ProbeError {
	if met := s.send(); met != nil {
		return met
	}
	met, over := s.await(time.Now().Add(wait))
	if met == nil && !over && isUnresolved(s.target) {
		// The kernel keeps only some datagrams for a machine that it looks for, and reports the failure of fewer.
		return &ovs.ProbeError{Cause: ovs.ProbeNoNeighbor, Err: unix.EHOSTUNREACH}
	}
	return met
}
