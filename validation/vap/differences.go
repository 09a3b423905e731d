package vap

import (
	"fmt"
	"slices"

	"sluice/validation/policy"
)

// MaxNetworks is how many networks the allow rules of one user may have before a request with
// thirty collectors can exceed what the API server lets an expression cost. It is measured:
// test/compiled holds it.
const MaxNetworks = 2000

// differences says how an admission policy differs from the webhook.
func differences(policies []policy.Policy) []string {
	list := []string{
		"entries are not rewritten: what the webhook would normalize is rejected, as with --normalization=reject",
		"a request gets only the first error, not all of them, and no suggested text",
		"there are no warnings about collectors that are unusual but possible, and none about ignored keys of the ConfigMap",
		"policies have no status, events and metrics of their own; the API server counts validating_admission_policy_check_total",
		"a changed FlowExportPolicy has no effect until it is compiled and applied again",
		"a cacheActiveTimeout with numbers too long for Go is rejected; the Cluster Network Operator ignores it",
		"FlowCollectors of NetObserv are not evaluated, and host names of rules have no effect; install the component netobserv of the webhook",
		"maxFlowExports, and the default of 4 FlowExports in a namespace, are not evaluated; the controller accepts no more, so that the agents do not export them",
		"an IPv4-mapped address in hexadecimal that is already in the ConfigMap counts as a different collector",
	}
	networks := 0
	for _, p := range policies {
		for _, r := range slices.Concat(p.Allow, p.Deny) {
			networks += len(r.Destinations)
		}
	}
	if networks > MaxNetworks {
		list = append(list, fmt.Sprintf("the policies name %d networks; where more than about %d apply to one user, a request that adds many collectors exceeds the API server's limit for CEL and is rejected; allow fewer, larger networks", networks, MaxNetworks))
	}
	return list
}
