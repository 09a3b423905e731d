package validation

// RuleLinkLocal finds a link-local address.
const RuleLinkLocal Rule = "link-local"

// linkLocal warns about 169.254.0.0/16 and fe80::/10.
func linkLocal() Check {
	return Check{
		Rule: RuleLinkLocal, Effect: Warns,
		Summary: "A link-local address: each node sends only to its own link",
		Example: "`169.254.169.254:2055` reaches only the link that the node is on; in a cloud, this is often the metadata service.\n" +
			"Write an address that all nodes can reach: `192.168.1.99:2055`.",
		Collector: func(c CollectorContext) string {
			if !c.Addr.Addr().IsLinkLocalUnicast() {
				return ""
			}
			return "is a link-local address; each node sends only to its own link"
		},
	}
}
