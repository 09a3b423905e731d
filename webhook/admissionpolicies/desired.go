package admissionpolicies

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/validation/policy"
	"sluice/validation/vap"
)

// managedBy is the label of the objects that Sluice keeps. Others are never deleted, such as those
// that an administrator made with "sluice policy compile".
const (
	managedByLabel = "app.kubernetes.io/managed-by"
	managedBy      = "sluice-controller"
)

// object is one admission policy or binding that should exist.
type object struct {
	kind, name string
	content    *unstructured.Unstructured
}

// compile returns the objects of a mode. Policies with a fault are left out: what they say is
// unknown, and the fixed policy denies the removals that they restrict.
func compile(mode Mode, in vap.Input) ([]object, error) {
	in.Policies = slices.DeleteFunc(slices.Clone(in.Policies), func(p policy.Policy) bool { return p.Fault != "" })
	compiled, err := vap.CompileRemovals(in)
	if err != nil {
		return nil, err
	}
	outputs := []vap.Output{compiled}
	if mode == All {
		everything, err := vap.Compile(in)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, everything)
	}
	var list []object
	for _, o := range outputs {
		for i := range o.Policies {
			for _, typed := range []any{&o.Policies[i], &o.Bindings[i]} {
				u, err := toUnstructured(typed)
				if err != nil {
					return nil, err
				}
				list = append(list, object{u.GetKind(), u.GetName(), u})
			}
		}
	}
	return list, nil
}

func toUnstructured(typed any) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		return nil, fmt.Errorf("encode an admission policy: %w", err)
	}
	delete(content, "status")
	u := &unstructured.Unstructured{Object: content}
	labels := u.GetLabels()
	labels[managedByLabel] = managedBy
	u.SetLabels(labels)
	return u, nil
}

// differs reports whether the spec of a stored object is not the desired one. The API server adds
// fields with defaults; those that are empty mean the same as if they were missing.
func differs(stored *unstructured.Unstructured, desired *unstructured.Unstructured) bool {
	return !same(stored.Object["spec"], desired.Object["spec"])
}

func same(a, b any) bool {
	if empty(a) || empty(b) {
		return empty(a) && empty(b)
	}
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok {
			return false
		}
		for key := range a {
			if !same(a[key], b[key]) {
				return false
			}
		}
		for key := range b {
			if _, ok := a[key]; !ok && !empty(b[key]) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	return a == b
}

// empty reports whether a value means nothing in these objects. A selector without terms selects
// everything, like a missing one.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		for _, value := range v {
			if !empty(value) {
				return false
			}
		}
		return true
	case []any:
		return len(v) == 0
	}
	return false
}
