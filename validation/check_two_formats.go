package validation

// RuleTwoFormats finds the same address and port in two formats.
const RuleTwoFormats Rule = "collector-in-two-formats"

// twoFormats warns about a collector that an earlier list names as well.
func twoFormats() Check {
	return Check{
		Rule: RuleTwoFormats, Effect: Warns,
		Summary: "The same address and port in two formats",
		Example: "`192.168.1.99:2055` is listed under `netFlow` and under `ipfix`; few collectors can tell the formats apart on one port.\n" +
			"Use one port per format: `192.168.1.99:2055` and `192.168.1.99:4739`.",
		Collector: func(c CollectorContext) string {
			if c.Elsewhere == "" {
				return ""
			}
			return "is also in " + c.Elsewhere + "; few collectors can tell formats apart on one port"
		},
	}
}
