package agent

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// DialUDP opens a socket to a tenant's collector. Nothing is read from it, so it receives nothing: what collectors send
// back would stay in the node's memory, and the agent would be charged with it.
func DialUDP(to netip.AddrPort) (io.WriteCloser, error) {
	dialer := net.Dialer{Control: func(_, _ string, conn syscall.RawConn) error {
		var failure error
		err := conn.Control(func(fd uintptr) { failure = deafen(int(fd)) })
		return errors.Join(err, failure)
	}}
	return dialer.Dial("udp", to.String())
}

// deafen makes a socket drop each datagram that arrives. What ICMP says of those that it sends is reported nevertheless.
func deafen(fd int) error {
	drop := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K} // keep 0 bytes; socket(7)
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &drop}); err != nil {
		return fmt.Errorf("drop what a collector sends back: %w", err)
	}
	return nil
}
