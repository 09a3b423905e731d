package validation

// RuleMulticast finds a multicast address.
const RuleMulticast Rule = "multicast"

// multicast warns about 224.0.0.0/4 and ff00::/8.
func multicast() Check {
	return Check{
		Rule: RuleMulticast, Effect: Warns,
		Summary: "A multicast address: only members of the group receive the records",
		Example: "`239.1.2.3:2055` reaches only members of the multicast group, and rarely leaves the local link.\n" +
			"Write the address of one collector: `192.168.1.99:2055`.",
		Collector: func(c CollectorContext) string {
			if !c.Addr.Addr().IsMulticast() {
				return ""
			}
			return "is a multicast address; only members of the group receive the records"
		},
	}
}
