package policy

import (
	"fmt"
	"slices"

	"sluice/validation"
)

// allowRule is the rule of what is denied because no policy allows it.
const allowRule = "allow"

// evaluateTenant returns what a user may not do of a change of a FlowExport. Unlike in a list of the
// cluster, everything is denied that no allow rule matches. The enforcement of a policy is about what
// it restricts, and not about what it allows.
func (s *Set) evaluateTenant(u validation.User, c validation.Change) validation.Decision {
	var result validation.Decision
	if s.exempt[u.Name] {
		return result
	}
	e := evaluation{user: u, change: c, policies: s.applyingIn(u, c.Namespace)}
	for _, p := range e.policies {
		result.AppliedPolicies = append(result.AppliedPolicies, p.Name)
	}
	result.Denied = e.tenantLevel(Deny)
	result.Omitted = e.omitted
	result.Allowed = e.allowed(Audit)
	result.Warned = e.tenantLevel(Warn)
	result.AllowedWarned = e.allowed(Audit)
	result.Audited = e.tenantLevel(Audit)
	return result
}

// tenantLevel evaluates the policies of one enforcement.
func (e *evaluation) tenantLevel(at Enforcement) []validation.Denial {
	e.found, e.omitted, e.elsewhere = nil, 0, false
	for _, c := range e.change.Added {
		_, allowed := e.matchAllow(Audit, c)
		if !allowed && at == Deny {
			e.notAllowed(c)
		}
		e.denyRules(at, c, allowed)
	}
	for _, p := range e.policies {
		if p.Enforcement == at {
			e.limit(p)
		}
	}
	e.quota(at)
	return e.found
}

// notAllowed reports a collector that no allow rule matches.
func (e *evaluation) notAllowed(c validation.Collector) {
	e.elsewhere = true
	var names []string
	for _, p := range e.policies {
		if len(p.allow) > 0 {
			names = append(names, p.Name)
		}
	}
	why := "no allow rule matches"
	if names == nil {
		why = fmt.Sprintf("no FlowExportPolicy that names the namespace %q in spec.namespaces allows it to this user; ask a cluster administrator for one", e.change.Namespace.Name)
	}
	e.report(func() validation.Denial {
		return validation.Denial{
			Policies: names, Rule: allowRule, Format: c.Format, Field: c.Field, Value: value(c), Position: c.Position,
			Message: e.mayNot(sending(c)) + ": " + why,
		}
	})
}

// quota checks how many FlowExports the namespace has.
func (e *evaluation) quota(at Enforcement) {
	if !e.change.Create {
		return
	}
	most, name, said := smallestQuota(e.policies, func(p *compiledPolicy) bool { return p.Enforcement == at })
	if at == Deny {
		most, name = quota(e.policies)
	}
	n := e.change.Namespace.Others + 1
	if !said && at != Deny || n <= most {
		return
	}
	what := "the policy allows"
	policies := []string{name}
	if name == "" {
		what, policies = "without maxFlowExports in a policy, a namespace has", nil
	}
	e.report(func() validation.Denial {
		return validation.Denial{
			Policies: policies, Rule: "maxFlowExports", Action: validation.ExceedQuota, Format: validation.IPFIX, Field: "metadata.namespace", Value: e.change.Namespace.Name,
			Message: fmt.Sprintf("would have %d FlowExports; %s at most %d; delete one, or add the collectors to another", n, what, most),
		}
	})
}

// denyRules checks one collector against the deny rules of one enforcement.
func (e *evaluation) denyRules(at Enforcement, c validation.Collector, allowed bool) {
	for _, p := range e.policies {
		if p.Enforcement != at {
			continue
		}
		if p.Fault != "" {
			e.deny(p.Name, "fault", c, func() string {
				return fmt.Sprintf("collectors cannot be added while policy %s is invalid (%s); ask its owner to fix it", p.Name, p.Fault)
			})
		}
		i := slices.IndexFunc(p.deny, func(r compiledRule) bool { return r.denies(c, allowed) })
		if i >= 0 {
			e.elsewhere = true
			e.deny(p.Name, fmt.Sprintf("deny[%d]", i), c, func() string {
				return e.mayNot(sending(c)) + ": the policy denies " + p.Deny[i].String() + uncertain(c)
			})
		}
	}
}
