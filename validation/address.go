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

// unusable tells addresses that no datagram can be sent to: the unspecified one, 0.0.0.0/8
// (RFC 1122: only ever a source), 240.0.0.0/4 (RFC 1112: reserved) with the limited
// broadcast in it.
func unusable(addr netip.Addr) bool {
	return addr.IsUnspecified() || thisNetwork(addr) || reserved(addr)
}

func thisNetwork(addr netip.Addr) bool { return addr.Is4() && addr.As4()[0] == 0 }

func reserved(addr netip.Addr) bool { return addr.Is4() && addr.As4()[0] >= 240 }

func whyUnusable(addr netip.Addr) string {
	switch {
	case addr.IsUnspecified():
		return "is the unspecified address; each node would send to itself, unnoticed"
	case thisNetwork(addr):
		return "is in 0.0.0.0/8, which is never a destination"
	case addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "is the broadcast address; Open vSwitch can't send to it"
	}
	return "is in 240.0.0.0/4, which is reserved and never a destination"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
