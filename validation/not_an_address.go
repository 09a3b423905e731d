package validation

import (
	"fmt"
	"net/netip"
	"strings"
)

// dotted recognizes numbers joined by dots that are not a canonical IPv4 address.
func (c collectorReader) dotted(r *reading, host string) (netip.Addr, bool) {
	if strings.Trim(host, "0123456789.") != "" {
		return netip.Addr{}, false
	}
	octets := strings.Split(host, ".")
	if len(octets) != 4 {
		r.problem(RuleNotAnAddress, fmt.Sprintf("has %s where an IPv4 address has 4 joined by dots", count(len(octets), "number")), "write ADDRESS:PORT")
		return netip.Addr{}, true
	}
	var addr [4]byte
	zeros := false
	for i, octet := range octets {
		number := 0
		for _, digit := range octet {
			number = min(number*10+int(digit-'0'), 1000)
		}
		switch {
		case octet == "":
			r.problem(RuleNotAnAddress, "has an empty octet", "write ADDRESS:PORT")
			return netip.Addr{}, true
		case number > 255:
			r.problem(RuleNotAnAddress, fmt.Sprintf("octet %s is over 255", Quote(octet)), "write ADDRESS:PORT")
			return netip.Addr{}, true
		}
		zeros = zeros || len(octet) > 1 && octet[0] == '0'
		addr[i] = byte(number)
	}
	if zeros {
		r.problem(RuleLeadingZero, "an octet has a leading zero; OVN-Kubernetes can't parse it and ovnkube-node would not start on any node", "write the octet in decimal, without leading zeros")
	}
	return netip.AddrFrom4(addr), true
}

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
		r.problem(RuleNotAnAddress, "is hexadecimal; only dotted decimal is an address", "write ADDRESS:PORT")
	case looksLikeHostname(host):
		r.problem(RuleHostname, "is a host name; Open vSwitch and OVN-Kubernetes take addresses only", "write the collector's IP address and port")
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
