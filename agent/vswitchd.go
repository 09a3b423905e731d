package agent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sluice-project/sluice/ovs"
)

// Vswitchd looks at ovs-vswitchd from outside: through its files and /proc.
type Vswitchd struct {
	// RunDir holds its pidfile and sockets; Proc is where proc(5) is mounted.
	RunDir, Proc string
}

// PID reads the pidfile.
func (v Vswitchd) PID() (int, error) {
	text, err := os.ReadFile(filepath.Join(v.RunDir, "ovs-vswitchd.pid"))
	if err != nil {
		return 0, fmt.Errorf("ovs-vswitchd is not running: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("pidfile of ovs-vswitchd: %w", err)
	}
	return pid, nil
}

// Control is its control socket.
func (v Vswitchd) Control() (string, error) {
	pid, err := v.PID()
	if err != nil {
		return "", err
	}
	return filepath.Join(v.RunDir, fmt.Sprintf("ovs-vswitchd.%d.ctl", pid)), nil
}

// Sockets are the remote ends of its connected UDP sockets. Where its own are not to be
// told from others', because the agent doesn't see the host's processes, they are those of
// the network that the agent is in.
func (v Vswitchd) Sockets() (map[netip.AddrPort]bool, error) {
	pid, err := v.PID()
	if err != nil {
		return nil, err
	}
	process := filepath.Join(v.Proc, strconv.Itoa(pid))
	own := inodes(process)
	if own == nil {
		process = filepath.Join(v.Proc, "self")
	}
	remotes := map[netip.AddrPort]bool{}
	for _, file := range []string{"udp", "udp6"} {
		text, err := os.ReadFile(filepath.Join(process, "net", file))
		if errors.Is(err, fs.ErrNotExist) && file == "udp6" {
			continue // no IPv6
		}
		if err != nil {
			return nil, fmt.Errorf("read sockets: %w", err)
		}
		sockets, err := ovs.ParseSockets(string(text), binary.NativeEndian)
		if err != nil {
			return nil, fmt.Errorf("read sockets: %w", err)
		}
		for _, s := range sockets {
			if own == nil || own[s.Inode] {
				remotes[s.Remote] = true
			}
		}
	}
	return remotes, nil
}

// inodes are the sockets among a process's file descriptors; nil if they can't be seen.
func inodes(process string) map[uint64]bool {
	entries, err := os.ReadDir(filepath.Join(process, "fd"))
	if err != nil {
		return nil
	}
	found := map[uint64]bool{}
	for _, e := range entries {
		link, err := os.Readlink(filepath.Join(process, "fd", e.Name()))
		if err != nil {
			continue // closed meanwhile
		}
		if number, ok := strings.CutPrefix(link, "socket:["); ok {
			if inode, err := strconv.ParseUint(strings.TrimSuffix(number, "]"), 10, 64); err == nil {
				found[inode] = true
			}
		}
	}
	return found
}

// CPUTime is the processor time that ovs-vswitchd used so far, in clock ticks of 10 ms.
func (v Vswitchd) CPUTime() (uint64, error) {
	pid, err := v.PID()
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile(filepath.Join(v.Proc, strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, fmt.Errorf("read processor time: %w", err)
	}
	// The name, in parentheses, may hold anything; user and system time are the 12th and
	// 13th field after it (proc(5)).
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("read processor time: %q", text)
	}
	user, err1 := strconv.ParseUint(fields[11], 10, 64)
	system, err2 := strconv.ParseUint(fields[12], 10, 64)
	return user + system, errors.Join(err1, err2)
}
