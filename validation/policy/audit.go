package policy

import (
	"fmt"

	"sluice/validation"
)

// Audit says what of the stored collectors stands against each policy, by the policy's name.
// Nobody knows who stored them: a rule that is for some users only can't be judged by what
// stands there, but for what is required. For policies that are for everyone, a collector
// stands against the allow rules if no policy's rule matches it.
func (s *Set) Audit(stored validation.Change) map[string][]validation.Denial {
	found := map[string][]validation.Denial{}
	e := evaluation{change: validation.Change{Resource: stored.Resource, Added: stored.Result, Result: stored.Result}}
	for i := range s.compiled {
		e.policies = append(e.policies, &s.compiled[i])
	}
	for _, p := range e.policies {
		e.found = nil
		if len(p.Subjects) == 0 {
			e.auditRules(p)
			e.limit(p)
		}
		if stored.Resource == validation.Network {
			for i, r := range p.Required {
				if !holds(stored.Result, r) {
					e.found = append(e.found, validation.Denial{
						Policies: []string{p.Name}, Rule: fmt.Sprintf("required[%d]", i), Action: validation.OmitCollector, Format: r.Format, Field: stored.ListField(r.Format), Value: r.Text(),
						Message: "is missing: the policy requires it",
					})
				}
			}
		}
		if len(e.found) > 0 {
			found[p.Name] = e.found
		}
	}
	return found
}

// auditRules judges each stored collector by the rules of one policy.
func (e *evaluation) auditRules(p *compiledPolicy) {
	for _, c := range e.change.Result {
		for i := range p.deny {
			if p.deny[i].matches(c) {
				e.deny(p.Name, fmt.Sprintf("deny[%d]", i), c, func() string { return "the policy denies " + p.Deny[i].String() })
				break
			}
		}
		if len(p.allow) == 0 {
			continue
		}
		if _, allowed := e.matchAllow(Audit, c); !allowed {
			e.deny(p.Name, "allow", c, func() string { return "no allow rule of any policy matches" })
		}
	}
}
