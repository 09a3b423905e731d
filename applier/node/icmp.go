package node

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"sluice/applier/ovs"
)

// Types and codes of ICMP (RFC 792, RFC 1812) and ICMPv6 (RFC 4443).
const (
	unreachable4, unreachable6   = 3, 1
	hostUnreachable4, neighbor6  = 1, 3
	portUnreachable4, port6      = 3, 4
	tooLarge4                    = 4
	exceeded4, exceeded6         = 11, 3
	prohibited6, policy6, reject = 1, 5, 6
)

// extendedErr is the size of the kernel's struct sock_extended_err.
const extendedErr = 16

// prohibited4 are the codes of ICMP with which a firewall, or a router that drops by configuration, answers.
func prohibited4() []uint8 { return []uint8{9, 10, 13, 14, 15} }

// reported reads from the error queue of a socket what its datagrams met; nil if there is nothing.
func (s *probeSocket) reported(fd int) *ovs.ProbeError {
	for {
		oob := make([]byte, 512)
		_, n, _, _, err := unix.Recvmsg(fd, make([]byte, 1), oob, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if err != nil {
			return nil //nolint:nilerr // the queue is empty
		}
		messages, err := unix.ParseSocketControlMessage(oob[:n])
		if err != nil {
			continue
		}
		for _, m := range messages {
			isError := m.Header.Level == unix.SOL_IP && m.Header.Type == unix.IP_RECVERR || m.Header.Level == unix.SOL_IPV6 && m.Header.Type == unix.IPV6_RECVERR
			if isError && len(m.Data) >= extendedErr {
				if met := s.met(m.Data); met != nil {
					return met
				}
			}
		}
	}
}

// met is what an entry of the error queue says (ip(7), IP_RECVERR), followed by the address of the machine that says
// it; nil if it says nothing about the way of an empty datagram.
func (s *probeSocket) met(data []byte) *ovs.ProbeError {
	e := unix.SockExtendedErr{Errno: binary.NativeEndian.Uint32(data), Origin: data[4], Type: data[5], Code: data[6]}
	via := offender(data[extendedErr:])
	// Of a collector on this machine, it also answers that nothing listens.
	own := isOwn(via) && (via != s.target || s.denied)
	cause := causeOf(e, own)
	if cause == "" {
		return nil
	}
	if own && isUnreachable(e) && (cause != ovs.ProbeNoNeighbor || s.denied) {
		cause = ovs.ProbeFiltered
	}
	if via == s.target || cause == ovs.ProbeNoNeighbor || cause == ovs.ProbeFiltered {
		via = netip.Addr{}
	}
	return &ovs.ProbeError{Cause: cause, Err: syscall.Errno(e.Errno), Via: via}
}

// isUnreachable reports whether an entry of the error queue says that the destination can't be reached.
func isUnreachable(e unix.SockExtendedErr) bool {
	return e.Origin == unix.SO_EE_ORIGIN_ICMP && e.Type == unreachable4 || e.Origin == unix.SO_EE_ORIGIN_ICMP6 && e.Type == unreachable6
}

// causeOf sorts an entry of the error queue. own says that this machine made it: so it does if the address of the next
// machine on the way can't be found.
func causeOf(e unix.SockExtendedErr, own bool) ovs.ProbeCause {
	switch {
	case e.Origin == unix.SO_EE_ORIGIN_LOCAL:
		return ovs.ProbeFailed
	case e.Origin == unix.SO_EE_ORIGIN_ICMP && e.Type == unreachable4:
		switch {
		case e.Code == portUnreachable4:
			return ovs.ProbeRefused
		case e.Code == tooLarge4:
			return ""
		case slices.Contains(prohibited4(), e.Code):
			return ovs.ProbeProhibited
		case e.Code == hostUnreachable4 && own:
			return ovs.ProbeNoNeighbor
		}
		return ovs.ProbeUnreachable
	case e.Origin == unix.SO_EE_ORIGIN_ICMP6 && e.Type == unreachable6:
		switch {
		case e.Code == port6:
			return ovs.ProbeRefused
		case e.Code == prohibited6, e.Code == policy6, e.Code == reject:
			return ovs.ProbeProhibited
		case e.Code == neighbor6 && own:
			return ovs.ProbeNoNeighbor
		}
		return ovs.ProbeUnreachable
	case e.Origin == unix.SO_EE_ORIGIN_ICMP && e.Type == exceeded4, e.Origin == unix.SO_EE_ORIGIN_ICMP6 && e.Type == exceeded6:
		return ovs.ProbeUnreachable // the datagram goes round in circles
	case e.Origin == unix.SO_EE_ORIGIN_ICMP, e.Origin == unix.SO_EE_ORIGIN_ICMP6:
		if errno := syscall.Errno(e.Errno); errno == unix.EMSGSIZE || errno == 0 {
			return ""
		}
		return ovs.ProbeFailed
	}
	return ""
}

// incoming is an error that came back, of which nothing else is known.
func incoming(err error) *ovs.ProbeError {
	switch {
	case errors.Is(err, unix.ECONNREFUSED):
		return &ovs.ProbeError{Cause: ovs.ProbeRefused, Err: err}
	case errors.Is(err, unix.EHOSTUNREACH), errors.Is(err, unix.ENETUNREACH), errors.Is(err, unix.EHOSTDOWN), errors.Is(err, unix.ENONET):
		return &ovs.ProbeError{Cause: ovs.ProbeUnreachable, Err: err}
	case errors.Is(err, unix.EACCES):
		return &ovs.ProbeError{Cause: ovs.ProbeProhibited, Err: err}
	}
	return &ovs.ProbeError{Cause: ovs.ProbeFailed, Err: err}
}

// offender reads a socket address, in the machine's byte order.
func offender(data []byte) netip.Addr {
	if len(data) < unix.SizeofSockaddrInet4 {
		return netip.Addr{}
	}
	switch binary.NativeEndian.Uint16(data) {
	case unix.AF_INET:
		return netip.AddrFrom4([4]byte(data[4:8]))
	case unix.AF_INET6:
		if len(data) >= unix.SizeofSockaddrInet6 {
			return netip.AddrFrom16([16]byte(data[8:24])).Unmap()
		}
	}
	return netip.Addr{}
}

// isOwn reports whether this machine has an address.
func isOwn(address netip.Addr) bool {
	addresses, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(addresses, func(a net.Addr) bool {
		prefix, err := netip.ParsePrefix(a.String())
		return err == nil && prefix.Addr() == address
	})
}
