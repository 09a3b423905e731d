package vap_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/validation"
	"sluice/validation/policy"
	"sluice/validation/vap"
)

// That the expressions mean what the webhook does is for test/compiled to show, on a real
// API server.

func names(t *testing.T, in vap.Input) []string {
	t.Helper()
	out, err := vap.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for i, p := range out.Policies {
		b := out.Bindings[i]
		if b.Spec.PolicyName != p.Name {
			t.Errorf("%s is bound as %s", p.Name, b.Spec.PolicyName)
		}
		list = append(list, p.Name+" "+string(b.Spec.ValidationActions[0]))
	}
	return list
}

func TestEachEnforcementHasABindingOfItsOwn(t *testing.T) {
	denyAll := []policy.Rule{{}}
	for name, c := range map[string]struct {
		policies []policy.Policy
		want     []string
	}{
		"no policies": {nil, []string{"sluice-networks Deny", "sluice-flows-config Deny", "sluice-flowexports Deny"}},
		"one of each": {
			[]policy.Policy{
				{Name: "a", Deny: denyAll},
				{Name: "b", Enforcement: policy.Warn, Deny: denyAll},
				{Name: "c", Enforcement: policy.Audit, Deny: denyAll},
			},
			[]string{
				"sluice-networks Deny", "sluice-networks-warn Warn", "sluice-networks-audit Audit",
				"sluice-flows-config Deny", "sluice-flows-config-warn Warn", "sluice-flows-config-audit Audit", "sluice-flowexports Deny",
			},
		},
		"required is for Networks and profiles": {
			[]policy.Policy{{Name: "a", Enforcement: policy.Warn, Required: []validation.Collector{{Addr: netip.MustParseAddrPort("10.0.0.1:1")}}}},
			[]string{"sluice-networks Deny", "sluice-networks-warn Warn", "sluice-flows-config Deny", "sluice-profiles-warn Warn", "sluice-flowexports Deny"},
		},
		"bounds are for the ConfigMap and profiles": {
			[]policy.Policy{{Name: "a", Enforcement: policy.Audit, Bounds: policy.Bounds{validation.Sampling: {Min: 1, Max: 100, HasMax: true}}}},
			[]string{"sluice-networks Deny", "sluice-flows-config Deny", "sluice-flows-config-audit Audit", "sluice-profiles-audit Audit", "sluice-flowexports Deny"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, names(t, vap.Input{Policies: c.policies})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Who applies the output again and again, as GitOps does, must get the same.
func TestCompilingTwiceGivesTheSame(t *testing.T) {
	in := vap.Input{Policies: []policy.Policy{{
		Name: "a", Required: []validation.Collector{{Addr: netip.MustParseAddrPort("10.0.0.1:1")}},
		Bounds: policy.Bounds{{Min: 1, Max: 2}, {Min: 3, Max: 4}, {Min: 5, Max: 6}},
	}}}
	first, err := vap.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, err := vap.Compile(in); err != nil || !cmp.Equal(first, again) {
			t.Fatalf("%v\n%s", err, cmp.Diff(first, again))
		}
	}
}

func TestWhatCanNotBeCompiled(t *testing.T) {
	networks := func(n int) (list []netip.Prefix) {
		for i := range n {
			list = append(list, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32))
		}
		return list
	}
	rules := func(n int) (list []policy.Rule) {
		for i := range n {
			list = append(list, policy.Rule{Ports: []policy.PortRange{{First: uint16(i + 1), Last: uint16(i + 2)}}})
		}
		return list
	}
	for name, c := range map[string]struct {
		policy policy.Policy
		want   string
	}{
		"a policy that can't be read": {policy.Policy{Name: "a", Fault: "spec: nonsense"}, "policy a is invalid: spec: nonsense"},
		"too many networks":           {policy.Policy{Name: "a", Deny: []policy.Rule{{Destinations: networks(80_000)}}}, "more than the API server stores"},
		"too many rules":              {policy.Policy{Name: "a", Allow: rules(4000)}, "CEL takes 100000; compile fewer policies or rules"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := vap.Compile(vap.Input{Policies: []policy.Policy{c.policy}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
	out, err := vap.Compile(vap.Input{Policies: []policy.Policy{{Name: "a", Allow: []policy.Rule{{Destinations: networks(vap.MaxNetworks + 1)}}}}})
	if err != nil || !strings.Contains(strings.Join(out.Differences, "\n"), "exceeds the API server's limit for CEL") {
		t.Errorf("what may cost too much is not told: %v", err)
	}
}
