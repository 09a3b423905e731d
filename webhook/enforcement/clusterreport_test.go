package enforcement

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	openreports "github.com/openreports/reports-api/apis/openreports.io/v1alpha1"

	"sluice/api/v1alpha1"
	"sluice/validation/policy"
)

func TestClusterReportListsViolationsAndCompliantPolicies(t *testing.T) {
	audited := func(s State, violations []v1alpha1.PolicyViolation) auditedPolicy {
		return auditedPolicy{s, newStatus(s, &v1alpha1.FlowExportPolicyStatus{}, violations, nil, monday)}
	}
	inConfig := violation("10.0.0.9:4739")
	inConfig.Resource = flowsConfigResource
	report := clusterReport([]auditedPolicy{
		audited(State{Name: "clean", Generation: 1, InForce: 1}, nil),
		audited(State{Name: "broken", Generation: 2, Err: errors.New("spec: nonsense")}, nil),
		audited(State{Name: "rehearsal", Generation: 1, InForce: 1, Enforcement: policy.Warn}, []v1alpha1.PolicyViolation{inConfig}),
		audited(State{Name: "violated", Generation: 1, InForce: 1}, violations(maxViolations+1)),
	})
	if diff := cmp.Diff(openreports.ReportSummary{Pass: 1, Fail: maxViolations + 1, Warn: 1, Error: 1}, report.Summary); diff != "" {
		t.Errorf("summary (-want +got)\n%s", diff)
	}
	if n := len(report.Results); n != 3+maxViolations {
		t.Fatalf("%d results", n)
	}
	type line struct{ Policy, Rule, Result, Message, Kind, Value string }
	var got []line
	for _, r := range report.Results[:4] {
		l := line{r.Policy, r.Rule, string(r.Result), r.Description, "", r.Properties["value"]}
		if len(r.Subjects) > 0 {
			l.Kind = r.Subjects[0].Kind
		}
		if r.Timestamp.Seconds != monday.Unix() {
			t.Errorf("%s: %d", r.Policy, r.Timestamp.Seconds)
		}
		got = append(got, l)
	}
	want := []line{
		{"broken", "", "error", "spec: nonsense", "", ""},
		{"clean", "", "pass", "the stored collectors comply with the policy", "", ""},
		{"rehearsal", "deny[0]", "warn", "the policy denies it", "ConfigMap", "10.0.0.9:4739"},
		{"violated", "deny[0]", "fail", "the policy denies it", "Network", "10.0.0.0:2055"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
