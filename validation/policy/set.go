package policy

import (
	"cmp"
	"slices"

	"sluice/validation"
)

// Set is a [validation.PolicySet] made of Policy values. It is
// immutable. The cost of evaluating a request grows with the number of policies that apply
// to its user, not with the number of all policies.
type Set struct {
	exempt map[string]bool
	// compiled are sorted by name; the maps and everyone hold indexes into it.
	compiled []compiledPolicy
	everyone []int
	users    map[string][]int
	groups   map[string][]int
	tenants  tenants
}

var _ validation.PolicySet = (*Set)(nil)

// Compile makes a set of policies. Policies never apply to users with an exempt name.
func Compile(list []Policy, exempt ...string) *Set {
	s := &Set{exempt: make(map[string]bool, len(exempt)), users: map[string][]int{}, groups: map[string][]int{}}
	for _, name := range exempt {
		s.exempt[name] = true
	}
	sorted := slices.SortedStableFunc(slices.Values(list), func(a, b Policy) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range sorted {
		if p.Namespaces != nil {
			s.tenants.add(p)
			continue
		}
		i := len(s.compiled)
		s.compiled = append(s.compiled, compilePolicy(p))
		if len(p.Subjects) == 0 {
			s.everyone = append(s.everyone, i)
		}
		for _, subject := range p.Subjects {
			k, names := subject.key(), s.users
			if k.group {
				names = s.groups
			}
			names[k.name] = append(names[k.name], i)
		}
	}
	return s
}

// Len is the number of policies about the lists of the cluster.
func (s *Set) Len() int { return len(s.compiled) }

// All returns the policies about the lists of the cluster, sorted by name.
func (s *Set) All() []Policy {
	list := make([]Policy, len(s.compiled))
	for i, c := range s.compiled {
		list[i] = c.Policy
	}
	return list
}

// Exempt reports whether policies never apply to a user.
func (s *Set) Exempt(u validation.User) bool { return s.exempt[u.Name] }

// For returns the policies about the lists of the cluster that apply to a user, sorted by name.
func (s *Set) For(u validation.User) []Policy {
	var list []Policy
	for _, c := range s.applying(u) {
		list = append(list, c.Policy)
	}
	return list
}

func (s *Set) applying(u validation.User) []*compiledPolicy {
	if s.exempt[u.Name] || len(s.compiled) == 0 {
		return nil
	}
	indexes := slices.Clone(s.everyone)
	indexes = append(indexes, s.users[u.Name]...)
	for _, g := range u.Groups {
		indexes = append(indexes, s.groups[g]...)
	}
	slices.Sort(indexes)
	indexes = slices.Compact(indexes)
	list := make([]*compiledPolicy, 0, len(indexes))
	for _, i := range indexes {
		if p := &s.compiled[i]; !slices.ContainsFunc(p.Exempt, func(s Subject) bool { return s.Matches(u) }) {
			list = append(list, p)
		}
	}
	return list
}

// compiledPolicy is a policy whose rules are fast.
type compiledPolicy struct {
	Policy
	allow, deny []compiledRule
}

func compilePolicy(p Policy) compiledPolicy {
	c := compiledPolicy{Policy: p}
	for _, r := range p.Allow {
		c.allow = append(c.allow, compileRule(r))
	}
	for _, r := range p.Deny {
		c.deny = append(c.deny, compileRule(r))
	}
	return c
}
