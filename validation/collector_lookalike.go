package validation

import (
	"fmt"
	"net/netip"
	"strings"
)

// lookalike says what a host that is no address looks like, and returns the address that
// was meant where that can be told.
func (c collectorReader) lookalike(r *reading, host string) netip.Addr {
	switch {
	case strings.Contains(host, "/"):
		r.problem(RuleCIDR, "is a network or a path, not one address", "write the address of one collector")
		prefix, err := netip.ParsePrefix(host)
		if err == nil && (prefix.IsSingleIP() || prefix.Masked().Addr() != prefix.Addr()) && (prefix.Addr().Is4() || c.ipv6) {
			return prefix.Addr().Unmap()
		}
	case strings.HasPrefix(strings.ToLower(host), "0x") && strings.Trim(strings.ToLower(host[2:]), "0123456789abcdef.x") == "":
		r.problem(RuleNotAnAddress, "is hexadecimal; only dotted decimal notation is supported", "write ADDRESS:PORT")
	case looksLikeHostname(host):
		r.problem(RuleHostname, "is a host name; "+c.effect("Open vSwitch and OVN-Kubernetes accept", "Sluice's agents resolve no names and accept")+" IP addresses only", "write the collector's IP address and port")
	default:
		r.problem(RuleNotAnAddress, fmt.Sprintf("%s is not an IP address", Quote(host)), "write ADDRESS:PORT")
	}
	return netip.Addr{}
}

func looksLikeHostname(host string) bool {
	letters := false
	for i := range len(host) {
		switch c := host[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			letters = true
		case c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_':
		default:
			return false
		}
	}
	return letters
}

// RuleNotAnAddress finds text that is not an IP address, such as 10.0.0.256.
const RuleNotAnAddress Rule = "not-an-address"

func notAnAddress() Check {
	return Check{
		Rule: RuleNotAnAddress, Effect: Rejects,
		Summary: "Text that is not an IP address, such as `10.0.0.256`",
		Example: "`10.0.0.256:2055`, `10.0.0:2055`, and `0x0a000001:2055` are not IP addresses.\n" +
			"Write four decimal numbers from 0 to 255: `10.0.0.1:2055`.",
	}
}

// RuleHostname finds a host name.
const RuleHostname Rule = "hostname"

func hostname() Check {
	return Check{
		Rule: RuleHostname, Effect: Rejects,
		Summary: "A host name; Open vSwitch and OVN-Kubernetes accept IP addresses only",
		Example: "`collector.example.com:2055` is a host name. `ovnkube-node` does not start with it, and Open vSwitch cannot resolve it in time.\n" +
			"Write the address that the name resolves to: `192.168.1.99:2055`.",
	}
}

// RuleCIDR finds a network in CIDR notation instead of one address.
const RuleCIDR Rule = "cidr"

func cidr() Check {
	return Check{
		Rule: RuleCIDR, Effect: Rejects,
		Summary: "A network in CIDR notation instead of one address",
		Example: "`192.168.1.0/24:2055` is a network.\n" +
			"Write the address of one collector: `192.168.1.99:2055`.",
	}
}
