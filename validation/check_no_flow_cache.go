package validation

import "strings"

// RuleUnboundedExport finds a cacheActiveTimeout without a flow cache.
const RuleUnboundedExport Rule = "no-flow-cache"

// noFlowCache warns about a timeout without a cache.
func noFlowCache() Check {
	return Check{
		Rule: RuleUnboundedExport, Effect: Warns,
		Summary: "ConfigMap: `cacheActiveTimeout` has no effect while `cacheMaxFlows` is 0",
		Example: "`cacheActiveTimeout: 60s` alone: without space for flows there is no cache, so each sampled packet is sent in its own datagram.\n" +
			"Also write `cacheMaxFlows: \"400\"`.",
		Object: func(c ObjectContext) (Finding, bool) {
			v, flows := c.Object.Data.Get(keyActiveTimeout), c.Object.Data.Get(keyMaxFlows).Text
			seconds, whole, ok := readActiveTimeout(v)
			return Finding{
				Field: "data." + keyActiveTimeout, Value: v.Text, Position: v.Position,
				Message: "has no effect while cacheMaxFlows is 0: each sampled packet is sent in its own datagram",
			}, ok && whole && seconds > 0 && seconds <= MaxActiveTimeout && strings.Trim(flows, "0") == "" && !c.Object.MergePatch && counts(&c.Object, keyActiveTimeout)
		},
	}
}
