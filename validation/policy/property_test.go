package policy_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"sluice/validation"
	"sluice/validation/policy"
)

// The generator draws from few values, so that rules, users and collectors meet often.

func randomSinks(r *rand.Rand) []validation.Collector {
	var list []validation.Collector
	for range r.IntN(5) {
		s := validation.Collector{
			Format: validation.Formats()[r.IntN(3)],
			Addr:   netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(3)), 0, byte(r.IntN(3))}), uint16(2055+r.IntN(3))),
		}
		if !slices.ContainsFunc(list, func(e validation.Collector) bool { return e.Format == s.Format && e.Addr == s.Addr }) {
			list = append(list, validation.Collector{Format: s.Format, Addr: s.Addr})
		}
	}
	return list
}

func randomRule(r *rand.Rand) policy.Rule {
	var rule policy.Rule
	if r.IntN(2) == 0 {
		rule.Formats = []validation.Format{validation.Formats()[r.IntN(3)]}
	}
	for range r.IntN(3) {
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(3)), 0, byte(r.IntN(3))}), []int{0, 8, 16, 24, 32}[r.IntN(5)])
		rule.Destinations = append(rule.Destinations, p.Masked())
	}
	if r.IntN(2) == 0 {
		first := uint16(2055 + r.IntN(3))
		rule.Ports = []policy.PortRange{{First: first, Last: first + uint16(r.IntN(2))}}
	}
	return rule
}

func randomRules(r *rand.Rand) []policy.Rule {
	var rules []policy.Rule
	for range r.IntN(3) {
		rules = append(rules, randomRule(r))
	}
	return rules
}

func randomSubjects(r *rand.Rand) []policy.Subject {
	all := []policy.Subject{
		teamA,
		{Kind: policy.UserSubject, Name: "mary"},
		{Kind: policy.UserSubject, Name: "john"},
		{Kind: policy.GroupSubject, Name: "system:authenticated"},
	}
	if r.IntN(2) == 0 {
		return nil
	}
	return all[r.IntN(len(all)):][:1]
}

func randomPolicies(r *rand.Rand) []policy.Policy {
	var list []policy.Policy
	for i := range 1 + r.IntN(4) {
		p := policy.Policy{
			Name: fmt.Sprint("p", i), Subjects: randomSubjects(r), Enforcement: policy.Enforcement(r.IntN(3)),
			Allow: randomRules(r), Deny: randomRules(r), RemovalRestricted: r.IntN(2) == 0,
		}
		if p.Enforcement != policy.Deny && r.IntN(2) == 0 {
			p.Enforcement = policy.Deny
		}
		if r.IntN(3) == 0 {
			p.Exempt = randomSubjects(r)
		}
		if r.IntN(3) == 0 {
			n := r.IntN(3)
			p.MaxCollectors = &n
		}
		for _, e := range randomSinks(r) {
			if r.IntN(3) == 0 {
				p.Required = append(p.Required, validation.Collector{Format: e.Format, Addr: e.Addr})
			}
		}
		list = append(list, p)
	}
	return list
}

// difference is what leads from old to now.
func difference(old, now []validation.Collector) validation.Change {
	minus := func(a, b []validation.Collector) (rest []validation.Collector) {
		for _, e := range a {
			if !slices.Contains(b, e) {
				rest = append(rest, e)
			}
		}
		return rest
	}
	return validation.Change{Added: minus(now, old), Removed: minus(old, now), Result: now}
}

func refusals(list []policy.Policy, u validation.User, c validation.Change) int {
	return len(policy.Compile(list).Evaluate(u, c).Denied)
}

