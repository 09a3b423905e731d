package doctor

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// removalPolicy is the name of the admission policy of the manifests, and of its binding.
const removalPolicy = "sluice-removal"

// removals checks whether the API server itself denies the removals that policies deny.
func (c Cluster) removals(ctx context.Context) Finding {
	f := Finding{State: OK, What: "the API server denies the removals that policies deny, even if the webhook does not answer"}
	list, err := c.Client.Resource(kube.Policies()).List(ctx, metav1.ListOptions{})
	if err != nil {
		return f.unknown(err)
	}
	if len(list.Items) == 0 {
		return f
	}
	for _, resource := range []schema.GroupVersionResource{kube.AdmissionPolicies(), kube.AdmissionPolicyBindings()} {
		_, err := c.Client.Resource(resource).Get(ctx, removalPolicy, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			f.State, f.Why, f.Do = Bad, fmt.Sprintf("%s/%s is missing", resource.Resource, removalPolicy), reinstall
			return f
		}
		if err != nil {
			return f.unknown(err)
		}
	}
	for i := range list.Items {
		var p v1alpha1.FlowExportPolicy
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, &p); err != nil {
			return f.unknown(err)
		}
		if why := notEnforced(p); why != "" {
			f.State, f.Why = Bad, fmt.Sprintf("policy %s: %s", p.Name, why)
			f.Do = "kubectl -n sluice-system logs deployment/sluice-controller; kubectl describe flowexportpolicy " + p.Name
			return f
		}
	}
	return f
}

// notEnforced returns what is wrong with the condition RemovalEnforced of a policy.
func notEnforced(p v1alpha1.FlowExportPolicy) string {
	var condition *metav1.Condition
	if p.Status != nil {
		condition = meta.FindStatusCondition(p.Status.Conditions, v1alpha1.ConditionRemovalEnforced)
	}
	switch {
	case condition == nil:
		return "it has no condition RemovalEnforced; sluice-controller has not evaluated it"
	case condition.ObservedGeneration != p.Generation:
		return fmt.Sprintf("sluice-controller has not evaluated generation %d", p.Generation)
	case condition.Status != metav1.ConditionTrue:
		return strings.TrimSuffix(condition.Reason+": "+condition.Message, ": ")
	}
	return ""
}
