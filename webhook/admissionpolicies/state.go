package admissionpolicies

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/validation/policy"
)

// State is what the API server has after a reconciliation.
type State struct {
	Mode Mode
	// Fixed says what is wrong with the policy of the manifests and its binding, Compiled what is
	// wrong with those that are compiled.
	Fixed, Compiled Problem
	// Restricts says that a policy in force restricts removals to what allow rules match. Only
	// then allow rules are compiled.
	Restricts bool
	// InForce says of each admission policy that should exist whether it does, as it should.
	InForce map[string]bool
}

// Problem is why admission policies are not in force. The zero value means that they are.
type Problem struct {
	// Reason is one of the reasons of the condition RemovalEnforced.
	Reason  string
	Message string
}

func (p Problem) exists() bool { return p.Reason != "" }

// Condition returns the condition RemovalEnforced of a policy, without the times. unreadable is
// why its latest generation is not in force; nil if it is.
func (s State) Condition(p policy.Policy, unreadable error) metav1.Condition {
	is := func(status metav1.ConditionStatus, reason, message string) metav1.Condition {
		return metav1.Condition{Type: v1alpha1.ConditionRemovalEnforced, Status: status, Reason: reason, Message: message}
	}
	usesCompiled := p.RemovalRestricted || p.Bounds != policy.Bounds{} || s.Restricts && len(p.Allow) > 0
	switch {
	case unreadable != nil:
		return is(metav1.ConditionFalse, v1alpha1.ReasonUnreadable, "the latest generation is not in force; users for whom it restricts removals cannot remove all collectors")
	case p.Enforcement != policy.Deny || len(p.Required) == 0 && !usesCompiled:
		return is(metav1.ConditionTrue, v1alpha1.ReasonNotRestricted, "the policy denies no removal")
	case s.Mode == Off:
		return is(metav1.ConditionFalse, v1alpha1.ReasonKeptOff, "--admission-policies=off: removals pass without a check while the webhook does not answer")
	case s.Fixed.exists():
		return is(metav1.ConditionFalse, s.Fixed.Reason, s.Fixed.Message)
	case usesCompiled && s.Compiled.exists():
		return is(metav1.ConditionFalse, s.Compiled.Reason, s.Compiled.Message+"; users for whom a policy restricts removals cannot remove all collectors")
	}
	return is(metav1.ConditionTrue, v1alpha1.ReasonInAPIServer, "the API server itself denies the removals that the policy denies")
}