func TestPropertiesOfPolicies(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	var denied, passed int
	for i := range 20000 {
		policies, user := randomPolicies(r), []validation.User{mary, john}[r.IntN(2)]
		change := difference(randomSinks(r), randomSinks(r))
		before := refusals(policies, user, change)
		if before > 0 {
			denied++
		} else {
			passed++
		}
		with := func(change func(p *policy.Policy)) []policy.Policy {
			changed := slices.Clone(policies)
			change(&changed[r.IntN(len(changed))])
			return changed
		}
		// The first allow rule of all begins to restrict; any further one only permits.
		allowing := slices.Clone(policies)
		k := slices.IndexFunc(allowing, func(p policy.Policy) bool { return len(p.Allow) > 0 })
		if k >= 0 {
			allowing[k].Allow = append(slices.Clone(allowing[k].Allow), randomRule(r))
			if after := refusals(allowing, user, change); after > 0 && before == 0 {
				t.Fatalf("%d: one more allow rule denies: %+v", i, allowing)
			}
		}
		denying := with(func(p *policy.Policy) { p.Deny = append(slices.Clone(p.Deny), randomRule(r)) })
		if refusals(denying, user, change) == 0 && before > 0 {
			t.Fatalf("%d: one more deny rule allows: %+v", i, denying)
		}
		exempt := slices.Clone(policies)
		for j := range exempt {
			exempt[j].Exempt = append(slices.Clone(exempt[j].Exempt), policy.Subject{Name: user.Name})
		}
		if n := refusals(exempt, user, change); n > 0 {
			t.Fatalf("%d: an exempt user is denied: %+v", i, exempt)
		}
		off := difference(change.Result, nil)
		for _, d := range policy.Compile(policies).Evaluate(user, off).Denied {
			if d.Rule != "removal" && d.Rule[:min(8, len(d.Rule))] != "required" {
				t.Fatalf("%d: removing everything is denied by %s", i, d.Source())
			}
		}
		// A stricter enforcement of one policy never permits what was refused.
		strict := with(func(p *policy.Policy) { p.Enforcement = policy.Deny })
		if len(policies[0].Allow) == 0 && refusals(strict, user, change) == 0 && before > 0 && !gainsAllow(policies, strict) {
			t.Fatalf("%d: a stricter enforcement allows: %+v", i, strict)
		}
	}
	if denied < 2000 || passed < 2000 {
		t.Errorf("the generator is lopsided: %d denied, %d passed", denied, passed)
	}
}

// gainsAllow reports whether allow rules begin to be enforced: they may permit what other
// policies don't.
func gainsAllow(before, after []policy.Policy) bool {
	for i := range after {
		if before[i].Enforcement != after[i].Enforcement && len(after[i].Allow) > 0 {
			return true
		}
	}
	return false
}

// TestWarningsTellWhatWouldBeDenied holds the promise that lets one try a policy: what is
// warned of is what is denied once all policies that warn deny.
func TestWarningsTellWhatWouldBeDenied(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for i := range 20000 {
		policies := randomPolicies(r)
		change := difference(randomSinks(r), randomSinks(r))
		now := policy.Compile(policies).Evaluate(mary, change)
		for j := range policies {
			if policies[j].Enforcement == policy.Warn {
				policies[j].Enforcement = policy.Deny
			}
		}
		then := policy.Compile(policies).Evaluate(mary, change)
		if len(now.Denied) == 0 && (len(now.Warned) > 0) != (len(then.Denied) > 0) {
			t.Fatalf("%d: warned %v, but denied %v: %+v", i, now.Warned, then.Denied, policies)
		}
	}
}

func BenchmarkPolicies(b *testing.B) {
	// One request of a user with ten groups, to whom so many of so many policies apply.
	for _, c := range []struct{ all, applying int }{{1, 1}, {100, 1}, {1000, 1}, {1000, 10}, {1000, 1000}} {
		b.Run(fmt.Sprintf("%d_of_%d", c.applying, c.all), func(b *testing.B) {
			var list []policy.Policy
			for i := range c.all {
				p := policy.Policy{Name: fmt.Sprintf("p%04d", i), Subjects: []policy.Subject{{Kind: policy.GroupSubject, Name: fmt.Sprintf("team-%d", i)}}}
				if i < c.applying {
					p.Subjects = []policy.Subject{teamA}
				}
				var rule policy.Rule
				for j := range 100 {
					rule.Destinations = append(rule.Destinations, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), byte(j), 0}), 24))
				}
				p.Allow = []policy.Rule{rule}
				list = append(list, p)
			}
			user := mary
			for i := range 8 {
				user.Groups = append(user.Groups, fmt.Sprint("other-", i))
			}
			// Only the last network of the last policy that applies holds the collector.
			list[c.applying-1].Allow[0].Destinations[99] = netip.MustParsePrefix("172.16.0.0/16")
			set := policy.Compile(list)
			export := validation.Collector{Addr: netip.MustParseAddrPort("172.16.99.1:2055")}
			change := validation.Change{Added: []validation.Collector{export}, Result: []validation.Collector{export}}
			b.ReportAllocs()
			for b.Loop() {
				set.Evaluate(user, change)
			}
		})
	}
}
