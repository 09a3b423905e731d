package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/internal/kube"
)

// admissionPolicies checks the ValidatingAdmissionPolicies of Sluice: whether those of the manifests are there, whether
// the API server accepts each, and whether a binding puts each into force.
func (c Cluster) admissionPolicies(ctx context.Context) Finding {
	f := Finding{ID: idAdmissionPolicies, State: OK, What: "admission policies of Sluice in the API server"}
	stored, err := c.Client.Resource(kube.AdmissionPolicies()).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return f.unknown(err)
	}
	policies, err := typed[admissionregistrationv1.ValidatingAdmissionPolicy](stored)
	if err != nil {
		return f.unknown(err)
	}
	stored, err = c.Client.Resource(kube.AdmissionPolicyBindings()).List(ctx, metav1.ListOptions{})
	if err != nil {
		return f.unknown(err)
	}
	bindings, err := typed[admissionregistrationv1.ValidatingAdmissionPolicyBinding](stored)
	if err != nil {
		return f.unknown(err)
	}
	needed, err := c.neededPolicies(ctx)
	if err != nil {
		return f.unknown(err)
	}
	var wrong []string
	inForce, unboundRemoval := 0, false
	for _, p := range policies {
		why := unbound(p, bindings)
		bound := slices.ContainsFunc(bindings, func(b admissionregistrationv1.ValidatingAdmissionPolicyBinding) bool {
			return b.Spec.PolicyName == p.Name
		})
		switch {
		case p.Status.TypeChecking != nil && len(p.Status.TypeChecking.ExpressionWarnings) > 0:
			w := p.Status.TypeChecking.ExpressionWarnings[0]
			wrong = append(wrong, fmt.Sprintf("%s: the API server does not understand %s: %s", p.Name, w.FieldRef, shortText(w.Warning)))
		case why == "":
			inForce++
		case p.Name == removalPolicy && !bound: // the controller binds it, and another check reports it
			unboundRemoval = true
		default:
			wrong = append(wrong, p.Name+": "+why)
		}
	}
	for _, name := range needed {
		if !slices.ContainsFunc(policies, func(p admissionregistrationv1.ValidatingAdmissionPolicy) bool { return p.Name == name }) {
			wrong = append(wrong, name+" is missing"+missingEffect(name))
		}
	}
	f.Detail = fmt.Sprintf("%d of %d in force", inForce, len(policies))
	if unboundRemoval {
		f.Detail += "; " + removalPolicy + " is not bound, which the controller does unless it runs with --admission-policies=off"
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		f.State, f.Why, f.Do = Bad, strings.Join(wrong[:min(len(wrong), shownPolicies)], "; "), reinstall
		if more := len(wrong) - shownPolicies; more > 0 {
			f.Why += fmt.Sprintf("; and %d more", more)
		}
	}
	return f
}

// typed converts a list.
func typed[T any](list *unstructured.UnstructuredList) ([]T, error) {
	all := make([]T, len(list.Items))
	for i := range list.Items {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, &all[i]); err != nil {
			return nil, fmt.Errorf("read %s: %w", list.Items[i].GetName(), err)
		}
	}
	return all, nil
}
