package validation

import "net/netip"

// addressAdvice tells what an address does that is seldom wanted.
func addressAdvice(addr netip.Addr) (Rule, string) {
	switch {
	case addr.IsLoopback():
		return RuleLoopback, "is a loopback address; each node sends its records to itself"
	case addr.IsLinkLocalUnicast():
		return RuleLinkLocal, "is a link-local address; each node sends into its own link only"
	case addr.IsMulticast():
		return RuleMulticast, "is a multicast address; records reach only who joined the group"
	}
	return "", ""
}
