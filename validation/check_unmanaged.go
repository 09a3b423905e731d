package validation

// RuleUnmanaged finds a managementState of Unmanaged.
const RuleUnmanaged Rule = "unmanaged"

// unmanaged warns where the Cluster Network Operator does not act.
func unmanaged() Check {
	return Check{
		Rule: RuleUnmanaged, Effect: Warns,
		Summary: "managementState is Unmanaged: the lists have no effect",
		Example: "`managementState: Unmanaged`: the Cluster Network Operator does not apply changes to the cluster.\n" +
			"Write `managementState: Managed` to make the lists take effect.",
		Object: func(c ObjectContext) (Finding, bool) {
			s := c.Object.ManagementState
			return Finding{
				Field: managementField, Value: s.Text, Position: s.Position,
				Message: "means that exportNetworkFlows has no effect; the Cluster Network Operator does not apply it",
			}, s.Kind == String && isUnmanaged(&c.Object)
		},
	}
}
