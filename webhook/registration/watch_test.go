package registration

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"
	"sigs.k8s.io/yaml"

	"sluice/manifests"
)

var morning = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// cluster has the webhook configurations of the manifests, with the rules and the paths that the
// manifests leave to the controller.
func cluster(t *testing.T) *fake.FakeDynamicClient {
	t.Helper()
	t.Setenv("KUBE_FEATURE_WatchListClient", "false") // client-go's fakes can't send a list as a watch
	scheme := runtime.NewScheme()
	if err := admissionregistrationv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	var rules map[string][]any
	if err := yaml.Unmarshal([]byte(manifests.Rules()), &rules); err != nil {
		t.Fatal(err)
	}
	var objects []runtime.Object
	for text := range strings.SplitSeq(manifests.Registration(), "\n---\n") {
		var u unstructured.Unstructured
		if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
			t.Fatal(err)
		}
		u.SetResourceVersion("1")
		webhooks, _, err := unstructured.NestedSlice(u.Object, "webhooks")
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range webhooks {
			w.(map[string]any)["rules"] = rules[w.(map[string]any)["name"].(string)]
			if err := unstructured.SetNestedField(w.(map[string]any), FixedPath(u.GetKind()), "clientConfig", "service", "path"); err != nil {
				t.Fatal(err)
			}
		}
		if err := unstructured.SetNestedSlice(u.Object, webhooks, "webhooks"); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, &u)
	}
	return fake.NewSimpleDynamicClient(scheme, objects...)
}

