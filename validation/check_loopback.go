package validation

// RuleLoopback finds a loopback address.
const RuleLoopback Rule = "loopback"

// loopback warns about 127.0.0.0/8 and ::1.
func loopback() Check {
	return Check{
		Rule: RuleLoopback, Effect: Warns,
		Summary: "A loopback address: each node sends to itself",
		Example: "`127.0.0.1:2055` means a different machine on each node: the node itself.\n" +
			`Write the address of the collector, unless a collector runs on every node.`,
		Collector: func(c CollectorContext) string {
			if !c.Addr.Addr().IsLoopback() {
				return ""
			}
			return "is a loopback address; each node sends its records to itself"
		},
	}
}
