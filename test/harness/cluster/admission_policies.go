package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
)

// WaitForAdmissionPolicies waits until the API server has taken in all ValidatingAdmissionPolicies that exist, and
// has forgotten those that were deleted. It does so within about a second.
func (c *ControlPlane) WaitForAdmissionPolicies(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(c.As(Admin))
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	// It can take in the first of these without policies that were made before, but not both.
	for range 2 {
		if err := inForce(ctx, client); err != nil {
			return fmt.Errorf("wait for the admission policies: %w", err)
		}
	}
	return nil
}

// inForce creates a policy that refuses a ConfigMap, waits until the API server does so, and deletes it.
func inForce(ctx context.Context, client kubernetes.Interface) (err error) {
	const refusal = "refused by a policy that a test waits for"
	var (
		policies = client.AdmissionregistrationV1().ValidatingAdmissionPolicies()
		bindings = client.AdmissionregistrationV1().ValidatingAdmissionPolicyBindings()
	)
	policy, err := policies.Create(ctx, refusesConfigMap(refusal), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	later := context.WithoutCancel(ctx)
	defer func() { err = errors.Join(err, policies.Delete(later, policy.Name, metav1.DeleteOptions{})) }()
	binding, err := bindings.Create(ctx, &admissionregistrationv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "in-force-"},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: policy.Name, ValidationActions: []admissionregistrationv1.ValidationAction{admissionregistrationv1.Deny},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bindings.Delete(later, binding.Name, metav1.DeleteOptions{})) }()
	return wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		_, err := client.CoreV1().ConfigMaps(metav1.NamespaceDefault).Create(ctx, &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: policy.Name},
		}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return err != nil && strings.Contains(err.Error(), refusal) && strings.Contains(err.Error(), "'"+policy.Name+"'"), nil
	})
}

// refusesConfigMap is a policy that refuses the ConfigMaps of inForce.
func refusesConfigMap(message string) *admissionregistrationv1.ValidatingAdmissionPolicy {
	return &admissionregistrationv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "in-force-"},
		Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
			MatchConstraints: &admissionregistrationv1.MatchResources{ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{
				RuleWithOperations: admissionregistrationv1.RuleWithOperations{
					Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
					Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}},
				},
			}}},
			MatchConditions: []admissionregistrationv1.MatchCondition{{Name: "name", Expression: "request.name.startsWith('in-force-')"}},
			Validations:     []admissionregistrationv1.Validation{{Expression: "false", Message: message}},
		},
	}
}
