package validation

// RuleNotCluster finds a Network that is not named cluster.
const RuleNotCluster Rule = "not-cluster"

// notCluster warns about a Network that nothing reads.
func notCluster() Check {
	return Check{
		Rule: RuleNotCluster, Effect: Warns,
		Summary: "The Network is not named `cluster`: the lists have no effect",
		Example: "`metadata: {name: default}`: the Cluster Network Operator reads only the Network named `cluster`.\n" +
			"Write `name: cluster`.",
		Object: func(c ObjectContext) (Finding, bool) {
			o := c.Object
			return Finding{
				Field: "metadata.name", Value: o.Name,
				Message: `means that exportNetworkFlows has no effect; the Cluster Network Operator reads only the Network named "` + ClusterName + `"`,
			}, o.Resource == Network && o.Name != "" && o.Name != ClusterName
		},
	}
}
