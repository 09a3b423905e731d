package gather

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/webhook/paths"
)

// Redacted replaces what is removed.
const Redacted = "<redacted>"

// Text removes the secret paths of the webhook from a text.
func Text(text string) string { return paths.Redact(text) }

// Object returns a copy of an object without what a reader of the archive should not see: values of environment
// variables, the secret paths of the webhook, annotations of other programs and what kubectl applied last, of the object
// and of its templates, and the fields of managers. Of a Secret, no value
// is left; none is read in the first place.
func Object(u *unstructured.Unstructured) *unstructured.Unstructured {
	u = u.DeepCopy()
	u.SetManagedFields(nil)
	if u.GetKind() == "Secret" {
		for _, key := range []string{"data", "stringData"} {
			if _, ok := u.Object[key]; ok {
				u.Object[key] = Redacted
			}
		}
	}
	u.Object, _ = value(u.Object, "").(map[string]any)
	return u
}

// value redacts below a key.
func value(v any, key string) any {
	switch v := v.(type) {
	case string:
		return Text(v)
	case map[string]any:
		for k, inner := range v {
			if annotations, ok := inner.(map[string]any); ok && k == "annotations" {
				if maps.DeleteFunc(annotations, func(name string, _ any) bool { return !known(name) }); len(annotations) == 0 {
					delete(v, k)
					continue
				}
			}
			v[k] = value(inner, k)
		}
		if _, named := v["name"]; key == "env[]" && named {
			if _, set := v["value"]; set {
				v["value"] = Redacted
			}
		}
		return v
	case []any:
		for i := range v {
			v[i] = value(v[i], key+"[]")
		}
		return v
	}
	return v
}

// known reports whether an annotation is of a program of which is known that it writes no secrets there.
func known(annotation string) bool {
	domain, name, _ := strings.Cut(annotation, "/")
	if domain == "kubectl.kubernetes.io" {
		return name == "restartedAt"
	}
	return slices.ContainsFunc([]string{"sluice.dev", "kubernetes.io", "k8s.io", "openshift.io", "cert-manager.io", "prometheus.io"}, func(one string) bool {
		return domain == one || strings.HasSuffix(domain, "."+one)
	})
}

// Definition returns what says which versions of a CRD are served and stored, and whether it works: no schemas.
func Definition(u *unstructured.Unstructured) *unstructured.Unstructured {
	var versions []any
	list, _, _ := unstructured.NestedSlice(u.Object, "spec", "versions")
	for _, v := range list {
		if version, ok := v.(map[string]any); ok {
			maps.DeleteFunc(version, func(key string, _ any) bool {
				return !slices.Contains([]string{"name", "served", "storage", "deprecated"}, key)
			})
			versions = append(versions, version)
		}
	}
	status := map[string]any{}
	for _, field := range []string{"conditions", "storedVersions"} {
		if v, ok, _ := unstructured.NestedFieldCopy(u.Object, "status", field); ok {
			status[field] = v
		}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": u.GetAPIVersion(), "kind": u.GetKind(),
		"metadata": map[string]any{"name": u.GetName(), "uid": string(u.GetUID()), "generation": u.GetGeneration()}, "spec": map[string]any{"versions": versions},
		"status": status,
	}}
}

// Network returns what Sluice uses of a Network.operator.
func Network(u *unstructured.Unstructured) *unstructured.Unstructured {
	spec := map[string]any{}
	for _, path := range [][]string{{"exportNetworkFlows"}, {"managementState"}, {"defaultNetwork", "type"}} {
		if v, ok, _ := unstructured.NestedFieldCopy(u.Object, slices.Concat([]string{"spec"}, path)...); ok {
			_ = unstructured.SetNestedField(spec, v, path...) // can't fail: spec has no other types
		}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": u.GetAPIVersion(), "kind": u.GetKind(),
		"metadata": map[string]any{"name": u.GetName(), "uid": string(u.GetUID()), "generation": u.GetGeneration(), "resourceVersion": u.GetResourceVersion()}, "spec": spec,
	}}
}

// Node returns what says whether an agent is to run on a Node, and whether it is ready: no images and no addresses of others.
func Node(u *unstructured.Unstructured) *unstructured.Unstructured {
	status := map[string]any{}
	for _, field := range []string{"conditions", "nodeInfo", "addresses"} {
		if v, ok, _ := unstructured.NestedFieldCopy(u.Object, "status", field); ok {
			status[field] = v
		}
	}
	labels := map[string]any{}
	for key, v := range u.GetLabels() {
		labels[key] = v
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": u.GetAPIVersion(), "kind": u.GetKind(),
		"metadata": map[string]any{"name": u.GetName(), "uid": string(u.GetUID()), "labels": labels}, "status": status,
	}}
}
