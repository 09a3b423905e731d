package node

import (
	"encoding/binary"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// isUnresolved reports whether this machine looks for a machine in a network of its own: so far, nothing answers ARP, or
// neighbor discovery, for the address. An entry that failed says less: nothing may have been sent there for long.
func isUnresolved(address netip.Addr) bool {
	family := unix.AF_INET
	if address.Is6() {
		family = unix.AF_INET6
	}
	table, err := syscall.NetlinkRIB(unix.RTM_GETNEIGH, family)
	if err != nil {
		return false
	}
	messages, err := syscall.ParseNetlinkMessage(table)
	if err != nil {
		return false
	}
	unresolved := false
	for _, m := range messages {
		if m.Header.Type != unix.RTM_NEWNEIGH || len(m.Data) < unix.SizeofNdMsg {
			continue
		}
		state, flags := binary.NativeEndian.Uint16(m.Data[8:]), m.Data[10] // of struct ndmsg
		if flags&unix.NTF_PROXY != 0 || destination(m.Data[unix.SizeofNdMsg:]) != address {
			continue
		}
		if state&unix.NUD_INCOMPLETE == 0 {
			return false // on another interface, for example
		}
		unresolved = true
	}
	return unresolved
}

// destination is the address of an entry of the neighbor table (rtnetlink(7)).
func destination(attributes []byte) netip.Addr {
	for len(attributes) >= unix.SizeofRtAttr {
		size := int(binary.NativeEndian.Uint16(attributes))
		if size < unix.SizeofRtAttr || size > len(attributes) {
			break
		}
		if binary.NativeEndian.Uint16(attributes[2:]) == unix.NDA_DST {
			address, _ := netip.AddrFromSlice(attributes[unix.SizeofRtAttr:size])
			return address
		}
		attributes = attributes[min(len(attributes), (size+unix.RTA_ALIGNTO-1)&^(unix.RTA_ALIGNTO-1)):]
	}
	return netip.Addr{}
}
