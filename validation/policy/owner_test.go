package policy_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/validation"
	"sluice/validation/policy"
)

// TestOwnersOfWhatPoliciesProtect changes only the owner references of the Network.
func TestOwnersOfWhatPoliciesProtect(t *testing.T) {
	const (
		one   = `{"apiVersion":"v1","kind":"Namespace","name":"gone","uid":"1"}`
		other = `{"apiVersion":"v1","kind":"Namespace","name":"gone","uid":"2"}`
		flows = `{"netFlow":{"collectors":["10.20.0.1:2055","10.30.0.1:2055"]},"ipfix":{"collectors":["10.0.0.5:4739"]}}`
	)
	policies := []policy.Policy{
		{Name: "siem", Required: []validation.Collector{sink(validation.IPFIX, "10.0.0.5:4739")}},
		{Name: "team-a", Subjects: []policy.Subject{teamA}, Allow: []policy.Rule{toTeamA}, RemovalRestricted: true},
	}
	object := func(flows, owners string) validation.Object {
		var content map[string]any
		if err := json.Unmarshal([]byte(`{"metadata":{"name":"cluster","ownerReferences":[`+owners+`]},"spec":{"exportNetworkFlows":`+flows+`}}`), &content); err != nil {
			t.Fatal(err)
		}
		o, err := validation.FromMap(validation.Network, content)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	all := []string{
		`deny siem/required metadata.ownerReferences `,
		`deny team-a/removal metadata.ownerReferences `,
	}
	for name, c := range map[string]struct {
		old, now string
		created  bool
		want     []string
	}{
		"the first reference":    {"", one, false, all},
		"another reference":      {one, one + "," + other, false, all},
		"a changed reference":    {one, other, false, all},
		"the same references":    {one + "," + other, other + "," + one, false, nil},
		"one reference less":     {one + "," + other, one, false, nil},
		"a new object":           {"", one, true, append([]string{`deny team-a/allow netFlow.collectors[1] 10.30.0.1:2055`, `deny team-a/allow ipfix.collectors[0] 10.0.0.5:4739`}, all...)},
		"a new object, no owner": {"", "", true, []string{`deny team-a/allow netFlow.collectors[1] 10.30.0.1:2055`, `deny team-a/allow ipfix.collectors[0] 10.0.0.5:4739`}},
	} {
		t.Run(name, func(t *testing.T) {
			in := validation.Input{Operation: validation.Update, Object: object(flows, c.now), User: mary, Policies: policy.Compile(policies)}
			if c.created {
				in.Operation = validation.Create
			} else {
				old := object(flows, c.old)
				in.Old = &old
			}
			if diff := cmp.Diff(c.want, said(validation.Review(in))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
