package validation

// MaxUsualSampling is the sampling above which a warning says that next to nothing is exported.
// A node that forwards 100,000 packets per second, which is a busy one, then exports less than
// one sample per second; most connections leave no record at all.
const MaxUsualSampling = 100_000

// RuleSparseSampling finds a sampling at which hardly anything is exported.
const RuleSparseSampling Rule = "sparse-sampling"

const sparseMessage = "samples 1 packet in more than 100000, so that most connections leave no record; write a smaller number (400 is usual)"

// sparseSampling warns about a sampling that leaves next to nothing.
func sparseSampling() Check {
	return Check{
		Rule: RuleSparseSampling, Effect: Warns,
		Summary: "ConfigMap or FlowExportProfile: a sampling of 1 packet in more than 100000 exports next to nothing",
		Example: "`sampling: \"4294967295\"` samples so few packets that the collectors get next to nothing, although they are still listed.\n" +
			"At 100000, a node that forwards 100,000 packets per second exports one sample per second. Write `sampling: \"400\"`.",
		Object: func(c ObjectContext) (Finding, bool) {
			v := c.Object.Data.Get(keySampling)
			n, ok := readNumber(v)
			return Finding{
				Field: "data." + keySampling, Value: v.Text, Position: v.Position, Message: sparseMessage,
			}, ok && n > MaxUsualSampling && inForce(&c.Object, keySampling)
		},
	}
}
