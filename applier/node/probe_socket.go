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
	// denied says that this machine denied to send a datagram: a packet filter drops it, and may answer in place of others.
	denied bool
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

// send sends an empty datagram. What an earlier one met has precedence over the error, and so has what a packet filter of
// this machine answers until then, which may come a little later.
func (s *probeSocket) send(until time.Time) *ovs.ProbeError {
	_, err := s.conn.Write(nil)
	if err == nil {
		return nil
	}
	s.denied = errors.Is(err, unix.EPERM)
	var met *ovs.ProbeError
	_ = s.raw.Control(func(fd uintptr) { met = s.reported(int(fd)) })
	if met == nil && s.denied {
		if soon := time.Now().Add(patience); soon.Before(until) {
			until = soon
		}
		met, _ = s.await(until)
	}
	if met != nil {
		return met
	}
	return unsent(errnoOf(err))
}

// unopened is the error of a socket that can't be opened. It says something about the way to the collector only if
// connect(2) looked for a route, or if this machine has not the version of IP: the agent has limits of its own, and there
// may be a policy for its pod.
func unopened(err error) *ovs.ProbeError {
	errno := errnoOf(err)
	call, _ := errors.AsType[*os.SyscallError](err)
	switch {
	case errors.Is(errno, unix.EAFNOSUPPORT), errors.Is(errno, unix.EPROTONOSUPPORT):
		return &ovs.ProbeError{Cause: ovs.ProbeNoRoute, Err: errno}
	case call == nil, call.Syscall != "connect", slices.ContainsFunc(owns(), func(e error) bool { return errors.Is(errno, e) }):
		return &ovs.ProbeError{Cause: ovs.ProbeFailed, Err: errno}
	}
	return &ovs.ProbeError{Cause: ovs.ProbeNoRoute, Err: errno}
}

// owns are the errors of connect(2) that are about the agent: a policy for its pod, and what it is short of.
func owns() []error {
	return []error{unix.EPERM, unix.EAGAIN, unix.EINTR, unix.ENOBUFS, unix.ENOMEM, unix.EMFILE, unix.ENFILE}
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
		case err != nil:
			if met = s.reported(int(fd)); met == nil { // the kernel could not store what it is about
				met = incoming(errnoOf(err))
			}
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
