package validation

import (
	"net/netip"
)

// Unusable tells addresses that no datagram can be sent to: the unspecified one, 0.0.0.0/8
// (RFC 1122: only ever a source), 240.0.0.0/4 (RFC 1112: reserved) with the limited
// broadcast in it.
func Unusable(addr netip.Addr) bool {
	return addr.IsUnspecified() || thisNetwork(addr) || reserved(addr)
}

func thisNetwork(addr netip.Addr) bool { return addr.Is4() && addr.As4()[0] == 0 }

func reserved(addr netip.Addr) bool { return addr.Is4() && addr.As4()[0] >= 240 }

func whyUnusable(addr netip.Addr) string {
	switch {
	case addr.IsUnspecified():
		return "is the unspecified address; each node would silently send to itself"
	case thisNetwork(addr):
		return "is in 0.0.0.0/8, which cannot be a destination"
	case addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "is the broadcast address; Open vSwitch cannot send to it"
	}
	return "is in 240.0.0.0/4, which is reserved and cannot be a destination"
}

// RuleUnusableAddress finds an address that is never a destination.
const RuleUnusableAddress Rule = "unusable-address"

func unusableAddress() Check {
	return Check{
		Rule: RuleUnusableAddress, Effect: Rejects,
		Summary: "An address that is never a destination: 0.0.0.0/8, 240.0.0.0/4, 255.255.255.255, `::`",
		Example: "`0.0.0.0:2055` makes each node send to itself, and Open vSwitch cannot send to `255.255.255.255:2055`.\n" +
			"Write the address that the collector listens on: `192.168.1.99:2055`.",
	}
}
