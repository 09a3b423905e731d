package node

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// inNamespace calls fn on a thread in a network namespace. Sockets that fn opens stay in it. The
// thread ends with the call, because no other code may run on it. The empty name means the namespace
// of the process.
func inNamespace(name string, fn func() error) error {
	if name == "" {
		return fn()
	}
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		// The first thread cannot end, and /proc shows its namespace as the process's. While
		// it is kept busy here, the next try has another one.
		if unix.Gettid() == unix.Getpid() {
			defer runtime.UnlockOSThread()
			result <- inNamespace(name, fn)
			return
		}
		// Never unlocked: the runtime then ends the thread.
		result <- func() error {
			fd, err := unix.Open(filepath.Join("/run/netns", name), unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				return fmt.Errorf("open the namespace %s: %w", name, err)
			}
			defer unix.Close(fd)
			if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("enter the namespace %s: %w", name, err)
			}
			return fn()
		}()
	}()
	return <-result
}

// run runs a program and returns its output. An error has the error output.
func run(cmd *exec.Cmd) (string, error) {
	out, err := cmd.Output()
	if err != nil {
		var said string
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			said = strings.TrimSpace(string(exit.Stderr))
		}
		return string(out), fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, said)
	}
	return string(out), nil
}

// ip runs "ip -batch" with one command per line, in a namespace unless it is empty.
func (n *Network) ip(ctx context.Context, namespace string, lines ...string) error {
	args := []string{"-batch", "-"}
	if namespace != "" {
		args = append([]string{"-netns", namespace}, args...)
	}
	cmd := exec.CommandContext(ctx, n.programs.Path("ip"), args...)
	cmd.Env = n.programs.env
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if _, err := run(cmd); err != nil {
		return fmt.Errorf("%w; asked for:\n%s", err, strings.Join(lines, "\n"))
	}
	return nil
}

// addNamespace creates a namespace with loopback and IPv6 enabled. The kernel may be configured to
// create namespaces without IPv6.
func (n *Network) addNamespace(ctx context.Context, name string) error {
	if err := n.ip(ctx, "", "netns add "+name); err != nil {
		return err
	}
	return n.ip(ctx, name, "link set lo up")
}

// ethtoolValue is the kernel's struct ethtool_value.
type ethtoolValue struct{ command, data uint32 }

// ethtoolSetTxChecksum is ETHTOOL_STXCSUM.
const ethtoolSetTxChecksum = 0x17

// fillChecksums makes the kernel compute the checksums of outgoing packets. A veth leaves them to its
// peer, and the userspace datapath would forward packets without checksums.
func fillChecksums(namespace, device string) error {
	return inNamespace(namespace, func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("open a socket: %w", err)
		}
		defer unix.Close(fd)
		value := ethtoolValue{command: ethtoolSetTxChecksum}
		var request struct {
			name [unix.IFNAMSIZ]byte
			data unsafe.Pointer
			_    [16]byte
		}
		copy(request.name[:unix.IFNAMSIZ-1], device)
		request.data = unsafe.Pointer(&value)
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request)))
		runtime.KeepAlive(&value)
		if errno != 0 {
			return fmt.Errorf("turn off checksum offload of %s: %w", device, errno)
		}
		return nil
	})
}
