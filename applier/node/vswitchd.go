package node

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

	"sluice/applier/ovs"
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
// told from others', because the agent doesn't see the host's processes or may not look
// into them, they are those of the network that the agent is in. A pod sees neither.
func (v Vswitchd) Sockets() (map[netip.AddrPort]bool, error) {
	pid, err := v.PID()
	if err != nil {
		return nil, err
	}
	process := filepath.Join(v.Proc, strconv.Itoa(pid))
	var own map[uint64]bool
	if isVswitchd(process) {
		own = inodes(process)
	}
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

// isVswitchd reports whether a process is ovs-vswitchd. The pidfile has the number that the
// process has on its host; in a pod, another process may have that number.
func isVswitchd(process string) bool {
	name, err := os.ReadFile(filepath.Join(process, "comm"))
	return err == nil && strings.TrimSpace(string(name)) == "ovs-vswitchd"
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
