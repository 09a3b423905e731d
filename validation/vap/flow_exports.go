package vap

import (
	"slices"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apilabels "k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"sluice/validation"
	"sluice/validation/policy"
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
	r.match.ResourceRules[0].APIVersions = []string{"v1alpha1"}
	r.variables = append(r.variables, beforeAndAfter(addresses.entries("variables.ipfixBefore", validation.IPFIX), addresses.entries("variables.ipfix", validation.IPFIX))...)
	return r
}

// tenantRules writes what the policies of one enforcement refuse of a FlowExport. Everything is denied
// that no allow rule matches, also without any policy.
func (c compilation) tenantRules() []admissionregistrationv1.Validation {
	var list []admissionregistrationv1.Validation
	for i, p := range c.policies {
		if p.Enforcement == c.at {
			list = append(list, c.denyRules(i, p)...)
			if p.MaxCollectors != nil {
				list = append(list, c.limits(i, p)...)
			}
		}
	}
	if c.at != policy.Deny {
		return list
	}
	allowed := "(" + c.allowed() + ")"
	exempt := ""
	if len(c.exempt) > 0 {
		exempt = "request.userInfo.username in " + literals(c.exempt, itself) + " || "
	}
	texts := "''"
	if len(c.reaching()) > 0 {
		texts = "' allowed: ' + " + c.allowedTexts()
	}
	return append(list, refusal(
		exempt+"variables.added.all(e, "+allowed+")",
		"no FlowExportPolicy that names the namespace in spec.namespaces allows a collector to this user",
		mayNot+"send '+ "+named("variables.added.filter(e, !"+allowed+")")+
			" + ': no FlowExportPolicy that names the namespace \"' + request.namespace + '\" in spec.namespaces allows it to this user;' + "+texts,
	))
}

// inNamespaces says whether the request is for one of these namespaces.
func inNamespaces(n *policy.Namespaces) string {
	if n.Selector == nil {
		return "request.namespace in " + literals(n.Names, itself)
	}
	requirements, selectable := n.Selector.Requirements()
	if !selectable {
		return "false"
	}
	conditions := make([]string, len(requirements))
	for i, r := range requirements {
		conditions[i] = "(" + labelled(r) + ")"
	}
	return all(conditions)
}

// labelled is one requirement of a label selector.
func labelled(r apilabels.Requirement) string {
	key := literal(r.Key())
	has := key + " in variables.namespaceLabels"
	values := r.ValuesUnsorted()
	slices.Sort(values)
	one := has + " && variables.namespaceLabels[" + key + "] in " + literals(values, itself)
	switch r.Operator() {
	case selection.In, selection.Equals, selection.DoubleEquals:
		return one
	case selection.NotIn, selection.NotEquals:
		return "!(" + one + ")"
	case selection.Exists:
		return has
	case selection.DoesNotExist:
		return "!(" + has + ")"
	case selection.GreaterThan, selection.LessThan: // no LabelSelector has them
	}
	return "false"
}
