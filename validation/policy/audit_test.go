package policy_test

import (
	"testing"

	"sluice/validation"
	"sluice/validation/policy"
)

func TestAudit(t *testing.T) {
	security := []policy.Subject{{Kind: policy.GroupSubject, Name: "security"}}
	sampling := policy.Bounds{validation.Sampling: bound(1, 100)}
	unmanaged := func(t testing.TB, flows string) validation.Object {
		t.Helper()
		o := network(t, flows)
		o.ManagementState = validation.Value{Kind: validation.String, Text: "Unmanaged"}
		return o
	}
	one := 1
	const stored = `{"netFlow":{"collectors":["10.20.0.1:2055","10.30.0.1:2055"]},"ipfix":{"collectors":["10.0.0.5:4739"]}}`
	for name, c := range map[string]struct {
		policy policy.Policy
		object validation.Object
		want   string
	}{
		"a rule for everyone":            {policy.Policy{Deny: []policy.Rule{toTeamA}}, network(t, stored), "deny[0] spec.exportNetworkFlows.netFlow.collectors[0] 10.20.0.1:2055"},
		"a rule for some":                {policy.Policy{Subjects: security, Deny: []policy.Rule{{}}}, network(t, stored), ""},
		"all but those who are exempt":   {policy.Policy{Exempt: security, Deny: []policy.Rule{{}}}, network(t, stored), ""},
		"exempt, and a limit":            {policy.Policy{Exempt: security, MaxCollectors: &one}, network(t, stored), ""},
		"a limit":                        {policy.Policy{MaxCollectors: &one}, network(t, stored), "maxCollectors spec.exportNetworkFlows.netFlow.collectors"},
		"exempt, and required":           {policy.Policy{Exempt: security, Required: []validation.Collector{sink(validation.IPFIX, "10.0.0.6:4739")}}, network(t, stored), "required[0] spec.exportNetworkFlows.ipfix.collectors 10.0.0.6:4739"},
		"exempt, and starved":            {policy.Policy{Exempt: security, Required: []validation.Collector{sink(validation.IPFIX, "10.0.0.5:4739")}}, unmanaged(t, stored), "required[0] spec.managementState Unmanaged"},
		"a sampling outside":             {policy.Policy{Bounds: sampling}, flowsConfig(t, `{"nodePort":"1","sampling":"5000"}`), "sampling data.sampling 5000"},
		"a sampling outside, but exempt": {policy.Policy{Exempt: security, Bounds: sampling}, flowsConfig(t, `{"nodePort":"1","sampling":"5000"}`), ""},
		"a sampling inside":              {policy.Policy{Bounds: sampling}, flowsConfig(t, `{"nodePort":"1","sampling":"50"}`), ""},
		"a default":                      {policy.Policy{Bounds: sampling}, flowsConfig(t, `{"nodePort":"1"}`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.policy.Name = "p"
			found := policy.Compile([]policy.Policy{c.policy}).Audit(validation.Stored(c.object, validation.Options{}))
			if got := told(found["p"]); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
