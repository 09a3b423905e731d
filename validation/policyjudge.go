package validation

import (
	"fmt"
	"slices"
	"strings"
)

// Judge returns what a user may not do of a change. Each enforcement is judged as if it and
// the stricter ones were enforced: what Warn tells is what Deny would refuse.
func (s *Policies) Judge(u User, c Change) Judgement {
	var result Judgement
	applying := s.applying(u)
	if len(applying) == 0 {
		return result
	}
	result.Applied = make([]string, 0, len(applying))
	for _, p := range applying {
		result.Applied = append(result.Applied, p.Name)
	}
	j := judging{user: u, change: c, policies: applying}
	result.Denied = j.level(Deny)
	result.Omitted = j.omitted
	result.Warned = j.level(Warn)
	result.Audited = j.level(Audit)
	return result
}

// judging is the judgement of one request.
type judging struct {
	user     User
	change   Change
	policies []*compiledPolicy
	found    []Denial
	// omitted counts what found has no room for.
	omitted int
}

// report keeps a denial, or counts it when there are too many. Its text is made only if it
// is kept: a change of thousands of entries costs no more than one of MaxDenials.
func (j *judging) report(denial func() Denial) {
	if limit := j.change.MaxDenials; limit > 0 && len(j.found) >= limit {
		j.omitted++
		return
	}
	j.found = append(j.found, denial())
}

// level judges by the policies of one enforcement. Allow rules of stricter policies count
// as well.
func (j *judging) level(at Enforcement) []Denial {
	if !slices.ContainsFunc(j.policies, func(p *compiledPolicy) bool { return p.Enforcement == at }) {
		return nil
	}
	j.found, j.omitted = nil, 0
	for _, e := range j.change.Added {
		j.added(at, e)
	}
	for _, p := range j.policies {
		if p.Enforcement == at {
			j.limit(p)
			j.required(p)
		}
	}
	j.removed(at)
	return j.found
}

// added judges one collector that the user adds.
func (j *judging) added(at Enforcement, e Export) {
	for _, p := range j.policies {
		if p.Enforcement != at {
			continue
		}
		if p.Fault != "" {
			j.deny(p.Name, "fault", e, func() string {
				return fmt.Sprintf("nothing may be added, because the policy can't be read: %s; who keeps it must mend it", p.Fault)
			})
		}
		for i := range p.deny {
			if p.deny[i].matches(e) {
				j.deny(p.Name, fmt.Sprintf("deny[%d]", i), e, func() string {
					return j.mayNot("send "+e.Format.String()+" there") + ": the policy denies " + p.Deny[i].String() + j.allowed(at)
				})
				break
			}
		}
	}
	restricted, allowed := j.matchAllow(at, e)
	if !restricted || allowed {
		return
	}
	var names []string
	for _, p := range j.policies {
		if p.Enforcement == at && len(p.allow) > 0 {
			names = append(names, p.Name)
		}
	}
	j.report(func() Denial {
		return Denial{
			Policies: names, Rule: "allow", Field: e.Field, Value: e.text(), Position: e.Position,
			Message: j.mayNot("send "+e.Format.String()+" there") + ": no allow rule matches" + j.allowed(at),
		}
	})
}

// matchAllow says whether a policy of an enforcement has allow rules, and whether one of
// them, or of a stricter policy's, matches.
func (j *judging) matchAllow(at Enforcement, e Export) (restricted, allowed bool) {
	for _, p := range j.policies {
		if p.Enforcement > at || len(p.allow) == 0 {
			continue
		}
		restricted = restricted || p.Enforcement == at
		for i := range p.allow {
			if p.allow[i].matches(e) {
				return restricted, true
			}
		}
	}
	return restricted, false
}

// maxRules is how many rules a sentence names.
const maxRules = 4

// allowed says what may be added, as the end of a sentence.
func (j *judging) allowed(at Enforcement) string {
	var rules []string
	n := 0
	for _, p := range j.policies {
		if p.Enforcement > at {
			continue
		}
		for _, r := range p.Allow {
			if n++; n <= maxRules {
				rules = append(rules, r.String())
			}
		}
	}
	switch {
	case n == 0:
		return ""
	case n > maxRules:
		rules = append(rules, fmt.Sprintf("what %d more rules allow", n-maxRules))
	}
	return "; allowed: " + strings.Join(rules, "; or ")
}

// limit judges how many collectors there are. Too many that stood there before may stay.
func (j *judging) limit(p *compiledPolicy) {
	if p.MaxCollectors == nil {
		return
	}
	for _, f := range Formats() {
		of := func(list []Export) (n int) {
			for _, e := range list {
				if e.Format == f {
					n++
				}
			}
			return n
		}
		n, limit := of(j.change.Result), *p.MaxCollectors
		if n <= limit || of(j.change.Added) <= of(j.change.Removed) {
			continue
		}
		j.report(func() Denial {
			return Denial{
				Policies: []string{p.Name}, Rule: "maxCollectors", Field: j.change.listField(f),
				Message: fmt.Sprintf("would have %d %s collectors; the policy allows %d at most; add %d fewer", n, f, limit, min(n-limit, of(j.change.Added))),
			}
		})
	}
}

// required judges whether a collector goes that must stay.
func (j *judging) required(p *compiledPolicy) {
	if j.change.Resource != Network {
		return
	}
	for i, s := range p.Required {
		created := j.change.Create && len(j.change.Result) > 0
		if holds(j.change.Result, s) || !created && !holds(j.change.Removed, s) {
			continue
		}
		what := "may not be removed: the policy requires it; put it back"
		if created {
			what = "is missing: the policy requires it; add it"
		}
		j.report(func() Denial {
			return Denial{
				Policies: []string{p.Name}, Rule: fmt.Sprintf("required[%d]", i),
				Field: j.change.listField(s.Format), Value: s.Collector.String(), Message: what,
			}
		})
	}
}

func holds(list []Export, s Sink) bool {
	return slices.ContainsFunc(list, func(e Export) bool { return e.sink() == s })
}

// removed judges what the user removes.
func (j *judging) removed(at Enforcement) {
	var names []string
	for _, p := range j.policies {
		if p.Enforcement == at && p.RemovalAllowed {
			names = append(names, p.Name)
		}
	}
	if names == nil {
		return
	}
	for _, e := range j.change.Removed {
		if _, allowed := j.matchAllow(at, e); allowed {
			continue
		}
		j.report(func() Denial {
			return Denial{
				Policies: names, Rule: "removal", Field: j.change.listField(e.Format), Value: e.text(), Position: e.Position,
				Message: j.mayNot("remove this "+e.Format.String()+" collector") + ", which no allow rule matches; put it back" + j.allowed(at),
			}
		})
	}
}

func (j *judging) deny(policy, rule string, e Export, message func() string) {
	j.report(func() Denial {
		return Denial{Policies: []string{policy}, Rule: rule, Field: e.Field, Value: e.text(), Message: message(), Position: e.Position}
	})
}

func (j *judging) mayNot(what string) string {
	if j.user.Name == "" {
		return "it is not allowed to " + what
	}
	return Quote(j.user.Name) + " may not " + what
}
