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
		set := Compile(randomPolicies(r))
		user := validation.User{Name: []string{"mary", "john"}[r.IntN(2)], Groups: []string{"team-a"}}
		e := Explain(set, user)
		export := validation.Collector{Format: validation.Formats()[r.IntN(3)], Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(3)), 0, 1}), uint16(2055+r.IntN(2)))}
		judgement := set.Evaluate(user, validation.Change{Added: []validation.Collector{export}, Result: []validation.Collector{export}})
		for at, found := range map[Enforcement][]validation.Denial{Deny: judgement.Denied, Warn: judgement.Warned, Audit: judgement.Audited} {
			told := true
			for _, l := range e.Levels {
				if l.Enforcement == at.String() {
					told = l.lets(export)
				}
			}
			if told != (len(found) == 0) {
				t.Fatalf("%s of %s to %s, by %+v:\nexplained %t, judged %v", user.Name, export.Format, export.Addr, e.Levels, told, found)
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
func (l Level) lets(e validation.Collector) bool {
	matches := func(r RuleText) bool {
		return (len(r.rule.Formats) == 0 || slices.Contains(r.rule.Formats, e.Format)) &&
			(len(r.rule.Destinations) == 0 || slices.ContainsFunc(r.rule.Destinations, func(p netip.Prefix) bool { return p.Contains(e.Addr.Addr()) })) &&
			(len(r.rule.Ports) == 0 || slices.ContainsFunc(r.rule.Ports, func(p PortRange) bool {
				return p.First <= e.Addr.Port() && e.Addr.Port() <= p.Last
			}))
	}
	full := slices.ContainsFunc(l.Limits, func(limit Limit) bool { return limit.Most < 1 })
	return len(l.Closed) == 0 && !full && (!l.Restricted || slices.ContainsFunc(l.Allow, matches)) && !slices.ContainsFunc(l.Deny, matches)
}

func randomPolicies(r *rand.Rand) (list []Policy) {
	rules := func() (rules []Rule) {
		for range r.IntN(3) {
			var rule Rule
			if r.IntN(2) == 0 {
				rule.Formats = []validation.Format{validation.Formats()[r.IntN(3)]}
			}
			if r.IntN(2) == 0 {
				rule.Destinations = []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(3))}), 16)}
			}
			if r.IntN(3) == 0 {
				rule.Ports = []PortRange{{First: 2055, Last: 2055}}
			}
			rules = append(rules, rule)
		}
		return rules
	}
	for i := range 1 + r.IntN(3) {
		p := Policy{Name: string(rune('a' + i)), Enforcement: Enforcement(r.IntN(3)), Allow: rules(), Deny: rules()}
		if r.IntN(2) == 0 {
			p.Subjects = []Subject{{Name: "mary"}}
		}
		if r.IntN(4) == 0 {
			p.Exempt = []Subject{{Kind: GroupSubject, Name: "team-a"}}
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
