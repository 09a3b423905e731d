package policy_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/validation"
	"sluice/validation/policy"
)

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, t := range texts {
		list = append(list, netip.MustParsePrefix(t))
	}
	return list
}

func sink(f validation.Format, collector string) validation.Collector {
	return validation.Collector{Format: f, Addr: netip.MustParseAddrPort(collector)}
}

var (
	teamA    = policy.Subject{Kind: policy.GroupSubject, Name: "team-a"}
	toTeamA  = policy.Rule{Destinations: prefixes("10.20.0.0/16")}
	mary     = validation.User{Name: "mary", Groups: []string{"team-a", "system:authenticated"}}
	john     = validation.User{Name: "john", Groups: []string{"system:authenticated"}}
	flowsBot = validation.User{Name: "system:serviceaccount:flows:bot", Groups: []string{"system:serviceaccounts"}}
)

// said puts what policies say in lines.
func said(v validation.Verdict) []string {
	var lines []string
	for _, c := range []struct {
		what    string
		denials []validation.Denial
	}{{"deny", v.Denials}, {"warn", v.Warned}, {"audit", v.Audited}} {
		for _, d := range c.denials {
			lines = append(lines, fmt.Sprintf("%s %s %s %s", c.what, d.Source(), strings.TrimPrefix(d.Field, "spec.exportNetworkFlows."), d.Value))
		}
	}
	return lines
}

func TestPolicies(t *testing.T) {
	const (
		shared = `{"netFlow":{"collectors":["10.20.0.1:2055","10.30.0.1:2055"]},"ipfix":{"collectors":["10.0.0.5:4739"]}}`
		first  = `netFlow.collectors[0]`
	)
	two := 2
	for name, c := range map[string]struct {
		policies []policy.Policy
		user     validation.User
		old, now string
		want     []string
	}{
		"no policy applies": {
			[]policy.Policy{{Name: "a", Subjects: []policy.Subject{teamA}, Allow: []policy.Rule{toTeamA}}},
			john,
			"", list(validation.NetFlow, "192.0.2.1:2055"), nil,
		},
		"allowed": {
			[]policy.Policy{{Name: "a", Subjects: []policy.Subject{teamA}, Allow: []policy.Rule{toTeamA}}},
			mary,
			"", list(validation.NetFlow, "10.20.255.255:2055"), nil,
		},
		"not allowed": {
			[]policy.Policy{{Name: "a", Subjects: []policy.Subject{teamA}, Allow: []policy.Rule{toTeamA}}},
			mary,
			"", list(validation.NetFlow, "10.21.0.0:2055"),
			[]string{"deny a/allow " + first + " 10.21.0.0:2055"},
		},
		"a policy for everyone": {
			[]policy.Policy{{Name: "a", Allow: []policy.Rule{toTeamA}}},
			john,
			"", list(validation.NetFlow, "10.21.0.0:2055"),
			[]string{"deny a/allow " + first + " 10.21.0.0:2055"},
		},
		"one of several policies allows": {
			[]policy.Policy{{Name: "b", Allow: []policy.Rule{{Destinations: prefixes("10.21.0.0/24")}}}, {Name: "a", Allow: []policy.Rule{toTeamA}}},
			john,
			"", list(validation.NetFlow, "10.21.0.0:2055", "10.22.0.0:2055"),
			[]string{"deny a,b/allow netFlow.collectors[1] 10.22.0.0:2055"},
		},
		"a deny rule wins": {
			[]policy.Policy{{Name: "b", Deny: []policy.Rule{{Formats: []validation.Format{validation.IPFIX}}, {Destinations: prefixes("10.20.99.0/24")}}}, {Name: "a", Allow: []policy.Rule{toTeamA}}},
			mary,
			"", list(validation.NetFlow, "10.20.99.1:2055"),
			[]string{"deny b/deny[1] " + first + " 10.20.99.1:2055"},
		},
		"exempt": {
			[]policy.Policy{{Name: "a", Exempt: []policy.Subject{teamA}, Deny: []policy.Rule{{}}}},
			mary,
			"", list(validation.NetFlow, "10.20.99.1:2055"), nil,
		},
		"a service account": {
			[]policy.Policy{{Name: "a", Subjects: []policy.Subject{{Kind: policy.ServiceAccountSubject, Namespace: "flows", Name: "bot"}}, Deny: []policy.Rule{{}}}},
			flowsBot,
			"", list(validation.NetFlow, "10.20.99.1:2055"),
			[]string{"deny a/deny[0] " + first + " 10.20.99.1:2055"},
		},
		"what is stored already is not evaluated": {
			[]policy.Policy{{Name: "a", Deny: []policy.Rule{{}}}},
			mary,
			shared, `{"netFlow":{"collectors":["10.30.0.1:2055"]},"ipfix":{"collectors":["10.0.0.5:4739"]}}`, nil,
		},
		"nothing may be removed that isn't one's own": {
			[]policy.Policy{{Name: "a", Allow: []policy.Rule{toTeamA}, RemovalRestricted: true}},
			mary,
			shared, `{"ipfix":{"collectors":["10.0.0.5:4739"]}}`,
			[]string{"deny a/removal netFlow.collectors 10.30.0.1:2055"},
		},
		"required": {
			[]policy.Policy{{Name: "a", Required: []validation.Collector{sink(validation.IPFIX, "10.0.0.6:4739"), sink(validation.IPFIX, "10.0.0.5:4739")}}},
			mary,
			shared, `null`,
			[]string{"deny a/required[1] ipfix.collectors 10.0.0.5:4739"},
		},
		"required of a new object": {
			[]policy.Policy{{Name: "a", Required: []validation.Collector{sink(validation.IPFIX, "10.0.0.5:4739")}}},
			mary,
			"", list(validation.NetFlow, "10.20.0.1:2055"),
			[]string{"deny a/required[0] ipfix.collectors 10.0.0.5:4739"},
		},
		"too many": {
			[]policy.Policy{{Name: "a", MaxCollectors: &two}},
			mary,
			shared, list(validation.NetFlow, "10.20.0.1:2055", "10.30.0.1:2055", "10.40.0.1:2055"),
			[]string{"deny a/maxCollectors netFlow.collectors "},
		},
		"too many already, one exchanged": {
			[]policy.Policy{{Name: "a", MaxCollectors: new(int)}},
			mary,
			shared, list(validation.NetFlow, "10.20.0.1:2055", "10.30.0.2:2055"), nil,
		},
		"warnings and audits": {
			[]policy.Policy{
				{Name: "a", Enforcement: policy.Warn, Allow: []policy.Rule{toTeamA}},
				{Name: "b", Enforcement: policy.Audit, Deny: []policy.Rule{{}}},
			},
			mary,
			"", list(validation.NetFlow, "10.30.0.1:2055"),
			[]string{"warn a/allow " + first + " 10.30.0.1:2055", "audit b/deny[0] " + first + " 10.30.0.1:2055"},
		},
		"what a stricter policy allows needs no warning": {
			[]policy.Policy{
				{Name: "a", Enforcement: policy.Warn, Allow: []policy.Rule{toTeamA}},
				{Name: "b", Allow: []policy.Rule{{Destinations: prefixes("10.30.0.0/16")}}},
			},
			mary,
			"", list(validation.NetFlow, "10.30.0.1:2055", "10.20.0.1:2055"),
			[]string{"deny b/allow netFlow.collectors[1] 10.20.0.1:2055"},
		},
		"a policy that can't be read": {
			[]policy.Policy{{Name: "a", Fault: "spec.allow[0].zone: unknown field"}},
			mary,
			shared, list(validation.NetFlow, "10.20.0.1:2055", "10.30.0.2:2055"),
			[]string{"deny a/fault netFlow.collectors[1] 10.30.0.2:2055"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := validation.Input{Object: network(t, c.now)}
			if c.old != "" {
				in = change(network(t, c.old), network(t, c.now))
			}
			in.User, in.Policies = c.user, policy.Compile(c.policies)
			if diff := cmp.Diff(c.want, said(validation.Review(in))); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
			in.Policies = policy.Compile(c.policies, c.user.Name)
			if got := said(validation.Review(in)); got != nil {
				t.Errorf("the exempt user: %q", got)
			}
		})
	}
}

