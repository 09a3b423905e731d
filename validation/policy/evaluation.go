package policy

import (
	"fmt"
	"slices"
	"strings"

	"sluice/validation"
)

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

func (e *evaluation) deny(policy, rule string, c validation.Collector, message func() string) {
	e.report(func() validation.Denial {
		return validation.Denial{Policies: []string{policy}, Rule: rule, Format: c.Format, Field: c.Field, Value: value(c), Message: message(), Position: c.Position}
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

func (e *evaluation) mayNot(what string) string {
	if e.user.Name == "" {
		return "it is not allowed to " + what
	}
	return validation.Quote(e.user.Name) + " may not " + what
}

func holds(list []validation.Collector, c validation.Collector) bool {
	return slices.ContainsFunc(list, c.Is)
}
