package splitter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// overflow follows how many datagrams found the receive buffer of the socket full, those of other programs included. The
// kernel drops them, and tells it with the next one that finds room (SO_RXQ_OVFL in socket(7)).
type overflow struct{ last uint32 }

// controlSpace is room for what the kernel tells with a datagram.
const controlSpace = 64

// tellOverflows makes the kernel tell it.
func tellOverflows(conn syscall.Conn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return fmt.Errorf("count what finds the receive buffer full: %w", err)
	}
	var failure error
	err = raw.Control(func(fd uintptr) {
		failure = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
	})
	if err = errors.Join(err, failure); err != nil {
		return fmt.Errorf("count what finds the receive buffer full: %w", err)
	}
	return nil
}

// note takes in what the kernel told with a datagram, and returns how many were dropped since the last one. It tells
// nothing until the first one is dropped. Its counter begins with the socket.
func (o *overflow) note(control []byte) uint64 {
	for len(control) > 0 {
		header, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			return 0
		}
		if header.Level == unix.SOL_SOCKET && header.Type == unix.SO_RXQ_OVFL && len(data) >= 4 {
			now := binary.NativeEndian.Uint32(data)
			dropped := now - o.last
			o.last = now
			return uint64(dropped)
		}
		control = rest
	}
	return 0
}
