package policy

import (
	"fmt"
	"slices"

	"sluice/validation"
)

// Evaluate returns what a user may not do of a change. Each enforcement is evaluated as if it
// and the stricter ones were enforced: Warn reports what Deny would refuse.
func (s *Set) Evaluate(u validation.User, c validation.Change) validation.Decision {
	if c.Resource == validation.FlowExport {
		return s.evaluateTenant(u, c)
	}
	var result validation.Decision
	applying := s.applying(u)
	if len(applying) == 0 {
		return result
	}
	result.AppliedPolicies = make([]string, 0, len(applying))
	for _, p := range applying {
		result.AppliedPolicies = append(result.AppliedPolicies, p.Name)
	}
	e := evaluation{user: u, change: c, policies: applying}
	result.Denied = e.level(Deny)
	result.Omitted = e.omitted
	result.Allowed = e.allowed(Deny)
	result.Warned = e.level(Warn)
	result.AllowedWarned = e.allowed(Warn)
	result.Audited = e.level(Audit)
	return result
}

// level evaluates the policies of one enforcement. Allow rules of stricter policies count
// as well.
func (e *evaluation) level(at Enforcement) []validation.Denial {
	e.found, e.omitted, e.elsewhere = nil, 0, false
	if !slices.ContainsFunc(e.policies, func(p *compiledPolicy) bool { return p.Enforcement == at }) {
		return nil
	}
	for _, c := range e.change.Added {
		e.added(at, c)
	}
	for _, p := range e.policies {
		if p.Enforcement == at {
			e.limit(p)
			e.required(p)
			e.owner(p)
			e.delivery(p)
			e.bounds(p)
		}
	}
	e.removed(at)
	return e.found
}

// added checks one collector that the user adds.
func (e *evaluation) added(at Enforcement, c validation.Collector) {
	restricted, allowed := e.matchAllow(at, c)
	e.denyRules(at, c, allowed)
	if !restricted || allowed {
		return
	}
	e.elsewhere = true
	var names []string
	for _, p := range e.policies {
		if p.Enforcement == at && len(p.allow) > 0 {
			names = append(names, p.Name)
		}
	}
	e.report(func() validation.Denial {
		return validation.Denial{
			Policies: names, Rule: allowRule, Format: c.Format, Field: c.Field, Value: value(c), Position: c.Position,
			Message: e.mayNot(sending(c)) + ": " + unmatched(c),
		}
	})
}

// limit checks how many collectors there are. If the stored object has too many already,
// they may stay.
func (e *evaluation) limit(p *compiledPolicy) {
	if p.MaxCollectors == nil {
		return
	}
	for _, f := range validation.PolicyFormats() {
		of := func(list []validation.Collector) int { return distinct(list, f) }
		n, limit := of(e.change.Result), *p.MaxCollectors
		if n <= limit || of(e.change.Added) <= of(e.change.Removed) {
			continue
		}
		e.report(func() validation.Denial {
			return validation.Denial{
				Policies: []string{p.Name}, Rule: "maxCollectors", Action: validation.ExceedLimit, Format: f, Field: e.change.ListField(f),
				Message: fmt.Sprintf("would have %d %s collectors; the policy allows at most %d; add %d fewer", n, f, limit, min(n-limit, of(e.change.Added))),
			}
		})
	}
}

// distinct counts the collectors of a format, each once: the ConfigMap may repeat one.
func distinct(list []validation.Collector, f validation.Format) int {
	if len(list) == 0 {
		return 0
	}
	seen := make(map[validation.Collector]struct{}, len(list))
	for _, c := range list {
		if c.Format == f {
			seen[c.Place()] = struct{}{}
		}
	}
	return len(seen)
}
