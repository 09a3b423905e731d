package node

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"sluice/applier/ovs"
)

// probeSocket is a connected UDP socket that also gets the errors that other machines on the way, and this one, answer.
type probeSocket struct {
	conn   *net.UDPConn
	raw    syscall.RawConn
	target netip.Addr
}

func probeSocketOf(conn net.Conn, target netip.AddrPort) (*probeSocket, error) {
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return nil, syscall.EPROTOTYPE
	}
	raw, err := udp.SyscallConn()
	if err != nil {
		return nil, err
	}
	level, option := unix.SOL_IP, unix.IP_RECVERR
	if target.Addr().Unmap().Is6() {
		level, option = unix.SOL_IPV6, unix.IPV6_RECVERR
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = unix.SetsockoptInt(int(fd), level, option, 1) })
	return &probeSocket{conn: udp, raw: raw, target: target.Addr().Unmap()}, errors.Join(err, failed)
}

// send sends an empty datagram. What an earlier one met has precedence over the error.
func (s *probeSocket) send() *ovs.ProbeError {
	_, err := s.conn.Write(nil)
	if err == nil {
		return nil
	}
	var met *ovs.ProbeError
	_ = s.raw.Control(func(fd uintptr) { met = s.reported(int(fd)) })
	if met != nil {
		return met
	}
	return unsent(errnoOf(err))
}

// unsent is the error of a datagram that this machine did not send.
func unsent(err error) *ovs.ProbeError {
	noRoute := slices.ContainsFunc([]error{unix.ENETUNREACH, unix.EHOSTUNREACH, unix.ENETDOWN}, func(e error) bool { return errors.Is(err, e) })
	if noRoute {
		return &ovs.ProbeError{Cause: ovs.ProbeNoRoute, Err: err}
	}
	return &ovs.ProbeError{Cause: ovs.ProbeFailed, Err: err}
}

// await waits for what a datagram meets. over says that the collector answered, or that the socket was closed.
func (s *probeSocket) await(until time.Time) (met *ovs.ProbeError, over bool) {
	if err := s.conn.SetReadDeadline(until); err != nil {
		return nil, true
	}
	err := s.raw.Read(func(fd uintptr) bool {
		if met = s.reported(int(fd)); met != nil {
			return true
		}
		_, _, err := unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			return false
		case err != nil: // the kernel could not store what it is about
			met = incoming(errnoOf(err))
		}
		return true
	})
	late := errors.Is(err, os.ErrDeadlineExceeded)
	if late { // there may be something all the same, on a busy machine
		_ = s.raw.Control(func(fd uintptr) { met = s.reported(int(fd)) })
	}
	return met, met == nil && !late
}

// errnoOf is the operating system's error, without what Go says about it.
func errnoOf(err error) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	return err
}
