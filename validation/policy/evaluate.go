package policy

import (
	"fmt"
	"slices"
	"strings"

	"sluice/validation"
)

// Evaluate returns what a user may not do of a change. Each enforcement is evaluated as if it
// and the stricter ones were enforced: Warn reports what Deny would refuse.
func (s *Set) Evaluate(u validation.User, c validation.Change) validation.Decision {
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

// evaluation is that of one request.
type evaluation struct {
	user     validation.User
	change   validation.Change
	policies []*compiledPolicy
	found    []validation.Denial
	// omitted counts what found has no room for.
	omitted int
	// elsewhere says that a rule about addresses denied something: another address may be allowed.
	elsewhere bool
}

// report keeps a denial, or counts it when there are too many. Its text is made only if it
// is kept: a change of thousands of entries costs no more than one of MaxDenials.
func (e *evaluation) report(denial func() validation.Denial) {
	if limit := e.change.MaxDenials; limit > 0 && len(e.found) >= limit {
		e.omitted++
		return
	}
	e.found = append(e.found, denial())
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
			e.requiredCollected(p)
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
	for _, p := range e.policies {
		if p.Enforcement != at {
			continue
		}
		if p.Fault != "" {
			e.deny(p.Name, "fault", c, func() string {
				return fmt.Sprintf("collectors cannot be added while policy %s is invalid (%s); ask its owner to fix it", p.Name, p.Fault)
			})
		}
		for i := range p.deny {
			if p.deny[i].denies(c, allowed) {
				e.elsewhere = true
				e.deny(p.Name, fmt.Sprintf("deny[%d]", i), c, func() string {
					return e.mayNot(sending(c)) + ": the policy denies " + p.Deny[i].String() + uncertain(c)
				})
				break
			}
		}
	}
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
			Policies: names, Rule: "allow", Format: c.Format, Field: c.Field, Value: value(c), Position: c.Position,
			Message: e.mayNot(sending(c)) + ": " + unmatched(c),
		}
	})
}

// matchAllow says whether a policy of an enforcement has allow rules, and whether one of
// them, or of a stricter policy's, matches.
func (e *evaluation) matchAllow(at Enforcement, c validation.Collector) (restricted, allowed bool) {
	for _, p := range e.policies {
		if p.Enforcement > at || len(p.allow) == 0 {
			continue
		}
		restricted = restricted || p.Enforcement == at
		for i := range p.allow {
			if p.allow[i].matches(c) {
				return restricted, true
			}
		}
	}
	return restricted, false
}

// maxToldRules is how many rules a sentence names.
const maxToldRules = 4

// allowed says what the allow rules match, if the evaluation denied an address: once for all its
// denials. It is empty without allow rules.
func (e *evaluation) allowed(at Enforcement) string {
	if !e.elsewhere {
		return ""
	}
	var rules []string
	n := 0
	for _, p := range e.policies {
		if p.Enforcement > at {
			continue
		}
		for _, r := range p.Allow {
			if n++; n <= maxToldRules {
				rules = append(rules, r.String())
			}
		}
	}
	switch {
	case n == 0:
		return ""
	case n > maxToldRules:
		rules = append(rules, fmt.Sprintf("%d more rules", n-maxToldRules))
	}
	return strings.Join(rules, "; or ")
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

// required checks whether a collector is removed that must stay.
func (e *evaluation) required(p *compiledPolicy) {
	if e.change.Resource != validation.Network {
		return // of a FlowExportProfile, see delivery
	}
	for i, s := range p.Required {
		created := e.change.Create && len(e.change.Result) > 0
		if holds(e.change.Result, s) || !created && !holds(e.change.Removed, s) {
			continue
		}
		action, what := validation.RemoveCollector, "must not be removed: the policy requires it; add it back"
		if created {
			action, what = validation.OmitCollector, "is missing: the policy requires it; add it"
		}
		e.report(func() validation.Denial {
			return validation.Denial{
				Policies: []string{p.Name}, Rule: fmt.Sprintf("required[%d]", i), Action: action, Format: s.Format,
				Field: e.change.ListField(s.Format), Value: s.Text(), Message: what,
			}
		})
	}
}

func holds(list []validation.Collector, c validation.Collector) bool {
	return slices.ContainsFunc(list, c.Is)
}

// removed checks what the user removes.
func (e *evaluation) removed(at Enforcement) {
	var names []string
	for _, p := range e.policies {
		if p.Enforcement == at && p.RemovalRestricted {
			names = append(names, p.Name)
		}
	}
	if names == nil {
		return
	}
	for _, c := range e.change.Removed {
		if _, allowed := e.matchAllow(at, c); allowed {
			continue
		}
		e.elsewhere = true
		e.report(func() validation.Denial {
			return validation.Denial{
				Policies: names, Rule: "removal", Action: validation.RemoveCollector, Format: c.Format, Field: e.change.ListField(c.Format), Value: value(c), Position: c.Position,
				Message: e.mayNot("remove "+removing(c)) + ": no allow rule matches it; add it back",
			}
		})
	}
	e.collected(at, names)
}

func (e *evaluation) deny(policy, rule string, c validation.Collector, message func() string) {
	e.report(func() validation.Denial {
		return validation.Denial{Policies: []string{policy}, Rule: rule, Format: c.Format, Field: c.Field, Value: value(c), Message: message(), Position: c.Position}
	})
}

func (e *evaluation) mayNot(what string) string {
	if e.user.Name == "" {
		return "it is not allowed to " + what
	}
	return validation.Quote(e.user.Name) + " may not " + what
}
