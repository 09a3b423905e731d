package registration

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestManifestsHaveNoDifferencesFromThemselves(t *testing.T) {
	want, err := Expected()
	mutating, validating := want[Mutating], want[Validating]
	if err != nil || len(mutating) != 2 || len(validating) != 4 {
		t.Fatalf("%d and %d webhooks, %v", len(mutating), len(validating), err)
	}
	if found := append(Differences(mutating, mutating), Differences(validating, validating)...); found != nil {
		t.Error(found)
	}
}

func TestDifferencesThatAffectReviewsAreFound(t *testing.T) {
	base := func() admissionregistrationv1.ValidatingWebhook {
		return admissionregistrationv1.ValidatingWebhook{Name: "a", FailurePolicy: new(admissionregistrationv1.Fail), ClientConfig: admissionregistrationv1.WebhookClientConfig{
			Service: &admissionregistrationv1.ServiceReference{Namespace: "sluice-system", Name: "sluice-webhook", Path: new("/validate"), Port: new(int32(443))},
		}}
	}
	want := fromValidating([]admissionregistrationv1.ValidatingWebhook{base()})
	for name, c := range map[string]struct {
		change func(w *admissionregistrationv1.ValidatingWebhook)
		want   []string
	}{
		"defaults written out": {func(w *admissionregistrationv1.ValidatingWebhook) {
			w.NamespaceSelector, w.ObjectSelector = &metav1.LabelSelector{}, &metav1.LabelSelector{}
		}, nil},
		"another CA":   {func(w *admissionregistrationv1.ValidatingWebhook) { w.ClientConfig.CABundle = []byte("x") }, nil},
		"another port": {func(w *admissionregistrationv1.ValidatingWebhook) { w.ClientConfig.Service.Port = new(int32(8443)) }, nil},
		"on loopback": {func(w *admissionregistrationv1.ValidatingWebhook) {
			w.ClientConfig = admissionregistrationv1.WebhookClientConfig{URL: new("https://127.0.0.1:9744/validate")}
		}, nil},
		"on another server": {func(w *admissionregistrationv1.ValidatingWebhook) {
			w.ClientConfig = admissionregistrationv1.WebhookClientConfig{URL: new("https://192.0.2.1:9744/validate")}
		}, []string{"a: clientConfig differs from the manifests"}},
		"another Service":  {func(w *admissionregistrationv1.ValidatingWebhook) { w.ClientConfig.Service.Namespace = "default" }, []string{"a: clientConfig differs from the manifests"}},
		"another path":     {func(w *admissionregistrationv1.ValidatingWebhook) { w.ClientConfig.Service.Path = new("/healthz") }, []string{"a: clientConfig differs from the manifests"}},
		"a longer timeout": {func(w *admissionregistrationv1.ValidatingWebhook) { w.TimeoutSeconds = new(int32(9)) }, nil},
		"failures ignored": {func(w *admissionregistrationv1.ValidatingWebhook) {
			w.FailurePolicy = new(admissionregistrationv1.Ignore)
		}, []string{"a: failurePolicy differs from the manifests"}},
		"one more condition": {func(w *admissionregistrationv1.ValidatingWebhook) {
			w.MatchConditions = []admissionregistrationv1.MatchCondition{{Name: "never"}}
		}, []string{"a: matchConditions differs from the manifests"}},
		"an object selector": {func(w *admissionregistrationv1.ValidatingWebhook) {
			w.ObjectSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}
		}, []string{"a: objectSelector differs from the manifests"}},
		"another name": {func(w *admissionregistrationv1.ValidatingWebhook) { w.Name = "b" }, []string{"a is missing", "b is not in the manifests"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := base()
			c.change(&w)
			if diff := cmp.Diff(c.want, Differences(want, fromValidating([]admissionregistrationv1.ValidatingWebhook{w}))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
