package compiled

import (
	"context"
	"strings"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/validation"
)

// lastLabels are those of the compiled policies, which applyCompiled removes together.
var lastLabels = map[string]string{"app.kubernetes.io/name": "sluice"}

// applyLast creates an admission policy after the compiled ones, which refuses a ConfigMap that no other policy
// judges. The API server takes in all policies that it knows at a time, so when this one is in force, all are.
func applyLast(t *testing.T, name string) {
	t.Helper()
	registrations := shared.client.AdmissionregistrationV1()
	_, err := registrations.ValidatingAdmissionPolicies().Create(t.Context(), &admissionregistrationv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: lastLabels},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
			MatchConstraints: &admissionregistrationv1.MatchResources{ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{
				RuleWithOperations: admissionregistrationv1.RuleWithOperations{
					Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
					Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}},
				},
			}}},
			MatchConditions: []admissionregistrationv1.MatchCondition{{Name: "name", Expression: "request.name == 'last'"}},
			Validations:     []admissionregistrationv1.Validation{{Expression: "false", Message: "refused by " + name}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = registrations.ValidatingAdmissionPolicyBindings().Create(t.Context(), &admissionregistrationv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: lastLabels},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: name, ValidationActions: []admissionregistrationv1.ValidationAction{admissionregistrationv1.Deny},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// lastInForce waits for the policy of applyLast.
func lastInForce(t *testing.T, name string) {
	t.Helper()
	config := parse(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: last, namespace: "+validation.FlowsConfigNamespace+"}}")
	eventually(t, "not all admission policies are in force", func(context.Context) (bool, error) {
		err := operator(t).try(t, nil, config)
		return err != nil && strings.Contains(err.Error(), "refused by "+name), nil
	})
}
