package ovs

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Socket is a connected UDP socket. ovs-vswitchd keeps one for each target that it can use.
type Socket struct {
	Local, Remote netip.AddrPort
	// UID is the user that made it.
	UID uint32
	// Inode names the socket among the file descriptors of a process.
	Inode uint64
}

// Sockets is what is known of the sockets to each remote end that may be ovs-vswitchd's.
type Sockets map[netip.AddrPort]Seen

// Seen is what is known of the sockets to one remote end.
type Seen struct {
	// Own says that one of them is ovs-vswitchd's. Otherwise they may be those of another process.
	Own bool
	// Lost are the addresses of those that send from one that the node does not have any more.
	Lost []netip.Addr
	// Locals are the ends that they send from.
	Locals []netip.AddrPort
}

// Count is how many sockets there are.
func (s Seen) Count() int { return max(1, len(s.Locals)) }

// LostOf is an address that the node does not have any more, and that one of so many sockets of ovs-vswitchd sends from.
// It is the zero Addr if enough others can send: those may be all.
func (s Seen) LostOf(kept int) netip.Addr {
	if len(s.Lost) == 0 || s.Count()-len(s.Lost) >= kept {
		return netip.Addr{}
	}
	return s.Lost[0]
}

// Sockets are how many sockets ovs-vswitchd keeps to each remote end if it can open them all: one for each target of each
// exporter. A row is one exporter for each bridge and each collector set that refers to it.
func (s State) Sockets() map[netip.AddrPort]int {
	kept := map[netip.AddrPort]int{}
	here, elsewhere := s.References(), s.Elsewhere()
	for id, row := range s.Rows {
		for _, target := range row.Exporter.Targets {
			if remote, ok := Remote(row.Exporter.Format, target); ok {
				kept[remote] += here[id] + elsewhere[id]
			}
		}
	}
	return kept
}

// ParseSockets reads /proc/net/udp or /proc/net/udp6 (proc(5)) and returns the connected
// sockets. Addresses are 32-bit words in the machine's byte order, which is an argument.
func ParseSockets(text string, order binary.ByteOrder) ([]Socket, error) {
	var sockets []Socket
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "sl" {
			continue // the headings
		}
		if len(fields) < 10 {
			return nil, fmt.Errorf("socket %q: %d fields instead of at least 10", strings.TrimSpace(line), len(fields))
		}
		local, errLocal := parseEndpoint(fields[1], order)
		remote, errRemote := parseEndpoint(fields[2], order)
		if err := errors.Join(errLocal, errRemote); err != nil {
			return nil, fmt.Errorf("socket %q: %w", strings.TrimSpace(line), err)
		}
		uid, err := strconv.ParseUint(fields[7], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("socket %q: uid: %w", strings.TrimSpace(line), err)
		}
		inode, err := strconv.ParseUint(fields[9], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("socket %q: inode: %w", strings.TrimSpace(line), err)
		}
		if remote.Port() != 0 {
			sockets = append(sockets, Socket{Local: local, Remote: remote, UID: uint32(uid), Inode: inode})
		}
	}
	return sockets, nil
}

// parseEndpoint reads an address in hexadecimal words, a colon and a port.
func parseEndpoint(text string, order binary.ByteOrder) (netip.AddrPort, error) {
	address, port, _ := strings.Cut(text, ":")
	words, err := hex.DecodeString(address)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("address: %w", err)
	}
	if len(words)%4 != 0 {
		return netip.AddrPort{}, fmt.Errorf("address %q: not made of 32-bit words", address)
	}
	bytes := make([]byte, len(words))
	for i := 0; i < len(words); i += 4 {
		order.PutUint32(bytes[i:], binary.BigEndian.Uint32(words[i:]))
	}
	ip, ok := netip.AddrFromSlice(bytes)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("address %q: neither IPv4 nor IPv6", address)
	}
	number, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("port: %w", err)
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(number)), nil
}
