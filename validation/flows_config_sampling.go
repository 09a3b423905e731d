package validation

import "strconv"

// readNumber reads an unsigned 32-bit number as the Cluster Network Operator does; false if
// it is ignored.
func readNumber(v Value) (uint32, bool) {
	if v.Kind != String {
		return 0, false
	}
	n, err := strconv.ParseUint(v.Text, 10, 32)
	return uint32(n), err == nil
}

// number reviews a number.
func (r *flowsConfigReview) number(m Member, fix string) (uint32, bool) {
	n, ok := readNumber(m.Value)
	if !ok {
		r.advise(r.finding(RuleValueIgnored, m, "is not a number from 0 to 4294967295 and is ignored; "+fix))
	}
	return n, ok
}

func (r *flowsConfigReview) sampling(m Member) {
	if n, ok := r.number(m, `write "400" to sample 1 packet in 400`); ok && n == 0 {
		r.advise(r.finding(RuleValueIgnored, m, "is ignored: 0 does not turn sampling off; OVN-Kubernetes samples 1 packet in 400"))
	}
}

// RuleValueIgnored finds a value that the Cluster Network Operator ignores.
const RuleValueIgnored Rule = "value-ignored"

func valueIgnored() Check {
	return Check{
		Rule: RuleValueIgnored, Effect: Warns,
		Summary: "ConfigMap: the Cluster Network Operator ignores this value",
		Example: "`cacheActiveTimeout: \"60\"` has no unit, and `sampling: \"0\"` does not turn sampling off; both are ignored, and the defaults apply.\n" +
			"Write `cacheActiveTimeout: 60s` and `sampling: \"400\"`.",
	}
}
