package vap

import (
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/validation"
)

// RemovalName is the name of the fixed policy, and of its binding.
const RemovalName = "sluice-removal"

// Removal is the fixed admission policy on removals, which is part of the manifests, and its binding,
// which the controller stores once the API server serves FlowExportPolicies. The policy's
// parameters are all FlowExportPolicies, so that it is never stale and holds without Sluice. For
// the same reason it can evaluate only what one FlowExportPolicy says by itself:
//
//   - required: what the policy requires stays in the Network.
//   - removal OnlyAllowed, and bounds of the ConfigMap's settings: whether an allow rule matches,
//     and what the defaults are, is for the compiled policies of [CompileRemovals] to say. While
//     they are not those of the FlowExportPolicy's generation, the removal is denied.
//
// The expressions are valid from Kubernetes 1.30. No policy applies to the exempt users; the
// Cluster Network Operator is always exempt.
func Removal(exempt []string) (admissionregistrationv1.ValidatingAdmissionPolicy, admissionregistrationv1.ValidatingAdmissionPolicyBinding) {
	policy := admissionregistrationv1.ValidatingAdmissionPolicy{
		TypeMeta:   policyType(),
		ObjectMeta: metav1.ObjectMeta{Name: RemovalName, Labels: labels()},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
			ParamKind:        &admissionregistrationv1.ParamKind{APIVersion: "sluice.dev/v1alpha1", Kind: "FlowExportPolicy"},
			FailurePolicy:    new(admissionregistrationv1.Fail),
			MatchConstraints: removals(),
			// One condition, because the API server evaluates all conditions for each parameter, also
			// if the first one does not hold.
			MatchConditions: []admissionregistrationv1.MatchCondition{{
				Name: "not-exempt-and-removes-and-applies",
				Expression: "!(request.userInfo.username in " + literals(append([]string{validation.OperatorUser}, exempt...), itself) + ") && (" + removes + ")" +
					" && params.spec.?enforcement.orValue('Deny') == 'Deny'" +
					" && (params.spec.?subjects.orValue([]).size() == 0 || " + namesUser("subjects") + ") && !" + namesUser("exempt"),
			}},
			Variables:   removalVariables(),
			Validations: removalRules(),
		},
	}
	binding := admissionregistrationv1.ValidatingAdmissionPolicyBinding{
		TypeMeta:   bindingType(),
		ObjectMeta: metav1.ObjectMeta{Name: RemovalName, Labels: labels()},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: RemovalName,
			ParamRef: &admissionregistrationv1.ParamRef{
				Selector:                &metav1.LabelSelector{},
				ParameterNotFoundAction: new(admissionregistrationv1.AllowAction),
			},
			ValidationActions: []admissionregistrationv1.ValidationAction{admissionregistrationv1.Deny},
		},
	}
	return policy, binding
}

// removals matches the requests that can remove collectors, and whose webhook entries pass if
// Sluice does not answer, and those that add an owner reference. The deletion of the namespace removes
// the ConfigMap. An update of the namespace is not matched: while the API server has not yet read the
// parameters of a new policy, it denies everything that the policy matches, also an installation.
func removals() *admissionregistrationv1.MatchResources {
	rule := func(group, plural string, scope admissionregistrationv1.ScopeType, operations ...admissionregistrationv1.OperationType) admissionregistrationv1.NamedRuleWithOperations {
		return admissionregistrationv1.NamedRuleWithOperations{RuleWithOperations: admissionregistrationv1.RuleWithOperations{
			Operations: operations,
			Rule:       admissionregistrationv1.Rule{APIGroups: []string{group}, APIVersions: []string{"v1"}, Resources: []string{plural}, Scope: &scope},
		}}
	}
	return &admissionregistrationv1.MatchResources{
		MatchPolicy:       new(admissionregistrationv1.Equivalent),
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": validation.FlowsConfigNamespace}},
		ObjectSelector:    &metav1.LabelSelector{},
		ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{
			rule("operator.openshift.io", "networks", admissionregistrationv1.ClusterScope, admissionregistrationv1.Update, admissionregistrationv1.Delete),
			rule("", "configmaps", admissionregistrationv1.NamespacedScope, admissionregistrationv1.Update, admissionregistrationv1.Delete),
			rule("", "namespaces", admissionregistrationv1.ClusterScope, admissionregistrationv1.Delete),
		},
	}
}

// removes is the condition that a request removes all collectors, or lets the garbage collector
// delete the object, now or later. The object is dyn, because the rules match three kinds.
const removes = "request.resource.resource == 'networks' ? " + gone + " && dyn(oldObject).?spec.?exportNetworkFlows.hasValue() || object != null && !(" + noOwnerAdded + ")" +
	" : request.resource.resource == 'namespaces' || oldObject.metadata.name == '" + validation.FlowsConfigName + "' && (object == null || !(" + noOwnerAdded + "))"

// gone says that nothing remains of what the object held.
const gone = "(object == null || request.resource.resource == 'networks' && !dyn(object).?spec.?exportNetworkFlows.hasValue())"

