package doctor

import (
	"fmt"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// unbound says why no binding puts a policy into force for all that it matches; empty if one does.
func unbound(p admissionregistrationv1.ValidatingAdmissionPolicy, bindings []admissionregistrationv1.ValidatingAdmissionPolicyBinding) string {
	why := "no binding puts it into force"
	for _, b := range bindings {
		if b.Spec.PolicyName != p.Name {
			continue
		}
		wrong := narrowed(p, b.Spec)
		if wrong == "" {
			return ""
		}
		why = fmt.Sprintf("no binding puts it into force: %s %s", b.Name, wrong)
	}
	return why
}

// narrowed says how a binding differs from those of the manifests and of the controller, which deny all that their policy
// matches; empty if it does not. More actions are no difference.
func narrowed(p admissionregistrationv1.ValidatingAdmissionPolicy, b admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec) string {
	if action := actionOf(p.Name); !slices.Contains(b.ValidationActions, action) {
		return fmt.Sprintf("has the validationActions %v, without %s", b.ValidationActions, action)
	}
	if m := b.MatchResources; m != nil {
		if len(m.ResourceRules)+len(m.ExcludeResourceRules) > 0 || !selectsAll(m.NamespaceSelector) || !selectsAll(m.ObjectSelector) {
			return "has matchResources, so that it does not apply to all that the policy matches"
		}
	}
	switch {
	case p.Spec.ParamKind == nil:
		return ""
	case b.ParamRef == nil:
		return "has no paramRef"
	case b.ParamRef.Name != "" || b.ParamRef.Namespace != "" || !selectsAll(b.ParamRef.Selector):
		return "has a paramRef that does not select all " + p.Spec.ParamKind.Kind + " objects"
	}
	return ""
}

// actionOf is what the binding of a policy does. Compiled policies of the enforcements Warn and Audit have it in their names.
func actionOf(policy string) admissionregistrationv1.ValidationAction {
	switch {
	case strings.HasSuffix(policy, "-warn"):
		return admissionregistrationv1.Warn
	case strings.HasSuffix(policy, "-audit"):
		return admissionregistrationv1.Audit
	}
	return admissionregistrationv1.Deny
}

func selectsAll(s *metav1.LabelSelector) bool {
	return s == nil || len(s.MatchLabels)+len(s.MatchExpressions) == 0
}
