package vap_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sluice/validation"
	"sluice/validation/policy"
	"sluice/validation/vap"
)

// The compiled policies don't see FlowCollectors, and a Network has no host names. So a rule that
// lists host names only must match nothing there: left out, the list would match every address.
func TestARuleWithHostNamesOnlyMatchesNoAddress(t *testing.T) {
	hosts := []policy.Rule{{Hosts: []string{"*.example.com"}}}
	text := func(p policy.Policy) string {
		out, err := vap.Compile(vap.Input{Policies: []policy.Policy{p}})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(out.Differences, "\n"), "FlowCollectors of NetObserv are not evaluated") {
			t.Errorf("not told: %v", out.Differences)
		}
		encoded, err := json.Marshal(out.Policies)
		if err != nil {
			t.Fatal(err)
		}
		return string(encoded)
	}
	for name, p := range map[string]policy.Policy{
		"allow":   {Name: "p", Allow: hosts},
		"deny":    {Name: "p", Deny: hosts},
		"removal": {Name: "p", Allow: hosts, RemovalRestricted: true},
	} {
		if got := text(p); strings.Contains(got, "(true)") || !strings.Contains(got, "(false)") {
			t.Errorf("%s: the rule matches: %s", name, got)
		}
	}
	both := policy.Rule{Hosts: []string{"loki"}, Ports: []policy.PortRange{{First: 1, Last: 1}}, Formats: []validation.Format{validation.Kafka}}
	if got := text(policy.Policy{Name: "p", Allow: []policy.Rule{both}}); !strings.Contains(got, " false)") {
		t.Errorf("the rule matches: %s", got)
	}
}
