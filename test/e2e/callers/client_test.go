package callers

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"

	"sluice/internal/kube"
	"sluice/test/harness/cluster"
)

// ConfigMaps are read in protobuf. What is read must not differ from what JSON says.
func TestConfigMapsAreTheSameInProtobuf(t *testing.T) {
	config := shared.As(cluster.Admin)
	plain, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := kube.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	const namespace = "openshift-network-operator"
	kubectl(t, `apiVersion: v1
kind: ConfigMap
metadata: {name: compact, namespace: `+namespace+`, labels: {compact: "yes"}, annotations: {a: "<>&"}, finalizers: [example.com/a]}
immutable: false
data: {sharedTarget: "10.0.0.1:4739", text: "<\n\u2028é"}
binaryData: {bytes: AAH/}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: bare, namespace: `+namespace+`, labels: {compact: "yes"}}
`, "apply", "-f", "-")
	t.Cleanup(func() {
		for _, args := range [][]string{
			{"patch", "configmap", "-n", namespace, "compact", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`},
			{"delete", "configmap", "-n", namespace, "compact", "bare"},
		} {
			if _, err := shared.Must(context.WithoutCancel(t.Context()), cluster.Command{User: cluster.Admin, Args: args}); err != nil {
				t.Error(err)
			}
		}
	})
	want, got := read(t, plain, namespace), read(t, compact, namespace)
	if len(want) != 6 {
		t.Fatalf("read %d objects", len(want))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := compact.Resource(kube.ConfigMaps()).Namespace(namespace).Get(t.Context(), "absent", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("a ConfigMap that does not exist: %v", err)
	}
	if _, err := compact.Resource(kube.ConfigMaps()).List(t.Context(), metav1.ListOptions{Limit: 1}); err != nil {
		t.Errorf("of all namespaces: %v", err)
	}
}

// read gets, lists and watches the two ConfigMaps.
func read(t *testing.T, client dynamic.Interface, namespace string) (objects []*unstructured.Unstructured) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	maps := client.Resource(kube.ConfigMaps()).Namespace(namespace)
	for _, name := range []string{"bare", "compact"} {
		object, err := maps.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
	selected := metav1.ListOptions{LabelSelector: "compact=yes"}
	list, err := maps.List(ctx, selected)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list.Items {
		objects = append(objects, &list.Items[i])
	}
	selected.ResourceVersion = "0"
	events, err := maps.Watch(ctx, selected)
	if err != nil {
		t.Fatal(err)
	}
	defer events.Stop()
	byName := map[string]*unstructured.Unstructured{}
	for event := range events.ResultChan() {
		object, ok := event.Object.(*unstructured.Unstructured)
		if !ok || event.Type != watch.Added {
			t.Fatalf("event %s of %T", event.Type, event.Object)
		}
		if byName[object.GetName()] = object; len(byName) == 2 {
			break
		}
	}
	return append(objects, byName["bare"], byName["compact"])
}
