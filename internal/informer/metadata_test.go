package informer

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestOnlyWhatIsNamedIsKept(t *testing.T) {
	u := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "A", "spec": "s", "status": "t", "more": "m",
		"metadata": map[string]any{
			"name": "n", "namespace": "ns", "uid": "u", "resourceVersion": "7", "generation": int64(3), "creationTimestamp": "c", "deletionTimestamp": "d",
			"labels": map[string]any{"a": "b"}, "annotations": map[string]any{}, "ownerReferences": []any{}, "finalizers": []any{}, "managedFields": []any{}, "generateName": "x", "selfLink": "y",
		},
	}}
	KeepFields(u, "spec", "absent")
	KeepMetadata(u, "labels", "absent")
	want := map[string]any{"apiVersion": "v1", "kind": "A", "spec": "s", "metadata": map[string]any{
		"name": "n", "namespace": "ns", "uid": "u", "resourceVersion": "7", "generation": int64(3), "creationTimestamp": "c", "deletionTimestamp": "d", "labels": map[string]any{"a": "b"},
	}}
	if diff := cmp.Diff(want, u.Object); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
