package vap

import (
	"errors"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"

	"sluice/validation"
	"sluice/validation/policy"
)

// CompileRemovals writes admission policies that say which collectors may be removed: those that
// an allow rule of any policy that applies to the user matches; and whether the settings of the
// ConfigMap may be reset to the defaults. They match only requests that remove all collectors,
// because the webhook entries for these pass if Sluice does not answer. There are none if no policy
// with enforcement Deny has such rules. Policies with a fault are left out. The expressions need
// Kubernetes 1.31.
func CompileRemovals(in Input) (Output, error) {
	var relevant []policy.Policy
	for _, p := range policy.Compile(in.Policies).All() {
		if p.Fault == "" && p.Enforcement == policy.Deny && (p.RemovalRestricted || len(p.Allow) > 0 || p.Bounds != policy.Bounds{}) {
			relevant = append(relevant, p)
		}
	}
	var out Output
	var problems []error
	for _, r := range []resource{networkRemoval(in.IPv6), flowsConfigRemoval()} {
		c := compilation{resource: r, at: policy.Deny, policies: relevant, exempt: in.Exempt, networks: &networkLists{}}
		var rules []admissionregistrationv1.Validation
		if rule, any := c.removal(); any {
			rules = append(rules, rule)
		}
		for i, p := range relevant {
			rules = append(rules, c.bounds(i, p)...)
		}
		if rules == nil {
			continue
		}
		p := c.admissionPolicy(rules, c.changeVariables(true))
		problems = append(problems, tooLarge(p)...)
		out.Policies = append(out.Policies, p)
		out.Bindings = append(out.Bindings, c.binding())
	}
	return out, errors.Join(problems...)
}

// networkRemoval is the removal of the whole field, or of the object.
func networkRemoval(ipv6 bool) resource {
	r := networks(ipv6)
	r.name, r.base = RemovalName+"-networks", nil
	r.match = matching("operator.openshift.io", "networks", admissionregistrationv1.ClusterScope, admissionregistrationv1.Update, admissionregistrationv1.Delete)
	r.conditions = []admissionregistrationv1.MatchCondition{notOperator(), {
		Name:       "flows-removed",
		Expression: "oldObject.?spec.?exportNetworkFlows.hasValue() && (object == null || !object.?spec.?exportNetworkFlows.hasValue())",
	}}
	return r
}

// flowsConfigRemoval is the deletion of the ConfigMap.
func flowsConfigRemoval() resource {
	r := flowsConfig()
	r.name, r.base = RemovalName+"-flows-config", nil
	selector := r.match.NamespaceSelector
	r.match = matching("", "configmaps", admissionregistrationv1.NamespacedScope, admissionregistrationv1.Delete)
	r.match.NamespaceSelector = selector
	r.conditions = []admissionregistrationv1.MatchCondition{
		notOperator(),
		{Name: "flows-config", Expression: "oldObject.metadata.name == " + literal(validation.FlowsConfigName)},
	}
	return r
}
