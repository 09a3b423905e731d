package status_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/status"
)

// policyNamed is a policy with which all is well, except for some conditions: type, status, reason and message.
func policyNamed(name string, conditions ...[4]string) v1alpha1.FlowExportPolicy {
	p := v1alpha1.FlowExportPolicy{ObjectMeta: metav1.ObjectMeta{Name: name, Generation: 2}, Status: &v1alpha1.FlowExportPolicyStatus{}}
	for _, c := range append([][4]string{{"Ready", "True", "InForce", ""}, {"Compliant", "True", "NoViolations", ""}, {"Enforced", "True", "Registered", ""}, {"RemovalEnforced", "True", "InAPIServer", ""}}, conditions...) {
		condition := metav1.Condition{Type: c[0], Status: metav1.ConditionStatus(c[1]), Reason: c[2], Message: c[3], ObservedGeneration: 2, LastTransitionTime: metav1.NewTime(noon.Add(-5 * time.Minute))}
		kept := p.Status.Conditions[:0]
		for _, old := range p.Status.Conditions {
			if old.Type != c[0] {
				kept = append(kept, old)
			}
		}
		p.Status.Conditions = append(kept, condition)
	}
	return p
}

func policyStates() map[string]status.Policies {
	fresh := policyNamed("new")
	fresh.Generation = 3
	violated := policyNamed("team-a", [4]string{"Compliant", "False", "Violations", "2"})
	violated.Status.ViolationCount = 2
	violated.Status.Violations = []v1alpha1.PolicyViolation{{Resource: "networks.operator.openshift.io/cluster", Rule: "allow", Message: `"192.0.2.9:2055": no allow rule matches`}}
	violated.Spec.Subjects = []v1alpha1.PolicySubject{{Kind: "Group", Name: "team-a"}}
	violated.Spec.Exempt = []v1alpha1.PolicySubject{{Kind: "ServiceAccount", Namespace: "ops", Name: "gitops"}}
	many := status.Policies{}
	for i := range 60 {
		many.Items = append(many.Items, policyNamed(fmt.Sprintf("p-%02d", i), [4]string{"Enforced", "False", "NotRegistered", "the API server does not call the webhook"}))
		many.Denials = append(many.Denials, status.Denial{Policy: fmt.Sprintf("p-%02d", i), Time: noon.Add(-time.Minute), Count: 2, Message: `Denied "mary" changing networks/cluster: may not add NetFlow 10.30.0.1:2055`})
	}
	return map[string]status.Policies{
		"none":          {},
		"ok":            {Items: []v1alpha1.FlowExportPolicy{policyNamed("team-b"), policyNamed("team-a")}},
		"invalid":       {Items: []v1alpha1.FlowExportPolicy{policyNamed("ok"), policyNamed("bad", [4]string{"Ready", "False", "Unreadable", "spec.allow[0]: nonsense"}, [4]string{"Enforced", "False", "NotRegistered", "m"})}},
		"rolling":       {Items: []v1alpha1.FlowExportPolicy{policyNamed("a", [4]string{"Ready", "False", "NotEverywhere", "1 of 2 replicas has it in force"})}},
		"not-evaluated": {Items: []v1alpha1.FlowExportPolicy{fresh, {ObjectMeta: metav1.ObjectMeta{Name: "newer", Generation: 3}}}},
		"violated": {Items: []v1alpha1.FlowExportPolicy{violated, policyNamed("b")}, Denials: []status.Denial{
			{Policy: "team-a", Time: noon.Add(-3 * time.Minute), Count: 4, Message: `Denied "mary" changing networks/cluster: may not add NetFlow 10.30.0.1:2055 (no allow rule matches)`},
		}},
		"removal":   {Items: []v1alpha1.FlowExportPolicy{policyNamed("a", [4]string{"RemovalEnforced", "False", "NotStored", "the admission policy could not be stored"})}},
		"no-events": {Items: []v1alpha1.FlowExportPolicy{policyNamed("a")}, DenialsUnknown: "events is forbidden"},
		"many":      many,
	}
}

