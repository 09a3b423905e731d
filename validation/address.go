package validation

import (
	"fmt"
	"net/netip"
	"strings"
)

// address reads the host part. The result is invalid if nothing can be made of it; where
// there is a problem, it is the address that was meant.
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

// parsed judges the form of an address that is one.
func (c collectorReader) parsed(r *reading, addr netip.Addr, text string, bracketed bool) netip.Addr {
	switch {
	case addr.Is4():
		if bracketed {
			r.note(RuleBrackets, "brackets around IPv4 removed")
		}
	case !c.ipv6 && !addr.Is4In6():
		r.problem(RuleIPv6, whyNoIPv6, fixNoIPv6)
		return netip.Addr{}
	case addr.Zone() != "":
		r.problem(RuleIPv6Zone, fmt.Sprintf("has the zone %s; OVN-Kubernetes can't parse it", Quote(addr.Zone())), "use an address that needs no zone")
		return netip.Addr{}
	case addr.Is4In6():
		r.note(RuleMappedIPv4, "IPv4-mapped address written as IPv4")
		return addr.Unmap()
	case addr.String() != text:
		r.note(RuleIPv6Form, "written as RFC 5952 has it")
	}
	return addr
}

const (
	whyNoIPv6 = "is IPv6; the Network CRD stores IPv4 collectors only"
	fixNoIPv6 = "use an IPv4 address of the collector"
)