// namesUser says whether a list of subjects of the parameter names the user.
func namesUser(list string) string {
	return "params.spec.?" + list + ".orValue([]).exists(s, s.kind == 'Group' ? s.name in request.userInfo.?groups.orValue([])" +
		" : s.kind == 'ServiceAccount' ? request.userInfo.username == 'system:serviceaccount:' + s[?'namespace'].orValue('') + ':' + s.name" +
		" : s.name == request.userInfo.username)"
}

func removalVariables() []admissionregistrationv1.Variable {
	var before []string
	for _, f := range validation.Formats() {
		before = append(before, sameText("dyn(oldObject).?spec.?exportNetworkFlows.?"+f.Field()+".?collectors.orValue([])")+".map(c, "+literal(f.Name()+" ")+" + c)")
	}
	return []admissionregistrationv1.Variable{
		{Name: "restricted", Expression: "params.spec.?removal.orValue('Any') == 'OnlyAllowed'"},
		{Name: "bounded", Expression: "params.spec.?sampling.hasValue() || params.spec.?cacheActiveTimeout.hasValue() || params.spec.?cacheMaxFlows.hasValue()"},
		cleaningUp(),
		{Name: "conditions", Expression: "params.?status.?conditions.orValue([]).filter(c, c.type == 'RemovalEnforced')"},
		{Name: "gone", Expression: gone},
		{Name: "protects", Expression: "variables.restricted || request.resource.resource == 'networks' && params.spec.?required.orValue([]).size() > 0 || request.resource.resource == 'configmaps' && variables.bounded"},
		{Name: "before", Expression: strings.Join(before, " + ")},
		{Name: "removed", Expression: "request.resource.resource != 'networks' || !variables.gone ? [] : params.spec.?required.orValue([])" +
			".filter(r, " + sameText("[r.collector]") + ".exists(c, (r.format + ' ' + c) in variables.before)).map(r, r.format + ' \"' + r.collector + '\"')"},
	}
}

// sameText turns a list of collectors into texts that are equal if the collectors are, without
// ip(), which Kubernetes 1.30 does not know. It leaves an IPv6 address that is not in canonical
// form as it is.
func sameText(list string) string {
	return list + ".map(c, c.trim().lowerAscii()).map(c, c.startsWith('udp://') ? c.substring(6) : c)" +
		".filter(c, c.matches('^.+:[0-9]{1,18}$'))" +
		".map(c, (c.startsWith('[') && c.contains('.') ? c.substring(c.lastIndexOf('[::ffff:') == 0 ? 8 : 1, c.lastIndexOf(']')) : c.substring(0, c.lastIndexOf(':')))" +
		" + ':' + string(int(c.substring(c.lastIndexOf(':') + 1))))"
}

// removalRules are what one FlowExportPolicy says by itself.
func removalRules() []admissionregistrationv1.Validation {
	const name = " [policy ' + params.metadata.name + '"
	return []admissionregistrationv1.Validation{
		refusal("variables.removed.size() == 0", "a collector that a FlowExportPolicy requires may not be removed",
			mayNot+"remove ' + variables.removed.join(', ') + ': the policy requires it;"+askWhoIsExempt+name+"/required]'"),
		refusal("request.resource.resource != 'namespaces' || !variables.restricted", "deleting this namespace deletes the ConfigMap "+validation.FlowsConfigName,
			mayNot+"delete this namespace: that deletes the ConfigMap "+validation.FlowsConfigName+", from which only collectors that an allow rule matches may be removed;"+askWhoIsExempt+name+"/removal]'"),
		refusal("object == null || !variables.protects || "+noOwnerAdded, "an owner reference may not be added to this object",
			mayNot+"add an owner reference to this object: the garbage collector could delete the object, which the policy protects;"+askWhoIsExempt+name+"]'"),
		refusal("request.resource.resource == 'namespaces' || !variables.gone || variables.cleaningUp || "+currentlyCompiled, "the API server cannot evaluate a FlowExportPolicy, so that nothing may be removed",
			mayNot+"remove all collectors: the API server cannot evaluate the current rules of the policy; see its condition RemovalEnforced;"+askWhoIsExempt+name+"/removal]'"),
	}
}

const askWhoIsExempt = " ask an administrator or an exempt user"

// currentlyCompiled says that the compiled policies have the rules of this generation. If the
// policy restricts removals, or bounds what the ConfigMap sets, they must; if it only has allow
// rules, they must not have those of another generation.
const currentlyCompiled = "(variables.restricted || request.resource.resource == 'configmaps' && variables.bounded" +
	" ? variables.conditions.exists(c, c.?observedGeneration.orValue(0) == params.metadata.generation && (c.status == 'True' || c.reason == 'Off'))" +
	" : params.spec.?allow.orValue([]).size() == 0 || !variables.conditions.exists(c, c.?observedGeneration.orValue(0) != params.metadata.generation && c.reason == 'InAPIServer'))"
