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
		r.problem(RuleNotAnAddress, fmt.Sprintf("has %s; an IPv4 address has 4, separated by dots", count(len(octets), "number")), "write ADDRESS:PORT")
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
			r.problem(RuleNotAnAddress, fmt.Sprintf("octet %s is greater than 255", Quote(octet)), "write ADDRESS:PORT")
			return netip.Addr{}, true
		}
		zeros = zeros || len(octet) > 1 && octet[0] == '0'
		addr[i] = byte(number)
	}
	if zeros {
		r.problem(RuleLeadingZero, "an octet has a leading zero; "+c.effect("OVN-Kubernetes cannot parse it, and ovnkube-node would not start on any node", "some programs read it as an octal number"), "write the octet in decimal, without leading zeros")
	}
	return netip.AddrFrom4(addr), true
}

// RuleLeadingZero finds an IPv4 octet with a leading zero.
const RuleLeadingZero Rule = "leading-zero"

func leadingZero() Check {
	return Check{
		Rule: RuleLeadingZero, Effect: Rejects,
		Summary: "An IPv4 octet with a leading zero; ovnkube-node would not start",
		Example: "`10.0.0.01:2055` matches the pattern of the Network CRD, but OVN-Kubernetes cannot parse it, and then `ovnkube-node`\n" +
			"does not start on any node. Write `10.0.0.1:2055`.",
	}
}
