package agent

import (
	"errors"
	"net"
	"syscall"
)

// causeOf says why a datagram could not be sent, without what differs each time, such as the port that a socket has by
// chance: a report that differs is written again.
func causeOf(err error) string {
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	if operation, ok := errors.AsType[*net.OpError](err); ok {
		return operation.Err.Error()
	}
	return err.Error()
}
