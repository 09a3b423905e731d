package validation

import (
	"fmt"
	"net/netip"
	"strings"
)

// address reads the host part. The result is invalid if no address can be found; if there
// is a problem, it is the address that was probably meant.
func (c collectorReader) address(r *reading, host string) netip.Addr {
	bracketed := strings.HasPrefix(host, "[")
	inside := host
	if bracketed {
		inside = strings.TrimSuffix(host[1:], "]")
	}
	if inside == "" {
		if !c.nodeAddress || bracketed {
			r.problem(RuleMissingAddress, "has no address", "write ADDRESS:PORT")
		}
		return netip.Addr{}
	}
	if addr, err := netip.ParseAddr(inside); err == nil {
		return c.parsed(r, addr, inside, bracketed)
	}
	if addr, ok := c.dotted(r, inside); ok {
		return addr
	}
	return c.lookalike(r, inside)
}

// parsed checks the form of a valid address.
func (c collectorReader) parsed(r *reading, addr netip.Addr, text string, bracketed bool) netip.Addr {
	switch {
	case addr.Is4():
		if bracketed {
			r.note(RuleBrackets, "brackets around the IPv4 address removed")
		}
	case !c.ipv6 && !addr.Is4In6():
		r.problem(RuleIPv6, whyNoIPv6, fixNoIPv6)
		return netip.Addr{}
	case addr.Zone() != "":
		r.problem(RuleIPv6Zone, fmt.Sprintf("has the zone %s; %s", Quote(addr.Zone()), c.effect("OVN-Kubernetes cannot parse it", "interfaces have different names on each node")), "use an address without a zone")
		return netip.Addr{}
	case addr.Is4In6():
		r.note(RuleMappedIPv4, "IPv4-mapped address converted to IPv4")
		return addr.Unmap()
	case addr.String() != text:
		r.note(RuleIPv6Form, "rewritten in canonical form (RFC 5952)")
	}
	return addr
}

const (
	whyNoIPv6 = "is an IPv6 address; the Network CRD accepts only IPv4 collectors"
	fixNoIPv6 = "use an IPv4 address of the collector"
)

// RuleMissingAddress finds a port without an address, such as :2055.
const RuleMissingAddress Rule = "missing-address"

func missingAddress() Check {
	return Check{
		Rule: RuleMissingAddress, Effect: Rejects,
		Summary: "A port without an address, such as `:2055`",
		Example: "In the ConfigMap, `:2055` means the node's own address. The Network cannot store it.\n" +
			"Write `192.168.1.99:2055`.",
	}
}

// RuleIPv6 finds an IPv6 address where the Network CRD stores IPv4 only.
const RuleIPv6 Rule = "ipv6"

func ipv6NotStored() Check {
	return Check{
		Rule: RuleIPv6, Effect: Rejects,
		Summary: "An IPv6 address where the Network CRD stores IPv4 only (the default; see `--ip-families`)",
		Example: "`[2001:db8::99]:4739` cannot be stored: the pattern of the Network CRD accepts IPv4 only.\n" +
			"Write an IPv4 address of the collector. If your CRD accepts IPv6, run the webhook and `sluice check` with `--ip-families=ipv4,ipv6`.",
	}
}

// RuleIPv6Zone finds an IPv6 address with a zone.
const RuleIPv6Zone Rule = "ipv6-zone"

func ipv6Zone() Check {
	return Check{
		Rule: RuleIPv6Zone, Effect: Rejects,
		Summary: "An IPv6 address with a zone; OVN-Kubernetes cannot parse it",
		Example: "`[fe80::1%br-ex]:4739` names an interface, which OVN-Kubernetes cannot parse.\n" +
			"Write an address that needs no zone: `[2001:db8::99]:4739`.",
	}
}

// RuleBrackets finds brackets around an IPv4 address.
const RuleBrackets Rule = "brackets"

func ipv4Brackets() Check {
	return Check{
		Rule: RuleBrackets, Effect: Normalizes,
		Summary: "Brackets around an IPv4 address are removed",
		Example: "`[192.168.1.99]:2055` has brackets, which only IPv6 needs.\n" +
			"Stored as `192.168.1.99:2055`.",
	}
}

// RuleMappedIPv4 finds an IPv4-mapped IPv6 address.
const RuleMappedIPv4 Rule = "ipv4-mapped"

func ipv4Mapped() Check {
	return Check{
		Rule: RuleMappedIPv4, Effect: Normalizes,
		Summary: "An IPv4-mapped IPv6 address is rewritten as IPv4",
		Example: "`[::ffff:192.168.1.99]:2055` is an IPv4 address.\n" +
			"Stored as `192.168.1.99:2055`.",
	}
}

// RuleIPv6Form finds an IPv6 address that is not in canonical form (RFC 5952).
const RuleIPv6Form Rule = "ipv6-form"

func ipv6Form() Check {
	return Check{
		Rule: RuleIPv6Form, Effect: Normalizes,
		Summary: "An IPv6 address is rewritten in canonical form (RFC 5952)",
		Example: "`[2001:DB8:0::99]:4739` is one of several ways to write the address.\n" +
			"Stored as `[2001:db8::99]:4739`.",
	}
}
