package doctor

import (
	"fmt"
	"testing"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic/fake"

	"sluice/internal/kube"
)

func TestEveryPolicyMustBeValid(t *testing.T) {
	good := evaluatedPolicy("good", 1, map[string]any{"type": "Ready", "status": "True", "reason": "InForce", "observedGeneration": int64(1)})
	rolling := evaluatedPolicy("rolling", 1, map[string]any{"type": "Ready", "status": "False", "reason": "NotEverywhere", "observedGeneration": int64(1)})
	var many []runtime.Object
	for i := range 5 {
		many = append(many, invalidPolicy(fmt.Sprintf("p%d", i), 1, 1))
	}
	const nonsense = ": spec.allow[0]: nonsense"
	for name, c := range map[string]struct {
		objects []runtime.Object
		want    Finding
	}{
		"none":                     {nil, Finding{State: OK}},
		"valid":                    {[]runtime.Object{good, rolling}, Finding{State: OK}},
		"invalid":                  {[]runtime.Object{good, invalidPolicy("bad4", 2, 2)}, Finding{State: Bad, Why: "policy bad4" + nonsense, Do: "kubectl edit fep bad4; kubectl sluice runbook SluicePolicyNotInForce"}},
		"an old generation was so": {[]runtime.Object{good, invalidPolicy("bad4", 3, 2)}, Finding{State: Unknown, Why: "the controller has not evaluated bad4 (generation 3)"}},
		"without a status":         {[]runtime.Object{policyObject("new", 1)}, Finding{State: Unknown, Why: "the controller has not evaluated new (generation 1)"}},
		"many":                     {many, Finding{State: Bad, Why: "policy p0" + nonsense + "; policy p1" + nonsense + "; policy p2" + nonsense + "; and 2 more policies", Do: "kubectl edit fep p0; kubectl sluice runbook SluicePolicyNotInForce"}},
	} {
		t.Run(name, func(t *testing.T) {
			cluster, _ := with(t, c.objects...)
			got := cluster.validity(t.Context())
			c.want.What, c.want.ID, c.want.Detail = "validity of the policies", idValidity, got.Detail
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// An invalid policy is one finding, not several.
func TestTheCheckOfRemovalsSkipsInvalidPolicies(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := admissionregistrationv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	meta := metav1.ObjectMeta{Name: removalPolicy}
	installed := []runtime.Object{
		&admissionregistrationv1.ValidatingAdmissionPolicy{TypeMeta: metav1.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: "ValidatingAdmissionPolicy"}, ObjectMeta: meta},
		&admissionregistrationv1.ValidatingAdmissionPolicyBinding{TypeMeta: metav1.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: "ValidatingAdmissionPolicyBinding"}, ObjectMeta: meta},
	}
	for name, c := range map[string]struct {
		policy runtime.Object
		want   State
	}{
		"invalid":       {invalidPolicy("a", 2, 2), OK},
		"not evaluated": {invalidPolicy("a", 3, 2), Bad},
		"not enforced":  {evaluatedPolicy("a", 1, map[string]any{"type": "RemovalEnforced", "status": "False", "reason": "NotStored", "observedGeneration": int64(1)}), Bad},
		"enforced":      {evaluatedPolicy("a", 1, map[string]any{"type": "RemovalEnforced", "status": "True", "reason": "InAPIServer", "observedGeneration": int64(1)}), OK},
	} {
		client := fake.NewSimpleDynamicClientWithCustomListKinds(scheme, listKinds(), append([]runtime.Object{c.policy}, installed...)...)
		if got := (Cluster{Reader: kube.Reader{Client: client}}).removals(t.Context()); got.State != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