// TestRules tries every combination of a rule's fields.
func TestRules(t *testing.T) {
	formats := map[string][]validation.Format{"": nil, "NetFlow": {validation.NetFlow}, "IPFIX,sFlow": {validation.IPFIX, validation.SFlow}}
	destinations := map[string][]netip.Prefix{
		"": nil, "v4": prefixes("10.20.0.0/16"), "nested": prefixes("10.0.0.0/8", "10.20.0.0/16", "10.20.5.0/24"), "host": prefixes("10.20.5.7/32"),
		"v6": prefixes("2001:db8::/32"), "all": prefixes("0.0.0.0/0", "::/0"), "all v4": prefixes("0.0.0.0/0"),
	}
	ports := map[string][]policy.PortRange{"": nil, "one": {{First: 2055, Last: 2055}}, "range": {{First: 1, Last: 9}, {First: 2000, Last: 3000}}}
	var sinks []validation.Collector
	for _, f := range validation.Formats() {
		for _, a := range []string{"10.20.5.7", "10.19.255.255", "10.20.0.0", "10.20.255.255", "10.21.0.0", "2001:db8:ffff::1", "2001:db9::"} {
			for _, port := range []uint16{1, 2055, 2056, 65535} {
				sinks = append(sinks, validation.Collector{Format: f, Addr: netip.AddrPortFrom(netip.MustParseAddr(a), port)})
			}
		}
	}
	matches := func(r policy.Rule, s validation.Collector) bool {
		format, address, port := len(r.Formats) == 0, len(r.Destinations) == 0, len(r.Ports) == 0
		for _, f := range r.Formats {
			format = format || f == s.Format
		}
		for _, d := range r.Destinations {
			address = address || d.Contains(s.Addr.Addr())
		}
		for _, p := range r.Ports {
			port = port || p.First <= s.Addr.Port() && s.Addr.Port() <= p.Last
		}
		return format && address && port
	}
	for fn, f := range formats {
		for dn, d := range destinations {
			for pn, p := range ports {
				rule := policy.Rule{Formats: f, Destinations: d, Ports: p}
				allow := policy.Compile([]policy.Policy{{Name: "p", Allow: []policy.Rule{rule}}})
				deny := policy.Compile([]policy.Policy{{Name: "p", Deny: []policy.Rule{rule}}})
				for _, s := range sinks {
					change := validation.Change{Added: []validation.Collector{{Format: s.Format, Addr: s.Addr}}}
					want := matches(rule, s)
					if got := len(allow.Evaluate(mary, change).Denied) == 0; got != want {
						t.Errorf("allow %q %q %q: %s is allowed: %t", fn, dn, pn, s, got)
					}
					if got := len(deny.Evaluate(mary, change).Denied) > 0; got != want {
						t.Errorf("deny %q %q %q: %s is denied: %t", fn, dn, pn, s, got)
					}
				}
			}
		}
	}
}

