package preview

import (
	"fmt"
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
)

// lastApplied is the annotation in which "kubectl apply" keeps what it applied last.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// apply changes the object as "kubectl apply" does: what the file has is set, what was applied before and is not in the
// file any more is removed, and all else stays.
func (o *object) apply(file map[string]any) error {
	file = sent(file)
	if annotations(o.before) != nil && annotations(file) == nil {
		// kubectl writes an annotation of its own, so those of others stay.
		if err := unstructured.SetNestedMap(file, map[string]any{}, "metadata", "annotations"); err != nil {
			return fmt.Errorf("read its metadata: %w", err)
		}
	}
	if o.now == nil {
		o.before, o.now = file, file
		return nil
	}
	before, err := encoded(o.before)
	if err != nil {
		return err
	}
	modified, err := encoded(file)
	if err != nil {
		return err
	}
	current, err := encoded(o.now)
	if err != nil {
		return err
	}
	if o.before == nil {
		before = nil
	}
	patch, err := jsonmergepatch.CreateThreeWayJSONMergePatch(before, modified, current)
	if err != nil {
		return fmt.Errorf("apply the file to the stored object: %w", err)
	}
	merged, err := jsonpatch.MergePatch(current, patch)
	if err != nil {
		return fmt.Errorf("apply the file to the stored object: %w", err)
	}
	now, err := decoded(merged)
	if err != nil {
		return err
	}
	o.before, o.now = file, now
	return nil
}

// sent is the object of a file without what the API server sets, so that what kubectl printed can be applied.
func sent(file map[string]any) map[string]any {
	file = runtime.DeepCopyJSON(file)
	delete(file, "status")
	for _, key := range []string{"managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"} {
		unstructured.RemoveNestedField(file, "metadata", key)
	}
	unstructured.RemoveNestedField(file, "metadata", "annotations", lastApplied)
	if len(annotations(file)) == 0 {
		unstructured.RemoveNestedField(file, "metadata", "annotations")
	}
	return file
}

// annotations are those of an object; nil if it has none.
func annotations(object map[string]any) map[string]any {
	metadata, _ := object["metadata"].(map[string]any)
	found, _ := metadata["annotations"].(map[string]any)
	return found
}

// appliedBefore is what was applied to a stored object: by the annotation of "kubectl apply" or, without it, the fields
// that kubectl manages by server-side apply. nil if that is not known, or nothing was applied.
func appliedBefore(object map[string]any) map[string]any {
	u := unstructured.Unstructured{Object: object}
	if text, ok := u.GetAnnotations()[lastApplied]; ok {
		before, err := decoded([]byte(text))
		if err != nil {
			return nil // kubectl fails here
		}
		return sent(before)
	}
	for _, entry := range u.GetManagedFields() {
		if entry.Manager != fieldManager || entry.Operation != "Apply" || entry.Subresource != "" || entry.FieldsV1 == nil {
			continue
		}
		if fields, err := decoded(entry.FieldsV1.GetRawBytes()); err == nil {
			owned, _ := ownedPart(fields, object).(map[string]any)
			return owned
		}
	}
	return nil
}

// ownedPart is the part of a value that managed fields (FieldsV1) name. Lists count as a whole.
func ownedPart(fields map[string]any, value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	part, found := map[string]any{}, false
	for key, inner := range fields {
		name, ok := strings.CutPrefix(key, "f:")
		if !ok {
			continue
		}
		found = true
		below, _ := inner.(map[string]any)
		if v, there := object[name]; there {
			part[name] = ownedPart(below, v)
		}
	}
	if !found {
		return value
	}
	return part
}
