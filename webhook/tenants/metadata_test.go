package tenants

import (
	"encoding/json"
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A user with the role edit decides how much metadata a FlowExport has. No process may keep it.
func TestTheMetadataOfATenantTakesNoMemory(t *testing.T) {
	const most = 1000
	labels, owners, finalizers := map[string]any{}, []any{}, []any{}
	for i := range 10000 {
		text := fmt.Sprintf("example.com/%d", i)
		labels[text], owners, finalizers = text, append(owners, map[string]any{"name": text}), append(finalizers, text)
	}
	for name, reduce := range map[string]func(*unstructured.Unstructured){"status": reduceExport, "count": reduceCounted} {
		u := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "sluice.dev/v1alpha1", "kind": "FlowExport",
			"metadata": map[string]any{"name": "siem", "namespace": "team-a", "uid": "u", "generation": int64(2), "labels": labels, "annotations": labels, "ownerReferences": owners, "finalizers": finalizers},
			"spec":     map[string]any{"ipfix": map[string]any{"collectors": []any{collector}}},
			"status":   map[string]any{"observedGeneration": int64(2)},
		}}
		reduce(u)
		text, err := json.Marshal(u.Object)
		if err != nil || len(text) > most {
			t.Errorf("for its %s, %d bytes are kept: %v", name, len(text), err)
		}
		if u.GetName() != "siem" || u.GetNamespace() != "team-a" || u.GetUID() != "u" {
			t.Errorf("for its %s, the FlowExport is unknown: %s", name, text)
		}
	}
}
