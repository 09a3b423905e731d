package node

import (
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// isUnresolved reports whether this machine looks for the next machine on the way to an address, which is the gateway if
// the address is in another network: so far, nothing answers ARP, or neighbor discovery. An entry that failed says less:
// nothing may have been sent there for long.
func isUnresolved(address netip.Addr) bool {
	routes, err := netlink.RouteGet(address.AsSlice())
	if err != nil || len(routes) == 0 {
		return false
	}
	next := nextHop(routes[0], address)
	family := unix.AF_INET
	if next.Is6() {
		family = unix.AF_INET6
	}
	entries, err := netlink.NeighList(routes[0].LinkIndex, family)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if known, ok := netip.AddrFromSlice(e.IP); ok && known.Unmap() == next && e.Flags&netlink.NTF_PROXY == 0 {
			return e.State&netlink.NUD_INCOMPLETE != 0
		}
	}
	return false
}

// nextHop is the machine that gets what is sent to an address: the gateway, which may be one of IPv6 also for IPv4.
func nextHop(route netlink.Route, address netip.Addr) netip.Addr {
	gateway := route.Gw
	if via, ok := route.Via.(*netlink.Via); ok {
		gateway = via.Addr
	}
	if next, ok := netip.AddrFromSlice(gateway); ok {
		return next.Unmap()
	}
	return address
}
