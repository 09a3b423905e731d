package validation

// RuleClusterNetwork finds a collector in the pod network.
const RuleClusterNetwork Rule = "cluster-network"

// clusterNetwork warns about the object's own spec.clusterNetwork.
func clusterNetwork() Check {
	return Check{
		Rule: RuleClusterNetwork, Effect: Warns,
		Summary: "A collector in the pod network: the traffic to it is exported as well",
		Example: "`10.128.4.7:2055` is the address of a pod. The traffic to it is exported as well, and the addresses of pods change.\n" +
			`Write the address of a collector outside the pod network.`,
		Collector: func(c CollectorContext) string {
			return within(c.Addr.Addr(), c.PodNetworks, "pod network", "the traffic to it is exported as well")
		},
	}
}
