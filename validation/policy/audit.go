package policy

import (
	"fmt"

	"sluice/validation"
)

// Audit lists what violates each policy in a stored object, by the policy's name. The author
// of a stored entry is unknown, so policies for some users only, with subjects or with
// exempt, are only checked for what they require. For the other policies, a collector violates the allow rules if no policy's allow
// rule matches it.
func (s *Set) Audit(stored validation.Change) map[string][]validation.Denial {
	found := map[string][]validation.Denial{}
	e := evaluation{change: validation.Change{Resource: stored.Resource, Added: stored.Result, Result: stored.Result, Settings: stored.Settings, Stops: stored.Stops}}
	for i := range s.compiled {
		e.policies = append(e.policies, &s.compiled[i])
	}
	for _, p := range e.policies {
		e.found = nil
		if len(p.Subjects) == 0 && len(p.Exempt) == 0 {
			e.auditRules(p)
			e.limit(p)
			e.auditSettings(p)
		}
		e.delivery(p)
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

// auditRules checks each stored collector against the rules of one policy.
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

// auditSettings checks each stored setting that differs from its default against the bounds of
// one policy.
func (e *evaluation) auditSettings(p *compiledPolicy) {
	for _, s := range e.change.Settings {
		if bound := p.Bounds[s.Setting]; bound != nil && !bound.Holds(s.After) {
			e.setting(p, s.Setting.String(), s, "the policy allows "+bound.String())
		}
	}
}
