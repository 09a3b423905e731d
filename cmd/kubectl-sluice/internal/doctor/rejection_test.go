package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"sluice/internal/kube"
	"sluice/validation"
	"sluice/validation/vap"
)

// rejection is what the API server answers to a malformed list.
func rejection(code int32, reason metav1.StatusReason, causes ...metav1.StatusCause) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: code, Reason: reason, Message: "no", Details: &metav1.StatusDetails{Causes: causes},
	}}
}

func TestWhatRejectsAMalformedListIsToldByTheAnswer(t *testing.T) {
	bindings := admissionregistrationv1.SchemeGroupVersion.WithKind("ValidatingAdmissionPolicyBinding")
	policy := &admissionregistrationv1.ValidatingAdmissionPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: "ValidatingAdmissionPolicy"},
		ObjectMeta: metav1.ObjectMeta{Name: admissionPolicy},
	}
	bound := func(change func(*admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec)) []runtime.Object {
		b := &admissionregistrationv1.ValidatingAdmissionPolicyBinding{ObjectMeta: metav1.ObjectMeta{Name: admissionPolicy}, Spec: admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: admissionPolicy, ValidationActions: []admissionregistrationv1.ValidationAction{admissionregistrationv1.Deny},
		}}
		b.SetGroupVersionKind(bindings)
		change(&b.Spec)
		return []runtime.Object{policy, b}
	}
	inForce := bound(func(*admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec) {})
	narrow := bound(func(b *admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec) {
		b.MatchResources = &admissionregistrationv1.MatchResources{ObjectSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}}
	})
	byPolicy := rejection(422, metav1.StatusReasonInvalid, metav1.StatusCause{Message: "policy"})
	for name, c := range map[string]struct {
		answer  error
		objects []runtime.Object
		want    State
		// wellFormed is the answer to the well-formed list.
		wellFormed error
	}{
		"accepted":               {nil, nil, Bad, nil},
		"the webhook rejects it": {rejection(422, metav1.StatusReasonInvalid, metav1.StatusCause{Type: metav1.CauseType(validation.RuleLeadingZero)}), nil, OK, nil},
		"a policy rejects it":    {byPolicy, inForce, OK, nil},
		"another policy":         {byPolicy, nil, Unknown, nil},
		"another policy, and Sluice's is not bound": {byPolicy, []runtime.Object{policy}, Unknown, nil},
		"another policy, and Sluice's is narrowed":  {byPolicy, narrow, Unknown, nil},
		"a policy rejects everything":               {byPolicy, inForce, Unknown, byPolicy},
		"a policy forbids the well-formed list":     {byPolicy, inForce, Unknown, rejection(403, metav1.StatusReasonForbidden)},
		"the API server is silent at the second":    {byPolicy, inForce, Unknown, errors.New("connection refused")},
		"the webhook is down":                       {rejection(500, metav1.StatusReasonInternalError), nil, Bad, nil},
		"the webhook is slow":                       {rejection(504, metav1.StatusReasonTimeout), nil, Bad, nil},
		"no right to patch":                         {rejection(403, metav1.StatusReasonForbidden), inForce, Unknown, nil},
		"no Network is served":                      {rejection(404, metav1.StatusReasonNotFound), nil, Unknown, nil},
		"the API server is silent":                  {errors.New("connection refused"), nil, Unknown, nil},
	} {
		t.Run(name, func(t *testing.T) {
			scheme := runtime.NewScheme()
			if err := admissionregistrationv1.AddToScheme(scheme); err != nil {
				t.Fatal(err)
			}
			client := fake.NewSimpleDynamicClient(scheme, c.objects...)
			for _, verb := range []string{"patch", "create"} {
				client.PrependReactor(verb, "networks", func(a clienttesting.Action) (bool, runtime.Object, error) {
					if strings.Contains(fmt.Sprintf("%s", a), wellFormed) {
						return true, nil, c.wellFormed
					}
					return true, nil, c.answer
				})
			}
			got := Cluster{Reader: kube.Reader{Client: client}, Now: time.Now}.rejects(context.Background())
			if got.State != c.want || (got.Why == "") != (c.want == OK) {
				t.Errorf("got %+v, want %s", got, c.want)
			}
		})
	}
}

// The message of the API server has the URL of the webhook. What doctor prints ends up in tickets.
func TestDoctorHidesTheTokenOfThePath(t *testing.T) {
	token := strings.Repeat("a2c4", 13)
	for name, code := range map[string]int32{"bad": 500, "unknown": 400} {
		t.Run(name, func(t *testing.T) {
			answer := apierrors.NewGenericServerResponse(int(code), "patch", schema.GroupResource{}, "cluster", "", 0, true)
			answer.ErrStatus.Message = `failed to call webhook: Post "https://10.0.0.1:443/validate/` + token + `?timeout=5s": EOF`
			client := fake.NewSimpleDynamicClient(runtime.NewScheme())
			client.PrependReactor("patch", "networks", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, answer })
			got := Cluster{Reader: kube.Reader{Client: client}, Now: time.Now}.rejects(context.Background())
			if string(got.State) != name || strings.Contains(got.Why, token) || !strings.Contains(got.Why, "/validate/<token>?timeout=5s") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestTheAdmissionPolicyHasTheNameThatIsLookedFor(t *testing.T) {
	out, err := vap.Compile(vap.Input{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(out.Policies, func(p admissionregistrationv1.ValidatingAdmissionPolicy) bool { return p.Name == admissionPolicy }) {
		t.Errorf("no policy %s is compiled", admissionPolicy)
	}
}
