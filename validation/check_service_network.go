package validation

// RuleServiceNetwork finds a collector in the service network.
const RuleServiceNetwork Rule = "service-network"

// serviceNetwork warns about the object's own spec.serviceNetwork.
func serviceNetwork() Check {
	return Check{
		Rule: RuleServiceNetwork, Effect: Warns,
		Summary: "A collector in the service network: Open vSwitch sends from the host, not from a pod",
		Example: "`172.30.12.7:4739` is a ClusterIP. Open vSwitch sends from the host, which may not be able to reach a ClusterIP.\n" +
			`Write the address of a collector outside the service network.`,
		Collector: func(c CollectorContext) string {
			return within(c.Addr.Addr(), c.ServiceNetworks, "service network", "Open vSwitch sends from the host, not from a pod")
		},
	}
}
