package node

import (
	"context"
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"sluice/applier/ovs"
)

// What the agent may not do, or has too little for, says nothing about the way to a collector.
func TestWhyASocketCanNotBeOpened(t *testing.T) {
	of := func(call string, errno unix.Errno) error {
		return &net.OpError{Op: "dial", Err: os.NewSyscallError(call, errno)}
	}
	for name, c := range map[string]struct {
		err   error
		cause ovs.ProbeCause
	}{
		"no route":                   {of("connect", unix.ENETUNREACH), ovs.ProbeNoRoute},
		"no address to send from":    {of("connect", unix.EADDRNOTAVAIL), ovs.ProbeNoRoute},
		"a route that prohibits":     {of("connect", unix.EACCES), ovs.ProbeNoRoute},
		"no IPv6":                    {of("socket", unix.EAFNOSUPPORT), ovs.ProbeNoRoute},
		"too many open files":        {of("socket", unix.EMFILE), ovs.ProbeFailed},
		"no memory":                  {of("socket", unix.ENOMEM), ovs.ProbeFailed},
		"SELinux denies the socket":  {of("socket", unix.EACCES), ovs.ProbeFailed},
		"a policy for the pod":       {of("connect", unix.EPERM), ovs.ProbeFailed},
		"no port is left":            {of("connect", unix.EAGAIN), ovs.ProbeFailed},
		"an option can't be set":     {of("setsockopt", unix.EINVAL), ovs.ProbeFailed},
		"something else than a call": {&net.OpError{Op: "dial", Err: context.DeadlineExceeded}, ovs.ProbeFailed},
	} {
		if got := unopened(c.err); got.Cause != c.cause || got.Err == nil {
			t.Errorf("%s: %s (%v)", name, got.Cause, got.Err)
		}
	}
}
