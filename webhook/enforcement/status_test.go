package enforcement

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/api/v1alpha1"
)

var (
	monday  = metav1.NewTime(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	tuesday = metav1.NewTime(monday.Add(24 * time.Hour))
)

func violation(value string) v1alpha1.PolicyViolation {
	return v1alpha1.PolicyViolation{Resource: networkResource, Rule: "deny[0]", Field: "spec.exportNetworkFlows.netFlow.collectors[0]", Value: value, Message: "the policy denies it"}
}

func violations(n int) []v1alpha1.PolicyViolation {
	var list []v1alpha1.PolicyViolation
	for i := range n {
		list = append(list, violation(fmt.Sprintf("10.0.0.%d:2055", i)))
	}
	return list
}

func TestConditions(t *testing.T) {
	for name, c := range map[string]struct {
		state      State
		violations int
		want       []metav1.Condition
	}{
		"in force and compliant": {
			State{Generation: 3, InForce: 3},
			0,
			[]metav1.Condition{
				{Type: "Ready", Status: "True", Reason: "InForce", Message: "the policy is in force"},
				{Type: "Compliant", Status: "True", Reason: "NoViolations", Message: "the stored collectors comply with the policy"},
			},
		},
		"one violation": {
			State{Generation: 3, InForce: 3},
			1,
			[]metav1.Condition{
				{Type: "Ready", Status: "True", Reason: "InForce", Message: "the policy is in force"},
				{Type: "Compliant", Status: "False", Reason: "Violations", Message: "1 violation; see status.violations"},
			},
		},
		"an older generation is in force": {
			State{Generation: 3, InForce: 1, Err: errors.New("spec: nonsense")},
			2,
			[]metav1.Condition{
				{Type: "Ready", Status: "False", Reason: "Unreadable", Message: "generation 3 is not in force: spec: nonsense; generation 1 stays in force"},
				{Type: "Compliant", Status: "False", Reason: "Violations", Message: "2 violations; see status.violations"},
			},
		},
		"no generation was ever in force": {
			State{Generation: 3, Err: errors.New("spec: nonsense")},
			0,
			[]metav1.Condition{
				{Type: "Ready", Status: "False", Reason: "Unreadable", Message: "generation 3 is not in force: spec: nonsense; no collector can be added until the policy is fixed"},
				{Type: "Compliant", Status: "Unknown", Reason: "Unreadable", Message: "no valid generation of the policy is in force, so the stored collectors are not compared with it"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range c.want {
				c.want[i].ObservedGeneration, c.want[i].LastTransitionTime = 3, monday
			}
			got := newStatus(c.state, &v1alpha1.FlowExportPolicyStatus{}, violations(c.violations), nil, monday)
			if diff := cmp.Diff(c.want, got.Conditions); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if got.ObservedGeneration != 3 || int(got.ViolationCount) != c.violations {
				t.Errorf("generation %d, %d violations", got.ObservedGeneration, got.ViolationCount)
			}
		})
	}
}

func TestEnforcedSaysWhetherChangesCanPassUnreviewed(t *testing.T) {
	for name, c := range map[string]struct {
		registration Registration
		want         []metav1.Condition
	}{
		"unknown": {Registration{}, nil},
		"registered": {Registration{Known: true}, []metav1.Condition{
			{Type: "Enforced", Status: "True", Reason: "Registered", Message: "the webhook configurations match the installed manifests"},
		}},
		"missing": {Registration{Known: true, Problem: "ValidatingWebhookConfiguration sluice is missing"}, []metav1.Condition{
			{Type: "Enforced", Status: "False", Reason: "NotRegistered", Message: "changes may pass without a check, because a webhook configuration is missing or changed: ValidatingWebhookConfiguration sluice is missing"},
		}},
	} {
		if diff := cmp.Diff(c.want, c.registration.enforced()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// The schema of the CRD can't express these rules, so the API server stores such policies.
func TestConditionReportsInvalidPoliciesThatTheSchemaAccepts(t *testing.T) {
	for bad, want := range map[string]string{
		"host bits":     `spec.allow[0].destinations[0]: "10.20.0.1/16" names an address, not a network; write 10.20.0.0/16`,
		"not canonical": `spec.required[0].collector: "[2001:0db8::1]:4739" is not a collector in canonical form`,
	} {
		s := newCompiler(nil).compile([]*unstructured.Unstructured{stored(t, "a", "1", 1, badSpecs[bad])})
		got := newStatus(s.States[0], &v1alpha1.FlowExportPolicyStatus{}, nil, nil, monday).Conditions[0]
		if got.Type != v1alpha1.ConditionReady || got.Status != metav1.ConditionFalse || !strings.Contains(got.Message, want) {
			t.Errorf("%s: %+v", bad, got)
		}
	}
}

func TestViolationKeepsTheTimeWhenItWasFirstSeen(t *testing.T) {
	state := State{Generation: 1, InForce: 1}
	before := newStatus(state, &v1alpha1.FlowExportPolicyStatus{}, violations(2), nil, monday)
	moved := violation("10.0.0.1:2055")
	moved.Field, moved.Message = "spec.exportNetworkFlows.netFlow.collectors[7]", "another message"
	otherRule, otherResource := violation("10.0.0.1:2055"), violation("10.0.0.1:2055")
	otherRule.Rule, otherResource.Resource = "deny[1]", flowsConfigResource
	after := newStatus(state, before, []v1alpha1.PolicyViolation{moved, otherRule, otherResource, violation("10.0.0.2:2055")}, nil, tuesday)
	var since []metav1.Time
	for _, v := range after.Violations {
		since = append(since, v.Since)
	}
	if diff := cmp.Diff([]metav1.Time{monday, tuesday, tuesday, tuesday}, since); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := after.Violations[0]; got.Field != moved.Field || got.Message != moved.Message {
		t.Errorf("the violation moved, but the status has %+v", got)
	}
	// A violation that ends and returns gets a new time.
	gone := newStatus(state, after, nil, nil, tuesday)
	if back := newStatus(state, gone, violations(1), nil, tuesday); back.Violations[0].Since != tuesday {
		t.Errorf("since %s", back.Violations[0].Since)
	}
}

func TestStatusListsFiftyViolationsAndCountsAll(t *testing.T) {
	for n, want := range map[int]int{0: 0, 50: 50, 51: 50, 300: 50} {
		s := newStatus(State{}, &v1alpha1.FlowExportPolicyStatus{}, violations(n), nil, monday)
		if len(s.Violations) != want || int(s.ViolationCount) != n {
			t.Errorf("of %d violations %d are listed and %d counted", n, len(s.Violations), s.ViolationCount)
		}
	}
}

func TestTransitionTimeChangesWithTheStatusOnly(t *testing.T) {
	times := func(s *v1alpha1.FlowExportPolicyStatus) (ready, compliant metav1.Time) {
		return s.Conditions[0].LastTransitionTime, s.Conditions[1].LastTransitionTime
	}
	good, bad := State{Generation: 1, InForce: 1}, State{Generation: 2, InForce: 1, Err: errors.New("spec: nonsense")}
	before := newStatus(good, &v1alpha1.FlowExportPolicyStatus{}, violations(1), nil, monday)
	same := newStatus(State{Generation: 2, InForce: 2}, before, violations(2), nil, tuesday)
	if r, c := times(same); r != monday || c != monday {
		t.Errorf("only the generation and a message changed: Ready %s, Compliant %s", r, c)
	}
	if got := same.Conditions[1]; got.Message != "2 violations; see status.violations" || got.ObservedGeneration != 2 {
		t.Errorf("Compliant says %q of generation %d", got.Message, got.ObservedGeneration)
	}
	if r, c := times(newStatus(bad, before, violations(1), nil, tuesday)); r != tuesday || c != monday {
		t.Errorf("the policy is unreadable: Ready %s, Compliant %s", r, c)
	}
	if r, c := times(newStatus(good, before, nil, nil, tuesday)); r != monday || c != tuesday {
		t.Errorf("the last violation ended: Ready %s, Compliant %s", r, c)
	}
}

func TestPreviousStatusIsNotChanged(t *testing.T) {
	before := newStatus(State{Generation: 1, InForce: 1}, &v1alpha1.FlowExportPolicyStatus{}, violations(1), nil, monday)
	before.Conditions = append(before.Conditions, metav1.Condition{Type: "Reviewed", Status: "True", Reason: "ByHand", LastTransitionTime: monday})
	want := before.DeepCopy()
	after := newStatus(State{Generation: 2, Err: errors.New("spec: nonsense")}, before, nil, nil, tuesday)
	if diff := cmp.Diff(want, before); diff != "" {
		t.Errorf("it is in the cache of the watch (-want +got)\n%s", diff)
	}
	if len(after.Conditions) != 3 || after.Conditions[2].Type != "Reviewed" {
		t.Errorf("a condition of another controller was lost: %+v", after.Conditions)
	}
}
