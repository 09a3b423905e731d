package validation

import "net/netip"

// WhyNodeLocal says why datagrams to an address reach only the node that sends them, or its own link;
// "" for other addresses. Kubernetes refuses most of them in EndpointSlices, too.
func WhyNodeLocal(addr netip.Addr) string {
	addr = addr.Unmap()
	switch {
	case addr.IsLoopback():
		return "is a loopback address"
	case addr.IsLinkLocalUnicast():
		return "is a link-local address"
	case addr.IsMulticast():
		return "is a multicast address"
	case addr.Is6():
		return whyNodeLocal6(addr.As16())
	}
	return ""
}

func whyNodeLocal6(a [16]byte) string {
	inside := netip.AddrFrom4([4]byte(a[12:]))
	switch {
	// fd69::/112: the subnet of the masquerade addresses of OVN-Kubernetes, unless it is configured. That
	// of IPv4 is in 169.254.0.0/16.
	case [14]byte(a[:14]) == [14]byte{0xfd, 0x69}:
		return "is an address that OVN-Kubernetes gives to each node"
	// ::/96: IPv4-compatible addresses (RFC 4291, deprecated).
	case [12]byte(a[:12]) == [12]byte{}:
		return "contains the IPv4 address " + inside.String()
	// 64:ff9b::/96: IPv4 addresses for NAT64 (RFC 6052).
	case [12]byte(a[:12]) == [12]byte{0, 0x64, 0xff, 0x9b} && (Unusable(inside) || WhyNodeLocal(inside) != ""):
		return "contains the IPv4 address " + inside.String()
	}
	return ""
}

// RuleNodeLocal finds an address that would reach the node itself or its link, in a FlowExport.
const RuleNodeLocal Rule = "node-local-address"

func nodeLocal() Check {
	return Check{
		Rule: RuleNodeLocal, Effect: Rejects,
		Summary: "FlowExport: an address of the node that sends or of its link: loopback, link-local, multicast",
		Example: "The datagrams of a FlowExport leave from the network of the nodes. With `127.0.0.1:4739` a tenant could reach programs on each node,\n" +
			"and with `169.254.169.254:4739` the metadata service of a cloud. IPv4 addresses in IPv6 text, such as `[64:ff9b::7f00:1]:4739`, count too,\n" +
			"and so does fd69::/112, in which OVN-Kubernetes gives each node the same addresses.\n" +
			"No policy can allow it. Write an address of the collector that all nodes can reach: `10.20.0.5:4739`.",
	}
}
