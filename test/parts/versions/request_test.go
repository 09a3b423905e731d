package versions

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/authentication/user"
	"sigs.k8s.io/yaml"
)

// request is a change that a user asks for. The objects are in YAML; the old one of a new
// object and the new one of a deleted object are empty.
type request struct {
	by       user.DefaultInfo
	old, new string
}

func (r request) operation() admission.Operation {
	switch {
	case r.old == "":
		return admission.Create
	case r.new == "":
		return admission.Delete
	}
	return admission.Update
}

// object reads an object; an empty text is none.
func object(text string) (runtime.Object, schema.GroupVersionKind, string, error) {
	if text == "" {
		return nil, schema.GroupVersionKind{}, "", nil
	}
	var o unstructured.Unstructured
	encoded, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return nil, schema.GroupVersionKind{}, "", err
	}
	if err := o.UnmarshalJSON(encoded); err != nil {
		return nil, schema.GroupVersionKind{}, "", err
	}
	return &o, o.GroupVersionKind(), o.GetName(), nil
}

// resource names the resource of a kind that the tests use.
func resource(kind schema.GroupVersionKind) schema.GroupVersionResource {
	plurals := map[string]string{"Network": "networks", "ConfigMap": "configmaps", "Namespace": "namespaces", "NodeFlowExport": "nodeflowexports", "FlowExportProfile": "flowexportprofiles"}
	return kind.GroupVersion().WithResource(plurals[kind.Kind])
}

// attributes is the request as admission plugins get it.
func (r request) attributes() (*admission.VersionedAttributes, error) {
	old, kind, name, err := object(r.old)
	if err != nil {
		return nil, err
	}
	changed, newKind, newName, err := object(r.new)
	if err != nil {
		return nil, err
	}
	if changed != nil {
		kind, name = newKind, newName
	}
	record := admission.NewAttributesRecord(changed, old, kind, "", name, resource(kind), "", r.operation(), nil, false, &r.by)
	return versioned(record, old, changed), nil
}
