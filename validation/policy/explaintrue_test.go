package policy

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"sluice/validation"
)

// TestTheExplanationIsTrue asks the judge about what the explanation says may be added, and
// about what it says may not.
func TestTheExplanationIsTrue(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	var may, mayNot int
	for range 5000 {
		set := validation.CompilePolicies(randomPolicies(r))
		user := validation.User{Name: []string{"mary", "john"}[r.IntN(2)], Groups: []string{"team-a"}}
		e := Explain(set, user)
		export := validation.Export{Format: validation.Formats()[r.IntN(3)], Collector: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(3)), 0, 1}), uint16(2055+r.IntN(2)))}
		judgement := set.Judge(user, validation.Change{Added: []validation.Export{export}, Result: []validation.Export{export}})
		for at, found := range map[validation.Enforcement][]validation.Denial{validation.Deny: judgement.Denied, validation.Warn: judgement.Warned, validation.Audit: judgement.Audited} {
			told := true
			for _, l := range e.Levels {
				if l.Enforcement == at.String() {
					told = l.lets(export)
				}
			}
			if told != (len(found) == 0) {
				t.Fatalf("%s of %s to %s, by %+v:\nexplained %t, judged %v", user.Name, export.Format, export.Collector, e.Levels, told, found)
			}
			if told {
				may++
			} else {
				mayNot++
			}
		}
	}
	if may < 500 || mayNot < 500 {
		t.Errorf("the generator is lopsided: %d may be added, %d may not", may, mayNot)
	}
}

// lets reads an explanation as a person would.
func (l Level) lets(e validation.Export) bool {
	matches := func(r Rule) bool {
		return (len(r.rule.Formats) == 0 || slices.Contains(r.rule.Formats, e.Format)) &&
			(len(r.rule.Destinations) == 0 || slices.ContainsFunc(r.rule.Destinations, func(p netip.Prefix) bool { return p.Contains(e.Collector.Addr()) })) &&
			(len(r.rule.Ports) == 0 || slices.ContainsFunc(r.rule.Ports, func(p validation.PortRange) bool {
				return p.First <= e.Collector.Port() && e.Collector.Port() <= p.Last
			}))
	}
	full := slices.ContainsFunc(l.Limits, func(limit Limit) bool { return limit.Most < 1 })
	return len(l.Closed) == 0 && !full && (!l.Restricted || slices.ContainsFunc(l.Allow, matches)) && !slices.ContainsFunc(l.Deny, matches)
}

func randomPolicies(r *rand.Rand) (list []validation.Policy) {
	rules := func() (rules []validation.PolicyRule) {
		for range r.IntN(3) {
			var rule validation.PolicyRule
			if r.IntN(2) == 0 {
				rule.Formats = []validation.Format{validation.Formats()[r.IntN(3)]}
			}
			if r.IntN(2) == 0 {
				rule.Destinations = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(3))}), 16)}
			}
			if r.IntN(3) == 0 {
				rule.Ports = []validation.PortRange{{First: 2055, Last: 2055}}
			}
			rules = append(rules, rule)
		}
		return rules
	}
	for i := range 1 + r.IntN(3) {
		p := validation.Policy{Name: string(rune('a' + i)), Enforcement: validation.Enforcement(r.IntN(3)), Allow: rules(), Deny: rules()}
		if r.IntN(2) == 0 {
			p.Subjects = []validation.Subject{{Name: "mary"}}
		}
		if r.IntN(4) == 0 {
			p.Exempt = []validation.Subject{{Kind: validation.GroupSubject, Name: "team-a"}}
		}
		if r.IntN(6) == 0 {
			p.MaxCollectors = new(int)
		}
		if r.IntN(10) == 0 {
			p.Fault = "nonsense"
		}
		list = append(list, p)
	}
	return list
}
