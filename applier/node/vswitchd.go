package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
