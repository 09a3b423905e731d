package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// admissionPolicies checks the ValidatingAdmissionPolicies of Sluice: whether those that the agents need are there, whether
// the API server accepts each, and whether a binding puts each into force.
func (c Cluster) admissionPolicies(ctx context.Context) Finding {
	f := Finding{ID: idAdmissionPolicies, State: OK, What: "admission policies of Sluice in the API server"}
	policies, err := c.Client.Resource(kube.AdmissionPolicies()).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return f.unknown(err)
	}
	bindings, err := c.Client.Resource(kube.AdmissionPolicyBindings()).List(ctx, metav1.ListOptions{})
	if err != nil {
		return f.unknown(err)
	}
	denying := map[string]bool{}
	for i := range bindings.Items {
		var b admissionregistrationv1.ValidatingAdmissionPolicyBinding
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(bindings.Items[i].Object, &b); err != nil {
			return f.unknown(err)
		}
		if slices.Contains(b.Spec.ValidationActions, admissionregistrationv1.Deny) {
			denying[b.Spec.PolicyName] = true
		}
	}
	var wrong, present []string
	for i := range policies.Items {
		var p admissionregistrationv1.ValidatingAdmissionPolicy
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(policies.Items[i].Object, &p); err != nil {
			return f.unknown(err)
		}
		present = append(present, p.Name)
		switch {
		case p.Status.TypeChecking != nil && len(p.Status.TypeChecking.ExpressionWarnings) > 0:
			w := p.Status.TypeChecking.ExpressionWarnings[0]
			wrong = append(wrong, fmt.Sprintf("%s: the API server does not understand %s: %s", p.Name, w.FieldRef, shortText(w.Warning)))
		case !denying[p.Name] && p.Name != removalPolicy: // the controller binds it, and another check reports it
			wrong = append(wrong, p.Name+": no binding puts it into force")
		}
	}
	needed, err := c.neededPolicies(ctx)
	if err != nil {
		return f.unknown(err)
	}
	for _, name := range needed {
		if !slices.Contains(present, name) {
			wrong = append(wrong, name+" is missing: an agent could write the reports of other nodes")
		}
	}
	f.Detail = fmt.Sprintf("%d in force", len(present))
	if len(wrong) > 0 {
		slices.Sort(wrong)
		f.State, f.Why, f.Do = Bad, strings.Join(wrong[:min(len(wrong), shownPolicies)], "; "), reinstall
		if more := len(wrong) - shownPolicies; more > 0 {
			f.Why += fmt.Sprintf("; and %d more", more)
		}
	}
	return f
}

// neededPolicies are those without which agents must not run, if there are agents.
func (c Cluster) neededPolicies(ctx context.Context) ([]string, error) {
	_, err := c.Client.Resource(kube.DaemonSets()).Namespace(v1alpha1.AgentNamespace).Get(ctx, v1alpha1.AgentDaemonSet, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return []string{"sluice-agent-own-node", "sluice-agent-own-events"}, err
}
