package node

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"sluice/applier/ovs"
)

// Sockets are ovs-vswitchd's connected UDP sockets, by their remote ends. An agent that sees the
// process knows them by its file descriptors. A pod without the host's processes knows them by
// their user only: those of another user are not ovs-vswitchd's, those of its own user are, and
// those of root may be any process's.
func (v Vswitchd) Sockets() (ovs.Sockets, error) {
	pid, err := v.PID()
	if err != nil {
		return nil, err
	}
	process := filepath.Join(v.Proc, strconv.Itoa(pid))
	sockets, own, err := descriptors(process)
	if err != nil {
		return nil, err
	}
	uid := uint32(0)
	if own == nil {
		if uid, err = v.user(); err != nil {
			return nil, err
		}
		if sockets, err = connected(filepath.Join(v.Proc, "self")); err != nil {
			return nil, err
		}
	}
	mine := inodes(filepath.Join(v.Proc, "self")) // those of a probe
	addresses, err := Addresses()
	if err != nil {
		return nil, err
	}
	seen := ovs.Sockets{}
	for _, s := range sockets {
		switch {
		case own != nil && !own[s.Inode], own == nil && s.UID != uid, mine[s.Inode]:
			continue
		}
		evidence := seen[s.Remote]
		evidence.Own = evidence.Own || own != nil || uid != 0
		evidence.Locals = append(evidence.Locals, s.Local)
		if local := s.Local.Addr(); !addresses[local] && !local.IsLoopback() && !local.IsUnspecified() {
			evidence.Lost = append(evidence.Lost, local)
		}
		seen[s.Remote] = evidence
	}
	return seen, nil
}

// maxReadings bounds the attempts to read a process's sockets while it replaces them.
const maxReadings = 5

// descriptors lists the connected UDP sockets in the network of ovs-vswitchd and the inodes of those
// among its file descriptors; nil inodes if they can't be seen. These are two files of proc(5), and
// ovs-vswitchd replaces its sockets at each change of its configuration: what was read before and after
// must be equal, or all that was seen counts.
func descriptors(process string) (sockets []ovs.Socket, own map[uint64]bool, err error) {
	if !isVswitchd(process) {
		return nil, nil, nil
	}
	before := inodes(process)
	for range maxReadings {
		if sockets, err = connected(process); err != nil {
			return nil, nil, err
		}
		after := inodes(process)
		if before == nil || after == nil {
			return nil, nil, nil
		}
		own = maps.Clone(after)
		if maps.Equal(before, after) {
			break
		}
		maps.Copy(own, before)
		before = after
	}
	return sockets, own, nil
}

// connected lists the connected UDP sockets in the network of a process.
func connected(process string) ([]ovs.Socket, error) {
	var all []ovs.Socket
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
		all = append(all, sockets...)
	}
	return all, nil
}

// user is ovs-vswitchd's: the owner of its control socket.
func (v Vswitchd) user() (uint32, error) {
	control, err := v.Control()
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(control)
	if err != nil {
		return 0, fmt.Errorf("look for the user of ovs-vswitchd: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, errors.New("look for the user of ovs-vswitchd: unknown on this system")
	}
	return stat.Uid, nil
}

// Addresses are those of the network that the agent is in, the node's.
func Addresses() (map[netip.Addr]bool, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list the node's addresses: %w", err)
	}
	found := map[netip.Addr]bool{}
	for _, a := range list {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			found[prefix.Addr().Unmap()] = true
		}
	}
	return found, nil
}
