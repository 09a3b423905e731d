package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupName is the API group of Sluice's objects.
const GroupName = "sluice.dev"

// GroupVersion is the group and version of these types, and SchemeGroupVersion the same by
// the name that generated clients expect.
//
//nolint:gochecknoglobals // every client of an API group expects these names
var (
	GroupVersion       = schema.GroupVersion{Group: GroupName, Version: "v1alpha1"}
	SchemeGroupVersion = GroupVersion
)

// AddToScheme makes the types known to a scheme.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(
		GroupVersion,
		&FlowExport{}, &FlowExportList{},
		&FlowExportPolicy{}, &FlowExportPolicyList{},
		&FlowExportProfile{}, &FlowExportProfileList{},
		&NodeFlowExport{}, &NodeFlowExportList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
