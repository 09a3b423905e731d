package informer

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// KeepMetadata removes all metadata of an object except what identifies it, its times and the named fields.
// Labels, owner references and finalizers of one object can take more than a megabyte. An Informer of objects that
// users write must not keep them.
func KeepMetadata(u *unstructured.Unstructured, more ...string) {
	metadata, _ := u.Object["metadata"].(map[string]any)
	kept := map[string]any{}
	identity := []string{"name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp"}
	for _, key := range append(identity, more...) {
		if v, ok := metadata[key]; ok {
			kept[key] = v
		}
	}
	u.Object["metadata"] = kept
}

// KeepFields removes all fields of an object except its type, its metadata and the named ones.
func KeepFields(u *unstructured.Unstructured, fields ...string) {
	kept := map[string]any{}
	for _, key := range append([]string{"apiVersion", "kind", "metadata"}, fields...) {
		if v, ok := u.Object[key]; ok {
			kept[key] = v
		}
	}
	u.Object = kept
}
