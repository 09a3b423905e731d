package policy

import (
	"fmt"
	"slices"

	"sluice/validation"
)

// required finds collectors that a policy requires and that no user can add.
func (l *linter) required(p Policy) {
	for i, r := range p.Required {
		rule := fmt.Sprintf("required[%d]", i)
		if r.Addr.Addr().Is6() && !l.IPv6 {
			l.report(p, rule, Unsatisfiable, LintError, "%s has an IPv6 address, but the Network CRD stores IPv4 only, unless it is told otherwise with --ip-families=ipv4,ipv6", r)
			continue
		}
		if slices.ContainsFunc(p.Required[:i], r.Is) {
			l.report(p, rule, Shadowed, LintWarning, "has no effect: %s is required already", r)
		}
		if why := l.noUserAdds(r); why != "" {
			l.report(p, rule, Unsatisfiable, LintError, "no user can add %s: %s", r, why)
		}
	}
	l.capacity(p)
}

// noUserAdds says by which rule every user is kept from adding a collector; empty if one may add
// it, or if there are too many users to try. Only policies that deny keep a user from anything.
func (l *linter) noUserAdds(r validation.Collector) string {
	if l.set == nil {
		l.set, l.known = Compile(l.policies, l.Exempt...), map[string]string{}
	}
	if why, ok := l.known[r.String()]; ok {
		return why
	}
	why := l.keptFrom(r)
	l.known[r.String()] = why
	return why
}

// keptFrom tries all users.
func (l *linter) keptFrom(r validation.Collector) string {
	change := validation.Change{Added: []validation.Collector{r}, Result: []validation.Collector{r}, MaxDenials: 1}
	var why string
	possible := false
	all := eachUser(l.policies, func(u validation.User) bool {
		denied := l.set.Evaluate(u, change).Denied
		if possible = len(denied) == 0; !possible && why == "" {
			why = denied[0].Source()
		}
		return !possible
	})
	if possible || !all {
		return ""
	}
	return "every user is denied it, for example by " + why
}

// capacity finds a limit below what all policies together require.
func (l *linter) capacity(p Policy) {
	for _, f := range validation.Formats() {
		all := l.requiredOf(f)
		switch {
		case p.MaxCollectors != nil && len(p.Subjects) == 0 && len(p.Exempt) == 0 && all > *p.MaxCollectors:
			l.report(p, "maxCollectors", Conflict, LintError, "is %d, but all policies together require %d %s collectors", *p.MaxCollectors, all, f)
		case all > validation.MaxCollectors && slices.ContainsFunc(p.Required, func(r validation.Collector) bool { return r.Format == f }):
			l.report(p, "required", Conflict, LintError, "all policies together require %d %s collectors; a Network can hold %d", all, f, validation.MaxCollectors)
		}
	}
}

// requiredOf counts the collectors of a format that are required, each once.
func (l *linter) requiredOf(f validation.Format) int {
	var all []validation.Collector
	for _, p := range l.policies {
		all = append(all, p.Required...)
	}
	return distinct(all, f)
}
