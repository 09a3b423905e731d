package policy

import (
	"cmp"
	"slices"

	"sluice/validation"
)

// Lint finds what is probably not meant in policies that are valid one by one. Policies that
// are invalid are left out. The findings are in the order of the policies' names and of their
// rules.
func Lint(policies []Policy, o LintOptions) []LintFinding {
	l := &linter{LintOptions: o}
	var found []LintFinding
	for _, p := range policies {
		switch {
		case p.Fault != "":
		case p.Namespaces != nil: // what two of them are about may differ
			alone := &linter{LintOptions: o, policies: []Policy{p}}
			alone.users(p)
			alone.rules(p)
			found = append(found, alone.found...)
		default:
			l.policies = append(l.policies, p)
		}
	}
	slices.SortStableFunc(l.policies, func(a, b Policy) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range l.policies {
		l.users(p)
		l.rules(p)
		l.required(p)
		l.bounds(p)
	}
	return slices.SortedStableFunc(slices.Values(append(l.found, found...)), func(a, b LintFinding) int { return cmp.Compare(a.Policy, b.Policy) })
}

// bounds finds the bounds of two policies that no value can keep.
func (l *linter) bounds(p Policy) {
	for s, b := range p.Bounds {
		for _, other := range l.policies {
			o := other.Bounds[s]
			if b == nil || o == nil || other.Name <= p.Name || max(b.Min, o.Min) <= min(b.Max, o.Max) || !sharesUsers(p, other) {
				continue
			}
			l.report(p, validation.Setting(s).String(), Conflict, LintError, "allows %s, but policy %s allows %s, so that users to whom both apply can set no value", b, other.Name, o)
		}
	}
}
