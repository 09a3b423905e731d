package doctor

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/api/v1alpha1"
)

// crds is the resource of CustomResourceDefinition.
func crds() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
}

// kinds are the types of the CRDs of the manifests.
func kinds() map[string]any {
	return map[string]any{
		"flowexportpolicies": v1alpha1.FlowExportPolicy{}, "flowexportprofiles": v1alpha1.FlowExportProfile{},
		"nodeflowexports": v1alpha1.NodeFlowExport{}, "flowexports": v1alpha1.FlowExport{},
	}
}

// schemas compares the fields of the stored CRDs with those of this program's types. The API server drops fields that a
// CRD of an earlier version does not have: a policy then says less than its file, without a word.
func (c Cluster) schemas(ctx context.Context) Finding {
	f := Finding{ID: idSchemas, State: OK, What: "fields of the CRDs"}
	var lacks []string
	for name, object := range kinds() {
		crd := name + "." + v1alpha1.GroupVersion.Group
		u, err := c.Client.Resource(crds()).Get(ctx, crd, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			continue // the check of the CRDs reports it
		}
		if err != nil {
			return f.unknown(err)
		}
		stored := properties(u)
		for _, field := range fieldsOf(reflect.TypeOf(object), "") {
			if !has(stored, field) {
				lacks = append(lacks, name+" "+field)
			}
		}
	}
	if len(lacks) == 0 {
		return f
	}
	slices.Sort(lacks)
	f.State, f.Do = Bad, "apply the CRDs of this version: kubectl apply --server-side -k manifests/crds"
	f.Why = fmt.Sprintf("the stored CRDs are of another version than this plugin; they lack %s", shorten(lacks))
	return f
}

// properties are those of the schema of the version that Sluice uses.
func properties(crd *unstructured.Unstructured) map[string]any {
	versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
	for _, v := range versions {
		if one, ok := v.(map[string]any); ok && one["name"] == v1alpha1.GroupVersion.Version {
			found, _, _ := unstructured.NestedMap(one, "schema", "openAPIV3Schema", "properties")
			return found
		}
	}
	return nil
}

// fieldsOf lists the paths of the fields below spec and status.
func fieldsOf(t reflect.Type, prefix string) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.PkgPath() != reflect.TypeFor[v1alpha1.FlowExportPolicy]().PkgPath() {
		return nil
	}
	var list []string
	for field := range t.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "metadata" {
			continue
		}
		path := strings.TrimPrefix(prefix+"."+name, ".")
		list = append(list, path)
		list = append(list, fieldsOf(field.Type, path)...)
	}
	return list
}

// has reports whether a schema has a field.
func has(properties map[string]any, field string) bool {
	first, rest, more := strings.Cut(field, ".")
	found, ok := properties[first].(map[string]any)
	if !ok || !more {
		return ok
	}
	if items, ok := found["items"].(map[string]any); ok {
		found = items
	}
	inner, _ := found["properties"].(map[string]any)
	return has(inner, rest)
}
