package enforcement

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
)

// newStatus returns the status of a policy, with more conditions. A violation that was seen before keeps its time.
func newStatus(s State, before *v1alpha1.FlowExportPolicyStatus, violations []v1alpha1.PolicyViolation, more []metav1.Condition, now metav1.Time) *v1alpha1.FlowExportPolicyStatus {
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
	status.FlowExports = s.flowExports
	for _, c := range before.Conditions {
		status.Conditions = append(status.Conditions, *c.DeepCopy())
	}
	for _, c := range append([]metav1.Condition{ready(s), compliance(s, len(violations))}, more...) {
		c.ObservedGeneration, c.LastTransitionTime = s.Generation, now
		meta.SetStatusCondition(&status.Conditions, c)
	}
	return status
}

// listOf is a path without the index. A collector may have moved within its list.
func listOf(field string) string {
	list, _, _ := strings.Cut(field, "[")
	return list
}

func ready(s State) metav1.Condition {
	if s.Err == nil {
		return covered(s)
	}
	message := fmt.Sprintf("generation %d is not in force: %v; ", s.Generation, s.Err)
	if s.InForce > 0 {
		message += fmt.Sprintf("generation %d stays in force", s.InForce)
	} else {
		message += "no collector can be added until the policy is fixed"
	}
	return condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonUnreadable, message)
}

// shownReplicas is how many replicas a message names.
const shownReplicas = 3

// covered is the condition Ready of a policy that can be read. It is true if every replica that may
// answer a review has this generation in force. The message of a policy that is in force does not
// count the replicas, because it would change with each rollout.
func covered(s State) metav1.Condition {
	c := s.coverage
	if c == nil {
		return condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonInForce, "the policy is in force")
	}
	missing := c.missing(s)
	switch {
	case !c.Known:
		return condition(v1alpha1.ConditionReady, metav1.ConditionUnknown, v1alpha1.ReasonNotRead,
			"the API server does not answer the watch of the replicas' Leases, so it is unknown whether all replicas have the policy in force")
	case len(c.replicas) == 0:
		return condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonNotEverywhere, "no replica of the webhook has reported that the policy is in force")
	case len(missing) > 0:
		names := strings.Join(missing[:min(len(missing), shownReplicas)], ", ")
		if more := len(missing) - shownReplicas; more > 0 {
			names = fmt.Sprintf("%s and %d more", names, more)
		}
		return condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonNotEverywhere,
			fmt.Sprintf("generation %d is in force in %d of %d replicas; not in %s", s.Generation, len(c.replicas)-len(missing), len(c.replicas), names))
	}
	return condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonInForce, "the policy is in force in every replica of the webhook")
}

// compliance is the condition Compliant, which is unknown while the objects are, or the rules.
func compliance(s State, violations int) metav1.Condition {
	if s.Err != nil && s.InForce == 0 {
		return condition(v1alpha1.ConditionCompliant, metav1.ConditionUnknown, v1alpha1.ReasonUnreadable,
			"no valid generation of the policy is in force, so the stored collectors are not compared with it")
	}
	if c := s.flowExports; c != nil && c.Refused > 0 {
		return condition(v1alpha1.ConditionCompliant, metav1.ConditionFalse, v1alpha1.ReasonFlowExportsRefused,
			"not all FlowExports in the namespaces of the policy are accepted; see status.flowExports, and \"kubectl get fex -A -o wide\"")
	}
	if !s.objectsStale {
		return compliant(violations)
	}
	return condition(v1alpha1.ConditionCompliant, metav1.ConditionUnknown, v1alpha1.ReasonNotRead,
		"the API server does not answer the watch of the Network or of the ConfigMap, so the stored collectors may have changed")
}

// compliantMessage is the message of a policy without violations.
const compliantMessage = "the stored collectors comply with the policy"

func compliant(violations int) metav1.Condition {
	switch violations {
	case 0:
		return condition(v1alpha1.ConditionCompliant, metav1.ConditionTrue, v1alpha1.ReasonNoViolations, compliantMessage)
	case 1:
		return condition(v1alpha1.ConditionCompliant, metav1.ConditionFalse, v1alpha1.ReasonViolations, "1 violation; see status.violations")
	}
	return condition(v1alpha1.ConditionCompliant, metav1.ConditionFalse, v1alpha1.ReasonViolations,
		fmt.Sprintf("%d violations; see status.violations", violations))
}

func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}

// Registration is the state of the webhook's registration. The zero value says that it is
// unknown.
type Registration struct {
	Known bool
	// Stale says that it was not read for too long.
	Stale bool
	// Problem says what is wrong with it; empty if nothing is.
	Problem string
}

// enforced returns no condition until the registration is read for the first time.
func (r Registration) enforced() []metav1.Condition {
	switch {
	case r.Stale:
		return []metav1.Condition{condition(v1alpha1.ConditionEnforced, metav1.ConditionUnknown, v1alpha1.ReasonNotRead,
			"the API server does not answer the watch of the webhook configurations, so they may be missing or changed")}
	case !r.Known:
		return nil
	case r.Problem != "":
		return []metav1.Condition{condition(v1alpha1.ConditionEnforced, metav1.ConditionFalse, v1alpha1.ReasonNotRegistered,
			"changes may pass without a check, because a webhook configuration is missing or changed: "+r.Problem)}
	}
	return []metav1.Condition{condition(v1alpha1.ConditionEnforced, metav1.ConditionTrue, v1alpha1.ReasonRegistered, "the webhook configurations match the installed manifests")}
}