func TestTheNodesOwnAddressIsOnlyInEveryNetwork(t *testing.T) {
	config := flowsConfig(t, `{"nodePort":"2055"}`)
	for name, c := range map[string]struct {
		rule policy.Rule
		want bool
	}{
		"no destinations":  {policy.Rule{Ports: []policy.PortRange{{First: 2055, Last: 2055}}}, true},
		"another port":     {policy.Rule{Ports: []policy.PortRange{{First: 1, Last: 1}}}, false},
		"every network":    {policy.Rule{Destinations: prefixes("::/0", "0.0.0.0/0")}, true},
		"some network":     {policy.Rule{Destinations: prefixes("10.0.0.0/8")}, false},
		"one family alone": {policy.Rule{Destinations: prefixes("0.0.0.0/0")}, false},
	} {
		for _, deny := range []bool{false, true} {
			p := policy.Policy{Name: "p"}
			if deny {
				p.Deny = []policy.Rule{c.rule}
			} else {
				p.Allow = []policy.Rule{c.rule}
			}
			v := validation.Review(validation.Input{Object: config, User: mary, Policies: policy.Compile([]policy.Policy{p})})
			if refused := len(v.Denials) > 0; refused != (deny == c.want) {
				t.Errorf("%s, deny %t: denials %v", name, deny, v.Denials)
			}
		}
	}
}

func TestADenialSaysWhatIsAllowed(t *testing.T) {
	policies := policy.Compile([]policy.Policy{{
		Name: "team-a", RemovalRestricted: true, MaxCollectors: new(int),
		Allow: []policy.Rule{{
			Formats: []validation.Format{validation.NetFlow, validation.IPFIX}, Destinations: prefixes("10.20.0.0/16"),
			Ports: []policy.PortRange{{First: 2055, Last: 2056}, {First: 4739, Last: 4739}},
		}},
		Deny: []policy.Rule{{Destinations: prefixes("10.20.99.0/24")}},
	}})
	in := change(network(t, list(validation.SFlow, "10.30.0.1:6343")), network(t, list(validation.NetFlow, "10.20.99.1:2055", "10.30.0.1:2055")))
	in.User, in.Policies = mary, policies
	var got []string
	v := validation.Review(in)
	for _, d := range v.Denials {
		got = append(got, d.Line())
	}
	if want := "NetFlow and IPFIX to 10.20.0.0/16, ports 2055-2056 and 4739"; v.Allowed != want || v.AllowedWarned != "" {
		t.Errorf("allowed: %q, and warned about: %q", v.Allowed, v.AllowedWarned)
	}
	want := []string{
		`netFlow.collectors[0]: "10.20.99.1:2055": "mary" may not send NetFlow there: the policy denies every format to 10.20.99.0/24 [policy team-a/deny[0]]`,
		`netFlow.collectors[1]: "10.30.0.1:2055": "mary" may not send NetFlow there: no allow rule matches [policy team-a/allow]`,
		`netFlow.collectors: would have 2 NetFlow collectors; the policy allows at most 0; add 2 fewer [policy team-a/maxCollectors]`,
		`sFlow.collectors: "10.30.0.1:6343": "mary" may not remove this sFlow collector: no allow rule matches it; add it back [policy team-a/removal]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("denials (-want +got):\n%s", diff)
	}
}

// What is allowed helps only where another address is the way out.
func TestADenialThatNoAddressCuresDoesNotSayWhatIsAllowed(t *testing.T) {
	policies := policy.Compile([]policy.Policy{
		{Name: "few", MaxCollectors: new(int), Allow: []policy.Rule{{}}},
		{Name: "siem", Required: []validation.Collector{{Format: validation.IPFIX, Addr: netip.MustParseAddrPort("10.0.0.5:4739")}}},
	})
	in := change(network(t, list(validation.IPFIX, "10.0.0.5:4739")), network(t, list(validation.NetFlow, "10.30.0.1:2055")))
	in.User, in.Policies = mary, policies
	if v := validation.Review(in); len(v.Denials) != 2 || v.Allowed != "" {
		t.Errorf("%d denials, allowed: %q", len(v.Denials), v.Allowed)
	}
}
