package validation

import "fmt"

// Audit says what of the stored collectors stands against each policy, by the policy's name.
// Nobody knows who stored them: a rule that is for some users only can't be judged by what
// stands there, but for what is required. For policies that are for everyone, a collector
// stands against the allow rules if no policy's rule matches it.
func (s *Policies) Audit(stored Change) map[string][]Denial {
	found := map[string][]Denial{}
	j := judging{change: Change{Resource: stored.Resource, Added: stored.Result, Result: stored.Result}}
	for i := range s.compiled {
		j.policies = append(j.policies, &s.compiled[i])
	}
	for _, p := range j.policies {
		j.found = nil
		if len(p.Subjects) == 0 {
			j.auditRules(p)
			j.limit(p)
		}
		if stored.Resource == Network {
			for i, r := range p.Required {
				if !holds(stored.Result, r) {
					j.found = append(j.found, Denial{
						Policies: []string{p.Name}, Rule: fmt.Sprintf("required[%d]", i), Field: stored.listField(r.Format), Value: r.Collector.String(),
						Message: "is missing: the policy requires it",
					})
				}
			}
		}
		if len(j.found) > 0 {
			found[p.Name] = j.found
		}
	}
	return found
}

// auditRules judges each stored collector by the rules of one policy.
func (j *judging) auditRules(p *compiledPolicy) {
	for _, e := range j.change.Result {
		for i := range p.deny {
			if p.deny[i].matches(e) {
				j.deny(p.Name, fmt.Sprintf("deny[%d]", i), e, func() string { return "the policy denies " + p.Deny[i].String() })
				break
			}
		}
		if len(p.allow) == 0 {
			continue
		}
		if _, allowed := j.matchAllow(Audit, e); !allowed {
			j.deny(p.Name, "allow", e, func() string { return "no allow rule of any policy matches" })
		}
	}
}
