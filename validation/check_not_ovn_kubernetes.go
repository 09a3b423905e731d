package validation

import "strings"

// RuleNotOVN finds a network type other than OVNKubernetes.
const RuleNotOVN Rule = "not-ovn-kubernetes"

// notOVNKubernetes warns where another network plugin than OVN-Kubernetes runs.
func notOVNKubernetes() Check {
	return Check{
		Rule: RuleNotOVN, Effect: Warns,
		Summary: "The cluster's network type is not OVNKubernetes: the lists have no effect",
		Example: "`defaultNetwork: {type: OpenShiftSDN}`: only OVN-Kubernetes exports flows.\n" +
			"Remove `exportNetworkFlows`, or migrate the cluster to OVN-Kubernetes.",
		Object: func(c ObjectContext) (Finding, bool) {
			t := c.Object.NetworkType
			return Finding{
				Field: "spec.defaultNetwork.type", Value: t.Text, Position: t.Position,
				Message: "means that exportNetworkFlows has no effect; only OVNKubernetes exports flows",
			}, t.Kind == String && t.Text != "" && !strings.EqualFold(t.Text, "OVNKubernetes")
		},
	}
}
