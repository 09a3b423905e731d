package validation

// RuleNetFlowIPv6 finds a NetFlow collector at an IPv6 address.
const RuleNetFlowIPv6 Rule = "netflow-ipv6"

// netflowIPv6 warns about IPv6 in the NetFlow list: version 5 has no room for IPv6 flows.
func netflowIPv6() Check {
	return Check{
		Rule: RuleNetFlowIPv6, Effect: Warns,
		Summary: "A NetFlow collector at an IPv6 address: NetFlow v5 carries IPv4 flows only",
		Example: "`[2001:db8::99]:2055` under `netFlow`: NetFlow v5 cannot describe IPv6 flows.\n" +
			"Write `ipfix: {collectors: [\"[2001:db8::99]:4739\"]}`.",
		Collector: func(c CollectorContext) string {
			if c.Format != NetFlow || !c.Addr.Addr().Is6() {
				return ""
			}
			return "is an IPv6 collector, but NetFlow v5 carries IPv4 flows only; IPFIX carries both"
		},
	}
}
