package enforcement

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
)

// The conditions of a policy.
const (
	ConditionReady     = "Ready"
	ConditionCompliant = "Compliant"
	// ConditionEnforced says whether the API server asks Sluice at all.
	ConditionEnforced = "Enforced"
)

// newStatus is a policy's status; what was seen before keeps its time.
func newStatus(s State, before *v1alpha1.FlowExportPolicyStatus, violations []v1alpha1.PolicyViolation, registration Registration, now metav1.Time) *v1alpha1.FlowExportPolicyStatus {
	status := &v1alpha1.FlowExportPolicyStatus{ObservedGeneration: s.Generation, ViolationCount: int32(len(violations))} //nolint:gosec // some dozens at most
	for _, v := range violations[:min(len(violations), maxViolations)] {
		v.Since = now
		for _, b := range before.Violations {
			if b.Resource == v.Resource && b.Rule == v.Rule && b.Value == v.Value && listOf(b.Field) == listOf(v.Field) {
				v.Since = b.Since
				break
			}
		}
		status.Violations = append(status.Violations, v)
	}
	for _, c := range before.Conditions {
		status.Conditions = append(status.Conditions, *c.DeepCopy())
	}
	for _, c := range append([]metav1.Condition{ready(s), compliant(len(violations))}, registration.condition()...) {
		c.ObservedGeneration, c.LastTransitionTime = s.Generation, now
		meta.SetStatusCondition(&status.Conditions, c)
	}
	return status
}

// listOf is the path without the index: a collector may have moved within its list.
func listOf(field string) string {
	list, _, _ := strings.Cut(field, "[")
	return list
}

func ready(s State) metav1.Condition {
	c := metav1.Condition{Type: ConditionReady, Status: metav1.ConditionTrue, Reason: "InForce", Message: "the policy is in force"}
	if s.Err == nil {
		return c
	}
	c.Status, c.Reason = metav1.ConditionFalse, "Unreadable"
	c.Message = fmt.Sprintf("generation %d is not in force: %v; ", s.Generation, s.Err)
	if s.InForce > 0 {
		c.Message += fmt.Sprintf("generation %d stays in force", s.InForce)
	} else {
		c.Message += "until it is mended nobody may add a collector"
	}
	return c
}

func compliant(violations int) metav1.Condition {
	c := metav1.Condition{Type: ConditionCompliant, Status: metav1.ConditionTrue, Reason: "NoViolations", Message: "nothing that is stored stands against the policy"}
	switch {
	case violations == 1:
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, "Violations", "1 thing that is stored stands against the policy; see violations"
	case violations > 1:
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, "Violations", fmt.Sprintf("%d things that are stored stand against the policy; see violations", violations)
	}
	return c
}

// Registration is what is known of the webhook's registration. The zero value says that it
// is not looked at.
type Registration struct {
	Known bool
	// Wrong says what is wrong with it, empty if nothing is.
	Wrong string
}

func (r Registration) condition() []metav1.Condition {
	if !r.Known {
		return nil
	}
	c := metav1.Condition{Type: ConditionEnforced, Status: metav1.ConditionTrue, Reason: "Registered", Message: "the API server asks Sluice as the manifests have it"}
	if r.Wrong != "" {
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, "NotRegistered", "requests may pass that nobody judged: "+r.Wrong
	}
	return []metav1.Condition{c}
}
