package policy

import (
	"fmt"
	"testing"
	"time"

	"sluice/validation"
)

// Admission, the controller and the explanation agree on the quota, and only policies that deny have one.
func TestTheQuotaIsTheSameEverywhere(t *testing.T) {
	const many = 70
	alice, inside := validation.User{Name: "alice"}, ipfix("10.20.0.5:4739")
	say := func(name string, n int, at Enforcement) Policy {
		return Policy{Name: name, Namespaces: &Namespaces{Names: []string{"team-a"}}, MaxFlowExports: new(n), Enforcement: at}
	}
	allow := tenantPolicy(nil)
	for name, c := range map[string]struct {
		policies []Policy
		want     int
		warned   int // from how many on it is warned
	}{
		"the default":                      {[]Policy{allow}, 4, 0},
		"less":                             {[]Policy{allow, say("a", 2, Deny)}, 2, 0},
		"more":                             {[]Policy{allow, say("a", 9, Deny)}, 9, 0},
		"none":                             {[]Policy{allow, say("a", 0, Deny)}, 0, 0},
		"the smallest of several":          {[]Policy{allow, say("a", 9, Deny), say("b", 7, Deny)}, 7, 0},
		"one that warns":                   {[]Policy{allow, say("a", 1, Warn)}, 4, 2},
		"one that warns, with more":        {[]Policy{allow, say("a", 20, Warn)}, 4, 21},
		"one that audits":                  {[]Policy{allow, say("a", 1, Audit)}, 4, 0},
		"one that warns, another denies":   {[]Policy{allow, say("a", 1, Warn), say("b", 6, Deny)}, 6, 2},
		"one that audits, another denies":  {[]Policy{allow, say("a", 1, Audit), say("b", 6, Deny)}, 6, 0},
		"one that warns, by the allow one": {[]Policy{tenantPolicy(func(p *Policy) { p.MaxFlowExports, p.Enforcement = new(1), Warn })}, 4, 2},
	} {
		t.Run(name, func(t *testing.T) {
			set := Compile(c.policies)
			var stored []Stored
			admitted, accepted, warned := 0, 0, 0
			for i := range many {
				change := added(inside)
				change.Resource, change.Namespace = validation.FlowExport, validation.Namespace{Name: "team-a", Others: i}
				d := set.Evaluate(alice, change)
				if len(d.Denied) == 0 {
					admitted++
				}
				if len(d.Warned) > 0 && warned == 0 {
					warned = i + 1
				}
				stored = append(stored, Stored{Name: fmt.Sprintf("%02d", i), Created: time.Unix(int64(i), 0), Collectors: []validation.Collector{inside}})
			}
			for _, j := range set.Judge(teamA(nil), stored) {
				if j.Accepted {
					accepted++
				}
			}
			explained := ExplainNamespace(set, alice, teamA(nil)).MaxFlowExports
			if admitted != c.want || accepted != c.want || explained != c.want || warned != c.warned {
				t.Errorf("admitted %d, accepted %d, explained %d, want %d; warned from %d on, want %d", admitted, accepted, explained, c.want, warned, c.warned)
			}
		})
	}
}

// A quota for some users is one at admission only: the controller does not know who stored what.
func TestTheQuotaOfSomeUsers(t *testing.T) {
	some := func(n int, at Enforcement) Policy {
		return Policy{Name: "some", Namespaces: &Namespaces{Names: []string{"team-a"}}, MaxFlowExports: new(n), Enforcement: at, Subjects: []Subject{{Name: "x"}}}
	}
	for name, c := range map[string]struct {
		policy Policy
		want   int
	}{
		"less":           {some(2, Deny), 4},
		"more":           {some(9, Deny), 9},
		"more, and warn": {some(9, Warn), 4},
	} {
		if most, _ := storedQuota([]*compiledPolicy{new(compilePolicy(c.policy))}); most != c.want {
			t.Errorf("%s: %d, want %d", name, most, c.want)
		}
	}
}
