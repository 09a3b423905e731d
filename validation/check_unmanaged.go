package validation

// RuleUnmanaged finds a managementState of Unmanaged or Removed.
const RuleUnmanaged Rule = "unmanaged"

// unmanaged warns where the Cluster Network Operator does not act.
func unmanaged() Check {
	return Check{
		Rule: RuleUnmanaged, Effect: Warns,
		Summary: "managementState is Unmanaged or Removed: the lists have no effect",
		Example: "`managementState: Unmanaged`: the Cluster Network Operator does not apply changes to the cluster.\n" +
			"Write `managementState: Managed` to make the lists take effect.",
		Object: func(c ObjectContext) (Finding, bool) {
			s := c.Object.ManagementState
			return Finding{
				Field: "spec.managementState", Value: s.Text, Position: s.Position,
				Message: "means that exportNetworkFlows has no effect; the Cluster Network Operator does not apply it",
			}, s.Kind == String && (s.Text == "Unmanaged" || s.Text == "Removed")
		},
	}
}
