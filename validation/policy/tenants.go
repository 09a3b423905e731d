package policy

import (
	"slices"

	"sluice/validation"
)

// tenants are the policies about FlowExports.
type tenants struct {
	// compiled are sorted by name; the others hold indexes into it.
	compiled []compiledPolicy
	named    map[string][]int
	selected []int
}

func (t *tenants) add(p Policy) {
	i := len(t.compiled)
	t.compiled = append(t.compiled, compilePolicy(p))
	if p.Namespaces.Selector != nil {
		t.selected = append(t.selected, i)
	}
	for _, name := range p.Namespaces.Names {
		if t.named == nil {
			t.named = map[string][]int{}
		}
		t.named[name] = append(t.named[name], i)
	}
}

// of returns the policies that name a namespace, sorted by name.
func (t *tenants) of(n validation.Namespace) []*compiledPolicy {
	indexes := slices.Clone(t.named[n.Name])
	for _, i := range t.selected {
		if t.compiled[i].Namespaces.Match(n) {
			indexes = append(indexes, i)
		}
	}
	slices.Sort(indexes)
	list := make([]*compiledPolicy, len(indexes))
	for k, i := range indexes {
		list[k] = &t.compiled[i]
	}
	return list
}

// Tenants returns the policies about FlowExports, sorted by name.
func (s *Set) Tenants() []Policy {
	list := make([]Policy, len(s.tenants.compiled))
	for i, c := range s.tenants.compiled {
		list[i] = c.Policy
	}
	return list
}

// ForNamespace returns the policies that apply to what a user does with the FlowExports of a
// namespace, sorted by name.
func (s *Set) ForNamespace(u validation.User, n validation.Namespace) []Policy {
	var list []Policy
	for _, c := range s.applyingIn(u, n) {
		list = append(list, c.Policy)
	}
	return list
}

func (s *Set) applyingIn(u validation.User, n validation.Namespace) []*compiledPolicy {
	return slices.DeleteFunc(s.tenants.of(n), func(p *compiledPolicy) bool { return !p.Applies(u) })
}

// quota is how many FlowExports a namespace may have by the policies that deny, and the policy that says
// so; "" for the default, which holds if none of them says it. Policies that warn or audit restrict nothing.
func quota(policies []*compiledPolicy) (most int, policy string) {
	most, policy, said := smallestQuota(policies, func(p *compiledPolicy) bool { return p.Enforcement == Deny })
	if !said {
		return DefaultFlowExports, ""
	}
	return most, policy
}

// smallestQuota is the smallest number of FlowExports that some policies say; false if none of them says one.
func smallestQuota(policies []*compiledPolicy, counts func(*compiledPolicy) bool) (most int, policy string, said bool) {
	for _, p := range policies {
		if p.MaxFlowExports != nil && counts(p) && (!said || *p.MaxFlowExports < most) {
			most, policy, said = *p.MaxFlowExports, p.Name, true
		}
	}
	return most, policy, said
}
