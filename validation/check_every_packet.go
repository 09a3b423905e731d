package validation

// RuleEveryPacket finds a sampling of 1, which exports a record for every packet.
const RuleEveryPacket Rule = "every-packet"

// everyPacket warns about a ConfigMap that switches sampling off.
func everyPacket() Check {
	return Check{
		Rule: RuleEveryPacket, Effect: Warns,
		Summary: "ConfigMap: `sampling: \"1\"` exports a record for every packet",
		Example: "`sampling: \"1\"` sends a record for each packet, which can overload each node.\n" +
			"Write `sampling: \"400\"`.",
		Object: func(c ObjectContext) (Finding, bool) {
			v := c.Object.Data.Get(keySampling)
			n, ok := readNumber(v)
			return Finding{
				Field: "data." + keySampling, Value: v.Text, Position: v.Position,
				Message: "exports every packet and can overload each node; write 2 or more (400 is usual)",
			}, ok && n == 1 && inForce(&c.Object, keySampling)
		},
	}
}
