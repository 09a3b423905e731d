package source

import (
	"fmt"
	"reflect"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The metadata of a FlowExport is its tenant's: none of it is kept, and a change of it does not wake the agent.
func TestTheMetadataOfATenantIsNotKept(t *testing.T) {
	export := func(n int) *unstructured.Unstructured {
		u := object(t, `{apiVersion: sluice.dev/v1alpha1, kind: FlowExport, metadata: {name: siem, namespace: team-a, uid: u, generation: 2}, spec: {ipfix: {collectors: ["10.20.0.5:4739"]}}, status: {conditions: [{type: Accepted}, {type: Exporting}]}}`)
		labels, owners, finalizers := map[string]any{}, []any{}, []any{}
		for i := range n {
			text := fmt.Sprintf("example.com/%d", i)
			labels[text], owners, finalizers = text, append(owners, map[string]any{"name": text}), append(finalizers, text)
		}
		metadata, _ := u.Object["metadata"].(map[string]any)
		metadata["labels"], metadata["annotations"], metadata["ownerReferences"], metadata["finalizers"] = labels, labels, owners, finalizers
		u.Object["other"] = labels
		acceptedOnly(u)
		return u
	}
	small, large := export(1), export(1000)
	if !reflect.DeepEqual(small, large) {
		t.Errorf("metadata is kept: %v", small)
	}
	conditions, _, err := unstructured.NestedSlice(large.Object, "status", "conditions")
	collectors, _, _ := unstructured.NestedStringSlice(large.Object, "spec", "ipfix", "collectors")
	if err != nil || len(conditions) != 1 || len(collectors) != 1 || large.GetUID() != "u" || large.GetGeneration() != 2 || large.GetNamespace() != "team-a" {
		t.Errorf("what the agent uses is gone: %v", large)
	}
}
