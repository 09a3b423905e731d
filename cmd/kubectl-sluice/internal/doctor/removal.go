package doctor

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// removalPolicy is the name of the admission policy of the manifests, and of its binding.
const removalPolicy = "sluice-removal"

// removals checks whether the API server itself denies the removals that policies deny.
func (c Cluster) removals(ctx context.Context) Finding {
	f := Finding{ID: idRemovals, State: OK, What: "removals that policies deny, while the webhook does not answer", Detail: "denied by the API server"}
	policies, err := c.policies(ctx)
	if err != nil {
		return f.unknown(err)
	}
	if len(policies) == 0 {
		f.Detail = "there is no FlowExportPolicy"
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
	for _, p := range policies {
		if invalid(p) {
			continue
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
	switch condition := conditionOf(p, v1alpha1.ConditionRemovalEnforced); {
	case condition == nil:
		return "it has no condition RemovalEnforced; the controller has not evaluated it"
	case condition.ObservedGeneration != p.Generation:
		return fmt.Sprintf("the controller has not evaluated generation %d", p.Generation)
	case condition.Status != metav1.ConditionTrue:
		return strings.TrimSuffix(condition.Reason+": "+condition.Message, ": ")
	}
	return ""
}
