package vap

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation"
)

// flowExports are the FlowExports of all namespaces. The schema of their CRD has the rules of the list,
// except for the canonical form of an IPv6 address. A deletion always passes.
func flowExports() resource {
	const list = ".?spec.?ipfix.?collectors.orValue([])"
	addresses, taken := anyAddress(), "IPV4-ADDRESS:PORT or [IPV6-ADDRESS]:PORT"
	r := resource{
		name: "sluice-flowexports", kind: validation.FlowExport,
		match: matching("sluice.dev", "flowexports", admissionregistrationv1.NamespacedScope, admissionregistrationv1.Create, admissionregistrationv1.Update),
		conditions: []admissionregistrationv1.MatchCondition{{
			Name: "spec-changed", Expression: "oldObject == null || object.?spec != oldObject.?spec",
		}},
		variables: []admissionregistrationv1.Variable{
			{Name: "ipfix", Expression: "object" + list},
			{Name: "ipfixBefore", Expression: "oldObject == null ? [] : oldObject" + list},
			{Name: "namespaceLabels", Expression: "namespaceObject == null ? {} : namespaceObject.metadata.?labels.orValue({})"},
		},
		base: listRules(validation.IPFIX, addresses, taken, "spec", validation.MaxTenantCollectors),
	}
	r.base = append(r.base, leavesTheNode())
	r.match.ResourceRules[0].APIVersions = []string{"v1alpha1"}
	r.variables = append(r.variables, beforeAndAfter(addresses.entries("variables.ipfixBefore", validation.IPFIX), addresses.entries("variables.ipfix", validation.IPFIX))...)
	return r
}

// leavesTheNode rejects collectors on the node itself or on its link.
func leavesTheNode() admissionregistrationv1.Validation {
	const good = "c in variables.ipfixBefore || " + remote
	return malformed("variables.ipfix.all(c, "+good+")",
		"spec.ipfix.collectors: a loopback, link-local or multicast address; write an address that all nodes can reach",
		`'spec.ipfix.collectors: "' + variables.ipfix.filter(c, !(`+good+`))[0] + '" is a loopback, link-local or multicast address, so that the records would stay on each node or its link; write an address of the collector that all nodes can reach'`)
}
