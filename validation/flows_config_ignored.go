package validation

// unread warns about what the operator does not read at all.
func (r *flowsConfigReview) unread() {
	for _, m := range r.in.Object.BinaryData.Members {
		r.advise(Finding{Rule: RuleKeyIgnored, Field: fieldPath("binaryData", m.Key), Position: m.Position, Message: "is not read by the Cluster Network Operator; move it to data"})
	}
	if o := &r.in.Object; o.MergePatch || isSet(o, keySharedTarget) || isSet(o, keyNodePort) {
		return
	}
	if len(r.errors) == 0 {
		r.advise(Finding{
			Rule: RuleConfigIgnored, Field: "data", Position: r.in.Object.Data.Position,
			Message: "the Cluster Network Operator ignores the ConfigMap: it has neither sharedTarget nor nodePort",
		})
	}
}

// RuleConfigIgnored finds a ConfigMap that the Cluster Network Operator ignores.
const RuleConfigIgnored Rule = "config-ignored"

func configIgnored() Check {
	return Check{
		Rule: RuleConfigIgnored, Effect: Warns,
		Summary: "ConfigMap: the Cluster Network Operator ignores the whole ConfigMap",
		Example: "`ovs-flows-config` is ignored if it has neither `sharedTarget` nor `nodePort`, or if `sharedTarget` is empty.\n" +
			"Write `sharedTarget: 192.168.1.99:4739`.",
	}
}

// RuleKeyIgnored finds a key that the Cluster Network Operator ignores.
const RuleKeyIgnored Rule = "key-ignored"

func keyIgnored() Check {
	return Check{
		Rule: RuleKeyIgnored, Effect: Warns,
		Summary: "ConfigMap: the Cluster Network Operator ignores this key",
		Example: "`cachemaxFlows` is not a key that is read, and `nodePort` is not read if `sharedTarget` is set.\n" +
			"Write one target, and spell the keys `cacheActiveTimeout`, `cacheMaxFlows`, and `sampling`.",
	}
}
