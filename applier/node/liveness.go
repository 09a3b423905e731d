package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"

	"sluice/applier/ovs"
)

// Answers asks ovs-vswitchd for its version over its control socket, and waits up to a time for
// the answer. It starts no program, so it can be asked often. The error is an *ovs.DaemonError.
//
// The control socket has JSON-RPC (RFC 7047, 4) on it, see unixctl in ovs-appctl(8). It is served by
// the thread that applies the configuration.
func (v Vswitchd) Answers(ctx context.Context, timeout time.Duration) error {
	control, err := v.Control()
	if err != nil {
		return &ovs.DaemonError{Cause: missing(err), Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", control)
	if err != nil {
		return &ovs.DaemonError{Cause: unconnected(err), Err: err}
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	var answer struct{ Error any }
	request := map[string]any{"id": 0, "method": "version", "params": []string{}}
	if err = json.NewEncoder(conn).Encode(request); err == nil {
		err = json.NewDecoder(conn).Decode(&answer)
	}
	switch {
	case ctx.Err() != nil:
		return &ovs.DaemonError{Cause: ovs.DaemonHangs, Err: fmt.Errorf("no answer within %s", timeout)}
	case err != nil: // it ended meanwhile
		return &ovs.DaemonError{Cause: ovs.DaemonDown, Err: fmt.Errorf("the connection was lost: %w", err)}
	}
	return nil
}

// missing sorts the error of a pidfile that can't be read.
func missing(err error) ovs.DaemonCause {
	if errors.Is(err, fs.ErrNotExist) {
		return ovs.DaemonDown
	}
	return ovs.DaemonUnknown
}

// unconnected sorts the error of a connection. A process that was killed leaves its socket, which
// refuses; one that hangs accepts no connections, and after some dozens the kernel has no room for
// another one.
func unconnected(err error) ovs.DaemonCause {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return ovs.DaemonDown
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return ovs.DaemonHangs
	}
	return ovs.DaemonUnknown
}