// TestEveryStateOfPolicies compares what is printed about each state, on a narrow and on a wide terminal.
func TestEveryStateOfPolicies(t *testing.T) {
	for name, p := range policyStates() {
		for _, width := range []int{80, 200} {
			var b bytes.Buffer
			if err := east(status.View{Width: width}).WritePolicies(&b, p); err != nil {
				t.Fatal(err)
			}
			golden(t, fmt.Sprintf("%d/policies-%s", width, name), b.String())
			for line := range strings.Lines(b.String()) {
				if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
					t.Errorf("%s: %d characters: %s", name, n, line)
				}
			}
		}
	}
}

func TestOnlySomePolicies(t *testing.T) {
	p, missing := policyStates()["violated"].Only([]string{"b", "nowhere"})
	if len(p.Items) != 1 || len(p.Denials) != 0 || len(missing) != 1 || missing[0] != "nowhere" {
		t.Errorf("%+v, missing %v", p, missing)
	}
	if s := p.Summarize(); s.InForce != 1 || len(s.Problems) != 0 {
		t.Errorf("%+v", s)
	}
}

// TestWatchedPoliciesFitTheTerminal: whatever the size, no more is written than there is room for, and the verdict is there.
func TestWatchedPoliciesFitTheTerminal(t *testing.T) {
	old := noon.Add(-time.Minute)
	for name, p := range policyStates() {
		for _, size := range [][2]int{{80, 24}, {80, 10}, {40, 8}, {20, 3}, {200, 60}} {
			for _, since := range []*time.Time{nil, &old} {
				p.Old = since
				var b bytes.Buffer
				v := east(status.View{Width: size[0], Height: size[1], Watched: true, Changed: noon.Add(-time.Hour)})
				if err := v.WritePolicies(&b, p); err != nil {
					t.Fatal(err)
				}
				if lines := strings.Count(b.String(), "\n"); lines >= size[1] {
					t.Errorf("%s: %d lines on a terminal with %d:\n%s", name, lines, size[1], b.String())
				}
				if since == nil && size[1] == 10 {
					golden(t, "views/policies-watched-"+name, b.String())
				}
				if since != nil && size[1] == 24 && !strings.Contains(b.String(), "The API server has not answered since") {
					t.Errorf("%s: old policies look current:\n%s", name, b.String())
				}
			}
		}
	}
}

// TestWhatChangesInALog compares two readings of policies as a log without a terminal shows them.
func TestWhatChangesInALog(t *testing.T) {
	states := policyStates()
	old := noon
	cut := states["ok"]
	cut.Old = &old
	for name, c := range map[string]struct {
		before, after status.Policies
		want          []string
	}{
		"nothing":          {states["violated"], states["violated"], nil},
		"new":              {states["none"], states["ok"], []string{"team-b   Deny   yes   0   0   everyone   -", "team-a   Deny   yes   0   0   everyone   -"}},
		"gone":             {states["ok"], states["none"], []string{"team-b   deleted", "team-a   deleted"}},
		"a problem":        {status.Policies{Items: []v1alpha1.FlowExportPolicy{policyNamed("a")}}, states["rolling"], []string{"a   Deny   no   0   0   everyone   -", "  NotEverywhere: 1 of 2 replicas has it in force"}},
		"a denial":         {status.Policies{Items: states["violated"].Items}, states["violated"], []string{"team-a   Deny   yes   2   4   team-a   ops/gitops", "  Violations: ", "denied by team-a (4 times): Denied \"mary\""}},
		"no Events":        {status.Policies{Items: states["no-events"].Items}, states["no-events"], []string{"a   Deny   yes   0   ?   everyone   -", "It is unknown who was denied lately: events is forbidden"}},
		"no API server":    {states["ok"], cut, []string{"The API server has not answered since"}},
		"the server again": {cut, states["ok"], []string{"The API server answers again."}},
	} {
		got := c.after.Changes(c.before)
		if len(got) != len(c.want) {
			t.Errorf("%s: %q", name, got)
			continue
		}
		for i, line := range got {
			if !strings.Contains(line, c.want[i]) {
				t.Errorf("%s: %q, not %q", name, line, c.want[i])
			}
		}
	}
}
