package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// policies reads the policies, sorted by name.
func (c Cluster) policies(ctx context.Context) ([]v1alpha1.FlowExportPolicy, error) {
	items, err := c.List(ctx, kube.Policies(), "")
	if apierrors.IsNotFound(err) {
		return nil, kube.ErrNoPolicies
	}
	if err != nil {
		return nil, err
	}
	list := make([]v1alpha1.FlowExportPolicy, len(items))
	for i := range items {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(items[i].Object, &list[i]); err != nil {
			return nil, fmt.Errorf("read FlowExportPolicy %s: %w", items[i].GetName(), err)
		}
	}
	slices.SortFunc(list, func(a, b v1alpha1.FlowExportPolicy) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// validity checks whether each policy is valid, by the condition Ready that the controller writes.
func (c Cluster) validity(ctx context.Context) Finding {
	f := Finding{ID: idValidity, State: OK, What: "validity of the policies"}
	policies, err := c.policies(ctx)
	if err != nil {
		return f.unknown(err)
	}
	if len(policies) == 0 {
		f.Detail = "there is no FlowExportPolicy"
		return f
	}
	f.Detail = fmt.Sprintf("%d of %d are valid", len(policies), len(policies))
	var bad, why, unread []string
	for _, p := range policies {
		switch ready := conditionOf(p, v1alpha1.ConditionReady); {
		case invalid(p):
			bad, why = append(bad, p.Name), append(why, fmt.Sprintf("policy %s: %s", p.Name, ready.Message))
		case ready == nil || ready.ObservedGeneration != p.Generation:
			unread = append(unread, fmt.Sprintf("%s (generation %d)", p.Name, p.Generation))
		}
	}
	switch {
	case len(bad) > 0:
		f.State, f.Why = Bad, strings.Join(why[:min(len(why), shownPolicies)], "; ")
		if more := len(why) - shownPolicies; more > 0 {
			f.Why += fmt.Sprintf("; and %d more policies", more)
		}
		f.Do = fmt.Sprintf("kubectl edit fep %s; kubectl sluice runbook SluicePolicyNotInForce", bad[0])
	case len(unread) > 0:
		f.State, f.Why = Unknown, "the controller has not evaluated "+shorten(unread)
	}
	return f
}

// shownPolicies is of how many invalid policies a finding has the message.
const shownPolicies = 3

// invalid reports whether the present generation of a policy is known to be invalid. A check of its
// own says so; other checks skip the policy.
func invalid(p v1alpha1.FlowExportPolicy) bool {
	ready := conditionOf(p, v1alpha1.ConditionReady)
	return ready != nil && ready.ObservedGeneration == p.Generation && ready.Status == metav1.ConditionFalse && ready.Reason == v1alpha1.ReasonUnreadable
}

// conditionOf returns a condition of a policy; nil if it has none of the type.
func conditionOf(p v1alpha1.FlowExportPolicy, kind string) *metav1.Condition {
	if p.Status == nil {
		return nil
	}
	return meta.FindStatusCondition(p.Status.Conditions, kind)
}