// watching returns a watch that has read the configurations, with a clock that the test sets.
func watching(t *testing.T, client *fake.FakeDynamicClient, now *time.Time) *Watch {
	t.Helper()
	w, err := NewWatch(Config{Client: client, Limit: time.Hour, Now: func() time.Time { return *now }, Log: logr.Discard()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	changes := w.Subscribe()
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	<-changes
	return w
}

// until waits until a change makes reached true.
func until(t *testing.T, w *Watch, changes <-chan struct{}, reached func() bool) {
	t.Helper()
	for !reached() {
		select {
		case <-changes:
		case <-time.After(10 * time.Second):
			reason, known := w.Problem()
			t.Fatalf("timeout; problem %q, known %v", reason, known)
		}
	}
}

func TestWatchReportsProblems(t *testing.T) {
	client, now := cluster(t), morning
	w := watching(t, client, &now)
	if reason, known := w.Problem(); reason != "" || !known {
		t.Fatalf("configurations of the manifests: %q, known %v", reason, known)
	}
	changes := w.Subscribe()
	wrong := func(part string) func() bool {
		return func() bool {
			reason, _ := w.Problem()
			return (part == "") == (reason == "") && strings.Contains(reason, part)
		}
	}
	api := client.Resource(Resource(Validating))
	if _, err := api.Patch(t.Context(), Name, types.JSONPatchType, []byte(`[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]`), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	until(t, w, changes, wrong("networks.validate.sluice.dev: failurePolicy differs from the manifests"))
	if err := api.Delete(t.Context(), Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	until(t, w, changes, wrong("ValidatingWebhookConfiguration sluice is missing"))
}

func TestAuthorityIsTrustedWhenItIsInEveryBundle(t *testing.T) {
	client, now := cluster(t), morning
	w := watching(t, client, &now)
	changes := w.Subscribe()
	year := 365 * 24 * time.Hour
	first, second := authority(t, authorityName, now, year), authority(t, authorityName, now, year)
	trusts := func(c *x509.Certificate, since time.Time) func() bool {
		return func() bool { return w.Trusts(c, since) } // an authority is signed by itself
	}
	if w.Trusts(first, now) {
		t.Error("an unpublished authority is trusted")
	}
	if err := w.Publish(t.Context(), client, first); err != nil {
		t.Fatal(err)
	}
	until(t, w, changes, trusts(first, now.Add(-time.Hour))) // the only authority is trusted at once

	now = now.Add(time.Hour)
	if err := w.Publish(t.Context(), client, second); err != nil {
		t.Fatal(err)
	}
	until(t, w, changes, trusts(second, now))
	if w.Trusts(second, now.Add(-time.Second)) {
		t.Error("a second authority is trusted before API servers had time to read it")
	}
	if !w.Trusts(first, now) {
		t.Error("the first authority is not trusted any more")
	}
}

// The clock of the replica decides what is valid.
func TestOnlyValidAuthoritiesAreTrusted(t *testing.T) {
	client, now := cluster(t), morning
	w := watching(t, client, &now)
	changes := w.Subscribe()
	early, late := authority(t, authorityName, morning, time.Hour), authority(t, authorityName, morning.Add(24*time.Hour), time.Hour)
	for _, c := range []*x509.Certificate{early, late} {
		if err := w.Publish(t.Context(), client, c); err != nil {
			t.Fatal(err)
		}
		until(t, w, changes, func() bool {
			list, _ := w.State()
			both := [][]byte{list[0].Webhooks[1].ClientConfig.CABundle, list[1].Webhooks[3].ClientConfig.CABundle}
			return bytes.Contains(both[0], join(c)) && bytes.Contains(both[1], join(c))
		})
	}
	long := now.Add(-time.Hour) // the only valid authority is trusted at once
	if !w.Trusts(early, long) || w.Trusts(late, now) {
		t.Errorf("at first: early %v, late %v", w.Trusts(early, long), w.Trusts(late, now))
	}
	now = morning.Add(24*time.Hour + time.Minute)
	if w.Trusts(early, now) || !w.Trusts(late, long) {
		t.Errorf("a day later: early %v, late %v", w.Trusts(early, now), w.Trusts(late, long))
	}
}

// Two controllers that write the same field would overwrite each other forever.
func TestBundlesOfAnInjectorAreNotWritten(t *testing.T) {
	client, now := cluster(t), morning
	annotated := []byte(`{"metadata":{"annotations":{"service.beta.openshift.io/inject-cabundle":"true"}}}`)
	for _, kind := range []string{Mutating, Validating} {
		if _, err := client.Resource(Resource(kind)).Patch(t.Context(), Name, types.MergePatchType, annotated, metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	w := watching(t, client, &now)
	before := len(client.Actions())
	if err := w.Publish(t.Context(), client, authority(t, authorityName, now, time.Hour)); err != nil {
		t.Fatal(err)
	}
	if after := len(client.Actions()); after != before {
		t.Errorf("%d requests", after-before)
	}
	if got := w.Injector(); got != "service.beta.openshift.io/inject-cabundle" {
		t.Errorf("the injector is %q", got)
	}
}

// The first refusal only means that another replica was faster.
func TestRepeatedlyRefusedWriteIsAnError(t *testing.T) {
	client, now := cluster(t), morning
	w := watching(t, client, &now)
	client.PrependReactor("patch", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewInvalid(schema.GroupKind{Kind: "any"}, Name, nil)
	})
	ca := authority(t, authorityName, now, time.Hour)
	if err := w.Publish(t.Context(), client, ca); err != nil {
		t.Errorf("the first time: %v", err)
	}
	if err := w.Publish(t.Context(), client, ca); err == nil {
		t.Error("the second refusal is not reported")
	}
}

func TestAnyCertificateIsTrustedWithoutConfigurations(t *testing.T) {
	client, now := cluster(t), morning
	for _, kind := range []string{Mutating, Validating} {
		if err := client.Resource(Resource(kind)).Delete(t.Context(), Name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	w := watching(t, client, &now)
	if !w.Trusts(authority(t, authorityName, now, time.Hour), now) {
		t.Error("a webhook that is not registered would never be ready")
	}
}

// The test operation makes the API server refuse the patch if the object changed meanwhile.
func TestPatchChangesOnlyBundles(t *testing.T) {
	client, now := cluster(t), morning
	w := watching(t, client, &now)
	list, _ := w.State()
	patch := bundlePatch(list[0], authority(t, authorityName, now, time.Hour))
	text, err := json.Marshal(patch)
	if err != nil {
		t.Fatal(err)
	}
	if len(patch) != 4 || patch[0] != (operation{"test", "/metadata/resourceVersion", "1"}) || patch[1].Path != "/webhooks/0/clientConfig/caBundle" || patch[2].Path != "/webhooks/1/clientConfig/caBundle" {
		t.Errorf("%s", text)
	}
}
