package vap

import (
	"errors"
	"fmt"
	"slices"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/validation"
	"sluice/validation/policy"
)

// Input is what to compile.
type Input struct {
	Policies []policy.Policy
	// Exempt are the names of users to whom policies never apply; the Cluster Network
	// Operator is not checked at all.
	Exempt []string
	// IPv6 says that the served Network CRD stores IPv6 collectors too.
	IPv6 bool
}

// Output is what was compiled.
type Output struct {
	Policies []admissionregistrationv1.ValidatingAdmissionPolicy
	Bindings []admissionregistrationv1.ValidatingAdmissionPolicyBinding
	// Differences say what is not the same as with the webhook, one sentence each.
	Differences []string
}

// Objects are what was compiled as one applies it: without the status, which is the API
// server's.
func (o Output) Objects() ([]any, error) {
	var list []any
	for i := range o.Policies {
		policy, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&o.Policies[i])
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", o.Policies[i].Name, err)
		}
		delete(policy, "status")
		list = append(list, policy, o.Bindings[i])
	}
	return list, nil
}

// maxObject is the largest object, in bytes, that is compiled: etcd takes 1.5 MiB, and
// kubectl keeps up to 256 KiB of what it applied in an annotation.
const maxObject = 1 << 20

// Compile writes the admission policies. The error says what cannot be compiled.
func Compile(in Input) (Output, error) {
	for _, p := range in.Policies {
		if p.Fault != "" {
			return Output{}, fmt.Errorf("policy %s is invalid: %s", p.Name, p.Fault)
		}
	}
	set := policy.Compile(in.Policies)
	out := Output{Differences: differences(append(set.All(), set.Tenants()...))}
	var problems []error
	for _, r := range []resource{networks(in.IPv6), flowsConfig(), profiles(), flowExports()} {
		policies := set.All()
		if r.kind == validation.FlowExport {
			policies = set.Tenants()
		}
		for _, at := range []policy.Enforcement{policy.Deny, policy.Warn, policy.Audit} {
			c := compilation{resource: r, at: at, policies: policies, exempt: in.Exempt, networks: &networkLists{}}
			p, any := c.policy()
			if !any {
				continue
			}
			problems = append(problems, tooLarge(p)...)
			out.Policies = append(out.Policies, p)
			out.Bindings = append(out.Bindings, c.binding())
		}
	}
	return out, errors.Join(problems...)
}

// maxExpression is how many characters the API server's CEL takes in one expression.
const maxExpression = 100_000

// tooLarge says what of a policy the API server would not store.
func tooLarge(p admissionregistrationv1.ValidatingAdmissionPolicy) []error {
	var problems []error
	if n := p.Size(); n > maxObject {
		problems = append(problems, fmt.Errorf("%s would have %d KiB, more than the API server stores; compile fewer policies, or networks that are larger and fewer", p.Name, n>>10))
	}
	longest := 0
	for _, v := range p.Spec.Variables {
		longest = max(longest, len(v.Expression))
	}
	for _, v := range p.Spec.Validations {
		longest = max(longest, len(v.Expression), len(v.MessageExpression))
	}
	if longest > maxExpression {
		problems = append(problems, fmt.Errorf("%s would have an expression of %d characters; CEL takes %d; compile fewer policies or rules", p.Name, longest, maxExpression))
	}
	return problems
}

func labels() map[string]string { return map[string]string{"app.kubernetes.io/name": "sluice"} }

// policy writes the admission policy; false if it would say nothing.
func (c compilation) policy() (admissionregistrationv1.ValidatingAdmissionPolicy, bool) {
	rules := c.rules
	if c.kind == validation.FlowExport {
		rules = c.tenantRules
	}
	return c.policyWith(rules())
}

func (c compilation) policyWith(rules []admissionregistrationv1.Validation) (admissionregistrationv1.ValidatingAdmissionPolicy, bool) {
	variables := c.changeVariables(len(rules) > 0)
	if c.at == policy.Deny {
		rules = slices.Concat(c.base, rules)
	}
	return c.admissionPolicy(rules, variables), len(rules) > 0
}

func (c compilation) admissionPolicy(rules []admissionregistrationv1.Validation, variables []admissionregistrationv1.Variable) admissionregistrationv1.ValidatingAdmissionPolicy {
	return admissionregistrationv1.ValidatingAdmissionPolicy{
		TypeMeta:   policyType(),
		ObjectMeta: metav1.ObjectMeta{Name: c.fullName(), Labels: labels()},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
			FailurePolicy:    new(admissionregistrationv1.Fail),
			MatchConstraints: &c.match,
			MatchConditions:  c.conditions,
			Variables:        slices.Concat(c.variables, variables),
			Validations:      rules,
		},
	}
}

func policyType() metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: admissionregistrationv1.SchemeGroupVersion.String(), Kind: "ValidatingAdmissionPolicy"}
}

func bindingType() metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: admissionregistrationv1.SchemeGroupVersion.String(), Kind: "ValidatingAdmissionPolicyBinding"}
}

func (c compilation) binding() admissionregistrationv1.ValidatingAdmissionPolicyBinding {
	actions := map[policy.Enforcement]admissionregistrationv1.ValidationAction{
		policy.Deny: admissionregistrationv1.Deny, policy.Warn: admissionregistrationv1.Warn, policy.Audit: admissionregistrationv1.Audit,
	}
	return admissionregistrationv1.ValidatingAdmissionPolicyBinding{
		TypeMeta:   bindingType(),
		ObjectMeta: metav1.ObjectMeta{Name: c.fullName(), Labels: labels()},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName:        c.fullName(),
			ValidationActions: []admissionregistrationv1.ValidationAction{actions[c.at]},
		},
	}
}

// changeVariables are what the policies' rules are about.
func (c compilation) changeVariables(used bool) []admissionregistrationv1.Variable {
	if !used {
		return nil
	}
	list := c.differenceVariables()
	list = append(list, c.networks.variables()...)
	if c.guardsDelivery() {
		list = append(list, c.delivery...)
	}
	for i, p := range c.policies {
		list = append(list, admissionregistrationv1.Variable{Name: applies(i), Expression: c.applies(p)})
	}
	return list
}

// guardsDelivery reports whether a policy has rules about delivery.
func (c compilation) guardsDelivery() bool {
	return slices.ContainsFunc(c.policies, func(p policy.Policy) bool {
		return p.Enforcement == c.at && (len(p.Required) > 0 || p.Bounds != policy.Bounds{})
	})
}

// differenceVariables are the collectors that a change adds and removes.
func (c compilation) differenceVariables() []admissionregistrationv1.Variable {
	if c.kind == validation.Profile {
		return nil
	}
	return []admissionregistrationv1.Variable{
		{Name: "added", Expression: "variables.after.filter(e, !variables.before.exists(b, b.format == e.format && b.text == e.text))"},
		{Name: "removed", Expression: "variables.before.filter(e, !variables.after.exists(a, a.format == e.format && a.text == e.text))"},
	}
}
