package policy_test

import (
	"slices"
	"strings"
	"testing"

	"sluice/validation/policy"
)

// An empty value of a template is null. Where a list is null, its absence would mean any.
func TestNullIsNotAbsent(t *testing.T) {
	for spec, want := range map[string]string{
		"{allow: [{formats: [IPFIX], destinations: }]}":     "spec.allow[0].destinations: is null",
		"{allow: [{destinations: [10.0.0.0/8], ports: ~}]}": "spec.allow[0].ports: is null",
		"{deny: [{}], subjects: null}":                      "spec.subjects: is null",
		"{deny: [{}], exempt: null}":                        "spec.exempt: is null",
		"{deny: [{}], maxCollectors: null}":                 "spec.maxCollectors: is null",
		"{deny: [{}], sampling: {min: 1, max: null}}":       "spec.sampling.max: is null",
		"{deny: [null]}":                                    "spec.deny[0]: is null",
		"{allow: [{destinations: [null]}]}":                 "spec.allow[0].destinations[0]: is null",
		"{deny: [{}], removal: null}":                       "spec.removal: is null",
	} {
		_, err := policy.Read("p.yaml", []byte("{apiVersion: sluice.dev/v1alpha1, kind: FlowExportPolicy, metadata: {name: p}, spec: "+spec+"}"))
		if err == nil || !strings.Contains(err.Error(), want+"; write a value, or remove the field") {
			t.Errorf("%s: %v", spec, err)
		}
	}
}

// While a policy is invalid, it closes for everyone but its own exempt users.
func TestAnInvalidPolicyKeepsItsExemptUsers(t *testing.T) {
	security := policy.Subject{Kind: policy.GroupSubject, Name: "security"}
	for spec, want := range map[string][]policy.Subject{
		`{"exempt":[{"kind":"Group","name":"security"}],"allow":[{"destinations":["10.20.0.1/16"]}]}`: {security},
		`{"exempt":[{"kind":"Group","name":"security"}],"hosts":["a"]}`:                               {security},
		`{"exempt":[{"kind":"Group","name":"security"}],"deny":{}}`:                                   {security},
		`{"exempt":[{"kind":"Group","name":"security"}],"deny":null}`:                                 {security},
		`{"exempt":[{"kind":"Group","name":"security"},{"kind":"Role","name":"a"}],"deny":{}}`:        nil,
		`{"exempt":[{"kind":"Group","name":"security","until":"2027"}],"deny":{}}`:                    nil,
		`{"exempt":[{"kind":"Group","name":" security"}],"deny":{}}`:                                  nil,
		`{"exempt":{"kind":"Group","name":"security"},"deny":[{}]}`:                                   nil,
		`{"exempt":null,"deny":[{"ports":["0"]}]}`:                                                    nil,
		`[]`: nil,
	} {
		p, err := policy.FromJSON([]byte(`{"apiVersion":"sluice.dev/v1alpha1","kind":"FlowExportPolicy","metadata":{"name":"a"},"spec":` + spec + `}`))
		if err == nil || !slices.Equal(p.Exempt, want) || len(p.Subjects) > 0 {
			t.Errorf("%s: %+v, %v", spec, p, err)
		}
	}
}
