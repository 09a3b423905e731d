package node

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	"sluice/applier/ovs"
)

// Probe asks whether datagrams to a collector can arrive: it connects a UDP socket to it, sends an
// empty datagram, and waits for the answer of its machine that nothing listens. The error is an
// *ovs.ProbeError. No error is no proof that a collector listens: a machine that is off, or a
// firewall, answers nothing.
func Probe(ctx context.Context, target netip.AddrPort, wait time.Duration) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", target.String())
	if err != nil {
		return &ovs.ProbeError{Cause: ovs.ProbeNoRoute, Err: err}
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := conn.SetDeadline(time.Now().Add(wait)); err != nil {
		return &ovs.ProbeError{Cause: ovs.ProbeFailed, Err: err}
	}
	if _, err = conn.Write(nil); err == nil {
		_, err = conn.Read(make([]byte, 1))
	}
	netErr, isNetErr := errors.AsType[net.Error](err)
	switch {
	case err == nil, isNetErr && netErr.Timeout(), ctx.Err() != nil:
		return nil
	case errors.Is(err, syscall.ECONNREFUSED):
		return &ovs.ProbeError{Cause: ovs.ProbeRefused, Err: syscall.ECONNREFUSED}
	}
	return &ovs.ProbeError{Cause: ovs.ProbeFailed, Err: err}
}
